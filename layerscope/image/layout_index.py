"""The index.json of an OCI layout: which of the images that it lists is meant."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.docker.image_name import same_image
from layerscope.docker.json_document import JsonObject
from layerscope.docker.manifests import Descriptor, parse_index
from layerscope.docker.model import Platform
from layerscope.errors import InputError
from layerscope.image.blobs import Blobs
from layerscope.image.manifest import image_from_descriptors, no_image
from layerscope.image.model import Image
from layerscope.values import Value, replace

# Where writers put an image's name: BuildKit and containerd the whole name, others the tag.
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


class _Listed(Value):
    """An image of the index with all its names: one of two tags is listed twice."""

    descriptor: Descriptor
    names: tuple[str, ...]


def image_from_index(
    blobs: Blobs,
    index: JsonObject,
    reference: str,
    selector: str | None,
    wanted: Platform | None,
    position: int | None = None,
) -> Image:
    """The image that a layout's index.json holds, or the one of its images that is chosen by name or number.

    Raises:
        InputError: it holds none, several and none is chosen, or what the index leads to is missing or damaged.
    """
    listed = parse_index(index).manifests
    images = _listed(listed)
    if not images:
        raise InputError(no_image(blobs, listed), blobs.file)
    images = _chosen(images, selector, position, blobs.file)
    if len(images) > 1 and not _are_platforms_of_one(images):
        raise InputError(f"holds several images, choose one{_listing(images)}", blobs.file)
    names = tuple(dict.fromkeys(name for image in images for name in image.names))
    chosen = [image.descriptor for image in images]
    return image_from_descriptors(blobs, chosen, reference, wanted, names, partial=True)


def _listed(descriptors: Sequence[Descriptor]) -> list[_Listed]:
    images: dict[str, _Listed] = {}
    for descriptor in filter(lambda each: each.may_be_image, descriptors):
        first = images.setdefault(descriptor.stated_digest, _Listed(descriptor, ()))
        name = next((descriptor.annotations[key] for key in _NAMES if key in descriptor.annotations), None)
        if name:
            images[descriptor.stated_digest] = replace(first, names=(*first.names, name))
    return list(images.values())


def _chosen(images: list[_Listed], selector: str | None, position: int | None, file: str) -> list[_Listed]:
    if selector is not None:
        named = [image for image in images if any(_is_named(name, selector) for name in image.names)]
        if not named:
            raise InputError(f"holds no image '{selector}'{_listing(images)}", file)
        images = named
    if position is None:
        return images
    if position >= len(images):
        raise InputError(f"holds {len(images)} images, counted from 0: there is no @{position}", file)
    return [images[position]]


def _are_platforms_of_one(images: list[_Listed]) -> bool:
    platforms = {image.descriptor.platform_details for image in images}
    return None not in platforms and len(platforms) == len(images) and len({image.names for image in images}) == 1


def _is_named(name: str, selector: str) -> bool:
    return name == selector or name.rpartition(":")[2] == selector or same_image(name, selector)


def _listing(images: list[_Listed]) -> str:
    shown = (image.names[0] if image.names else image.descriptor.stated_digest for image in images)
    return ": " + ", ".join(shown)
