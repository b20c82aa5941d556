"""Random `docker save` archives full of what layers may hold but engines seldom write."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile

NAMES = ("a", "b", "-x", "!y", "é", "c.d", ".wh", "etc", "z")
MARKERS = (".wh..wh..opq", ".wh..wh.plnk", ".wh.", ".wh..wh.aufs")


def random_layer(random_source: random.Random) -> bytes:
    """A layer's tar: files, directories, links, whiteouts of what may not be there, names that come twice."""
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=random_source.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT))
    ) as tar:
        for _ in range(random_source.choice((0, 1, 3, 8, 20))):
            _add(tar, random_source)
    return out.getvalue()


def _add(tar: tarfile.TarFile, random_source: random.Random) -> None:
    parts = [random_source.choice(NAMES) for _ in range(random_source.randint(1, 4))]
    deletes = random_source.random()
    if deletes < 0.25:
        parts[-1] = ".wh." + parts[-1]
    elif deletes < 0.33:
        parts[-1] = random_source.choice(MARKERS)
    elif deletes < 0.36:
        parts[0] = ".wh." + parts[0]
    name = random_source.choice(("", "", "", "./", "/", ".//")) + random_source.choice(("/", "/", "//", "/./")).join(
        parts
    )
    if random_source.random() < 0.03:
        name += "/" + "long" * 40
    member = tarfile.TarInfo(name)
    member.type = random_source.choice(
        (tarfile.REGTYPE,) * 5
        + (tarfile.DIRTYPE,) * 3
        + (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)
    )
    if member.type in (tarfile.LNKTYPE, tarfile.SYMTYPE):
        member.linkname = "/".join(random_source.choice(NAMES) for _ in range(2))
    member.size = random_source.choice((0, 1, 10, 511, 512, 513, 5000)) if member.isreg() else 0
    tar.addfile(member, io.BytesIO(bytes(member.size)) if member.size else None)


def random_archive(seed: int) -> bytes:
    """A whole archive of one image, the same for the same seed."""
    random_source = random.Random(seed)
    layers = [random_layer(random_source) for _ in range(random_source.randint(1, 6))]
    return docker_archive(layers, links=random_source.random() < 0.1, repeated=random_source.random() < 0.1)


def docker_archive(layers: list[bytes], links: bool = False, repeated: bool = False, name: str = "odd:latest") -> bytes:
    """A legacy archive. links: the last layer is stored as a link to the first; repeated: the first is listed twice."""
    paths = [f"{number:064x}/layer.tar" for number in range(len(layers))]
    files: list[tuple[str, bytes]] = list(zip(paths, layers, strict=True))
    linked = links and len(layers) > 1
    if linked:
        layers = [*layers[:-1], layers[0]]
        files.pop()
    listed, held = (paths + paths[:1], layers + layers[:1]) if repeated else (paths, layers)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "history": [{"created_by": f"RUN {number}"} for number in range(len(listed))],
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in held]},
        }
    ).encode()
    config_path = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": config_path, "RepoTags": [name], "Layers": listed}]).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, data in [*files, (config_path, config), ("manifest.json", manifest)]:
            member = tarfile.TarInfo(path)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        if linked:
            link = tarfile.TarInfo(paths[-1])
            link.type, link.linkname = tarfile.SYMTYPE, "../" + paths[0]
            tar.addfile(link)
    return out.getvalue()
