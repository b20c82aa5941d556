"""What images in archives and OCI layouts tell of their builds: times in histories, provenance beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from layerscope.cost.history_times import is_history, parse_history
from layerscope.cost.model import BuildLog
from layerscope.cost.provenance import Provenance, find_provenance, sampled_builds
from layerscope.errors import InputError

Read = Callable[[str], bytes]
"""Gives `index.json`, a file by its name or a blob by its digest; raises KeyError for what is not there."""

_LARGEST = 1 << 26  # of a JSON document
_STATEMENT = "application/vnd.in-toto+json"


def is_layout(path: str) -> bool:
    """Whether a path is a folder with an OCI layout."""
    return Path(path, "oci-layout").is_file() and Path(path, "index.json").is_file()


def parse_layout(path: str) -> tuple[BuildLog, ...]:
    """The builds that the images of an OCI layout tell. Raises InputError."""

    def read(name: str) -> bytes:
        algorithm, _, encoded = name.partition(":")
        file = Path(path, "blobs", algorithm, encoded) if encoded else Path(path, name)
        if (
            not file.is_file()
            or file.stat().st_size > _LARGEST
            or not f"{algorithm}{encoded}".replace(".", "").isalnum()
        ):
            raise KeyError(name)
        return file.read_bytes()

    try:
        return image_builds(read, path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None


def image_builds(read: Read, source: str) -> tuple[BuildLog, ...]:
    """One build for each image, and one for what a provenance sampled. Raises InputError where none tells of any."""
    builds: list[BuildLog] = []
    try:
        for config, provenance in _images(read):
            document = json.loads(read(config))
            if isinstance(document, dict) and is_history(document):
                builds.append(parse_history(document, source, provenance))
            if provenance is not None:
                builds += sampled_builds([provenance], source)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise InputError("the image in it is damaged", source) from None
    if not builds:
        text = "holds neither a build record (docker buildx history export writes one) nor an image with a history"
        raise InputError(text, source)
    return tuple(builds)


def _images(read: Read) -> Iterator[tuple[str, Provenance | None]]:
    """Configs by digest or name, each with the provenance that is attached to the image."""
    found = list(_manifests(read, "index.json", 0))
    attached = {about: provenance for _, about, manifest in found if about for provenance in _attached(read, manifest)}
    for digest, about, manifest in found:
        config = manifest.get("config")
        if not about and isinstance(config, dict) and holds(read, config.get("digest")):
            yield str(config["digest"]), attached.get(digest)
    if not found and holds(read, "manifest.json"):  # docker save, before it wrote layouts
        for image in json.loads(read("manifest.json")):
            yield image["Config"], None


def _manifests(read: Read, name: str, depth: int) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Digest, the digest it is about (an attestation's), and the manifest, of all that an index leads to."""
    if depth > 3 or not holds(read, name):
        return
    for entry in json.loads(read(name)).get("manifests") or []:
        digest = str(entry["digest"])
        if not holds(read, digest):
            continue
        document = json.loads(read(digest))
        if "manifests" in document:
            yield from _manifests(read, digest, depth + 1)
        else:
            about = (entry.get("annotations") or {}).get("vnd.docker.reference.digest")
            yield digest, str(about or ""), document


def _attached(read: Read, manifest: dict[str, object]) -> Iterator[Provenance]:
    layers = manifest.get("layers")
    for layer in layers if isinstance(layers, list) else []:
        if layer.get("mediaType") == _STATEMENT and holds(read, layer.get("digest")):
            yield from find_provenance(json.loads(read(layer["digest"])))


def holds(read: Read, name: object) -> bool:
    """Whether there is such a file or blob, and something in it."""
    try:
        return bool(read(str(name)))
    except KeyError:
        return False
