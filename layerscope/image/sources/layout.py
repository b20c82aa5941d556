"""Directories of blobs → `Image`: OCI layouts (image-spec image-layout.md), and plain ones, as skopeo and podman write
them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from layerscope.docker.json_document import JSON_LIMIT, parse_object
from layerscope.docker.model import Platform
from layerscope.errors import InputError
from layerscope.files import read_bounded
from layerscope.image.blobs import Blob, blob_at
from layerscope.image.layout_index import image_from_index
from layerscope.image.manifest import image_by_digest
from layerscope.image.model import Image


def read_layout(
    directory: str, reference: str, selector: str | None, position: int | None, wanted: Platform | None
) -> Image:
    """The image of a layout directory. selector: a tag or name, needed where the layout holds several images.

    Raises:
        InputError: no layout, several images and none chosen, or a manifest or config missing or damaged.
    """
    index = Path(directory) / "index.json"
    document = parse_object(_read_whole(index, "an OCI layout"), str(index))
    return image_from_index(_LayoutBlobs(directory), document, reference, selector, wanted, position)


def read_blob_directory(directory: str, reference: str, wanted: Platform | None) -> Image:
    """The image of a directory with manifest.json and blobs by their bare digests, as `skopeo copy` (dir:) and
    `podman save --format docker-dir` write it.

    Raises:
        InputError: no such directory, or a manifest or config missing or damaged.
    """
    data = _read_whole(Path(directory) / "manifest.json", "a directory of an image")
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return image_by_digest(_BareBlobs(directory, digest), digest, reference, wanted)


class _LayoutBlobs:
    """The blobs of a layout directory: `blobs/ALGORITHM/HEX`."""

    def __init__(self, directory: str) -> None:
        self.file = directory

    def find(self, digest: str) -> Blob | None:
        return blob_at(Path(self.file, "blobs", *digest.split(":")))


class _BareBlobs:
    """The blobs of a plain directory; the manifests of an index have a suffix, but for the first."""

    def __init__(self, directory: str, manifest: str) -> None:
        self.file, self._manifest = directory, manifest

    def find(self, digest: str) -> Blob | None:
        value = digest.partition(":")[2]
        names = ("manifest.json",) if digest == self._manifest else (value, f"{value}.manifest.json")
        return next(filter(None, (blob_at(Path(self.file, name)) for name in names)), None)


def _read_whole(path: Path, what: str) -> bytes:
    try:
        data = read_bounded(path, JSON_LIMIT)
    except OSError as error:
        raise InputError(f"not {what}: {error.strerror}", str(path)) from None
    if data is None:
        raise InputError(f"longer than {JSON_LIMIT} bytes", str(path))
    return data
