"""OCI layouts (image-spec image-layout.md): a directory, or the same inside a tar, → `Image`. Also plain directories
of blobs, as skopeo and podman write them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO, cast

from layerscope.docker.image_name import same_image
from layerscope.docker.json_document import JSON_LIMIT, JsonObject, parse_object
from layerscope.docker.model import Platform
from layerscope.errors import InputError
from layerscope.files import read_bounded
from layerscope.image.layers.layer_tar import FilePart
from layerscope.image.manifest import Blob, Blobs, image_from_descriptors, is_image_descriptor
from layerscope.image.model import Image

# Where writers put an image's name: BuildKit and containerd the whole name, others the tag.
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


def read_layout(
    directory: str, reference: str, selector: str | None, position: int | None, wanted: Platform | None
) -> Image:
    """The image of a layout directory. selector: a tag or name, needed where the layout holds several images.

    Raises:
        InputError: no layout, several images and none chosen, or a manifest or config missing or damaged.
    """
    index = Path(directory) / "index.json"
    document = parse_object(_read_whole(index, "an OCI layout"), str(index))
    return image_from_index(DirectoryBlobs(directory), document, reference, selector, wanted, position)


def _read_whole(path: Path, what: str) -> bytes:
    try:
        data = read_bounded(path, JSON_LIMIT)
    except OSError as error:
        raise InputError(f"not {what}: {error.strerror}", str(path)) from None
    if data is None:
        raise InputError(f"longer than {JSON_LIMIT} bytes", str(path))
    return data


class DirectoryBlobs:
    """The blobs of a layout directory: `blobs/ALGORITHM/HEX`."""

    def __init__(self, directory: str) -> None:
        self.file = directory

    def find(self, digest: str) -> Blob | None:
        return blob_at(Path(self.file, "blobs", *digest.split(":")))


def blob_at(path: Path) -> Blob | None:
    """A blob in a file of its own, if it is there."""
    if not path.is_file():
        return None
    return Blob(lambda: cast(BinaryIO, FilePart.of_path(path, str(path))), path.stat().st_size)


def read_blob_directory(directory: str, reference: str, wanted: Platform | None) -> Image:
    """The image of a directory with manifest.json and blobs by their bare digests, as `skopeo copy` (dir:) and
    `podman save --format docker-dir` write it.

    Raises:
        InputError: no such directory, or a manifest or config missing or damaged.
    """
    data = _read_whole(Path(directory) / "manifest.json", "a directory of an image")
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    blobs = _BareBlobs(directory, digest)
    return image_from_descriptors(blobs, [JsonObject({"digest": digest}, directory)], reference, wanted)


class _BareBlobs:
    """The blobs of such a directory; the manifests of an index have a suffix, but for the first."""

    def __init__(self, directory: str, manifest: str) -> None:
        self.file, self._manifest = directory, manifest

    def find(self, digest: str) -> Blob | None:
        value = digest.partition(":")[2]
        names = ("manifest.json",) if digest == self._manifest else (value, f"{value}.manifest.json")
        return next(filter(None, (blob_at(Path(self.file, name)) for name in names)), None)


def image_from_index(
    blobs: Blobs,
    index: JsonObject,
    reference: str,
    selector: str | None,
    wanted: Platform | None,
    position: int | None = None,
) -> Image:
    """The image that a layout's index.json holds, or the one of its images that is chosen by name or number."""
    images = _by_digest([entry for entry in index.objects("manifests") if is_image_descriptor(entry)])
    if not images:
        raise InputError("holds no image", blobs.file)
    if selector is not None:
        chosen = [image for image in images if any(_is_named(name, selector) for name in image[1])]
        if not chosen:
            raise InputError(f"holds no image '{selector}'{_listing(images)}", blobs.file)
        images = chosen
    if position is not None:
        if position >= len(images):
            raise InputError(f"holds {len(images)} images, counted from 0: there is no @{position}", blobs.file)
        images = [images[position]]
    if len(images) > 1 and not _are_platforms_of_one(images):
        raise InputError(f"holds several images, choose one{_listing(images)}", blobs.file)
    names = tuple(dict.fromkeys(name for _, its_names in images for name in its_names))
    return image_from_descriptors(blobs, [descriptor for descriptor, _ in images], reference, wanted, names)


def _by_digest(descriptors: list[JsonObject]) -> list[tuple[JsonObject, tuple[str, ...]]]:
    """Each image once with all its names: an image of two tags is listed twice."""
    images: dict[str, tuple[JsonObject, tuple[str, ...]]] = {}
    for descriptor in descriptors:
        digest = descriptor.text("digest")
        first, names = images.get(digest, (descriptor, ()))
        annotations = descriptor.object("annotations")
        name = next((annotations.text(key) for key in _NAMES if key in annotations), None)
        images[digest] = first, names + ((name,) if name else ())
    return list(images.values())


def _are_platforms_of_one(images: list[tuple[JsonObject, tuple[str, ...]]]) -> bool:
    platforms = {descriptor.canonical("platform") for descriptor, _ in images}
    return None not in platforms and len(platforms) == len(images) and len({names for _, names in images}) == 1


def _is_named(name: str, selector: str) -> bool:
    return name == selector or name.rpartition(":")[2] == selector or same_image(name, selector)


def _listing(images: list[tuple[JsonObject, tuple[str, ...]]]) -> str:
    return ": " + ", ".join(names[0] if names else descriptor.text("digest") for descriptor, names in images)
