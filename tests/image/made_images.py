"""Images made in memory: layers from lists of names, and layouts as a dict of path → bytes."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

Files = dict[str, bytes]


def layer(*entries: str) -> bytes:
    """A layer's tar from words: `name:SIZE` a file, `name/` a directory, `name->x` a symlink, `name=x` a hard link."""
    members = []
    for entry in entries:
        member = tarfile.TarInfo(entry)
        if entry.endswith("/"):
            member.type = tarfile.DIRTYPE
        elif "->" in entry:
            member.name, member.linkname = entry.split("->")
            member.type = tarfile.SYMTYPE
        elif "=" in entry:
            member.name, member.linkname = entry.split("=")
            member.type = tarfile.LNKTYPE
        elif ":" in entry:
            member.name, size = entry.split(":")
            member.size = int(size)
        members.append((member, bytes(member.size)))
    return tar(members)


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def tar_of(files: Mapping[str, bytes]) -> bytes:
    return tar((tarfile.TarInfo(path), data) for path, data in files.items())


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def put(files: Files, data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    """Stores a blob in a layout; returns its descriptor."""
    files["blobs/" + digest(data).replace(":", "/")] = data
    return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}


def put_image(files: Files, layers: list[bytes], runs_on: str = "linux/amd64", **more: Any) -> dict[str, Any]:
    """Stores an image of plain layers in a layout; returns its manifest's descriptor."""
    system, architecture = runs_on.split("/")
    config = {
        "os": system,
        "architecture": architecture,
        "config": {"Env": ["A=b"], "Cmd": ["sh"], "Labels": {"k": "v"}, "ExposedPorts": {"80/tcp": {}}},
        "rootfs": {"type": "layers", "diff_ids": [digest(data) for data in layers]},
        "history": [{"created_by": f"RUN {number}"} for number in range(len(layers))],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": put(files, json.dumps(config).encode(), CONFIG),
        "layers": [put(files, data, LAYER) for data in layers],
    }
    return put(files, json.dumps(manifest).encode(), MANIFEST, **more)


def with_index(files: Files, *descriptors: dict[str, Any]) -> Files:
    """The layout with its index.json."""
    files["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": descriptors}).encode()
    return files


def write(directory: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(data)
    return directory
