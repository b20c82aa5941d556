"""`docker save` archives (manifest.json), legacy and since Docker 25, podman's, kaniko's and crane's → `Image`."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from layerscope.docker.config import check_bytes, parse_config, parse_history
from layerscope.docker.image_name import same_image
from layerscope.docker.json_document import JsonObject, parse_object, parse_objects
from layerscope.docker.manifests import parse_index
from layerscope.docker.model import Platform
from layerscope.docker.platforms import matches
from layerscope.errors import InputError
from layerscope.image.layers.layer_tar import is_compressed
from layerscope.image.layout_index import image_from_index
from layerscope.image.manifest import of_history
from layerscope.image.model import Image, Layer
from layerscope.image.tar_archive import ImageArchive
from layerscope.values import replace

if TYPE_CHECKING:
    from layerscope.docker.provenance import Provenance

# Members named by the digest of their bytes: blobs/sha256/HEX, sha256:HEX (crane), HEX.json, HEX.tar.gz (crane).
_NAMED_BY_DIGEST = re.compile(r"(?:blobs/sha256/|sha256:)?([0-9a-f]{64})(?:\.json|\.tar\.gz)?")


def read_docker_archive(
    archive: ImageArchive, reference: str, selector: str | None, position: int | None, wanted: Platform | None
) -> Image:
    """The image that manifest.json describes, or the one of its images that is chosen by name or number.

    Raises:
        InputError: several images and none chosen, another platform than the one wanted, or a part missing or damaged.
    """
    if "manifest.json" not in archive:
        raise InputError("not an archive of docker save: it has no manifest.json", archive.file)
    images = parse_objects(archive.read("manifest.json"), f"{archive.file} (manifest.json)")
    image = _image(archive, _chosen(archive, images, selector, position), reference)
    has_index = "index.json" in archive
    if wanted is None or image.platform is None or matches(wanted, image.platform):
        return replace(image, provenance=lambda: _provenance(archive, image)) if has_index else image
    if has_index:  # manifest.json has one platform only, the layout beside it may have others
        return image_from_index(archive, archive.index(), reference, image.names[0] if image.names else None, wanted)
    raise InputError(f"no image for {wanted} (there is {image.platform})", archive.file)


def _provenance(archive: ImageArchive, image: Image) -> Provenance | None:
    """What the layout beside manifest.json has of the image; engines with the containerd store save that too."""
    if image.config_digest is None:
        return None
    from layerscope.image.attestations import provenance_by_config

    return provenance_by_config(archive, parse_index(archive.index()).manifests, image.config_digest)


def _chosen(archive: ImageArchive, images: list[JsonObject], selector: str | None, position: int | None) -> JsonObject:
    if not images:
        raise InputError("holds no image", archive.file)
    if position is not None:
        if position >= len(images):
            raise InputError(f"holds {len(images)} images, counted from 0: there is no @{position}", archive.file)
        return images[position]
    if selector is not None:
        for image in images:
            if any(same_image(name, selector) for name in image.texts("RepoTags")):
                return image
        raise InputError(f"holds no image '{selector}': {_listing(images)}", archive.file)
    if len(images) > 1:
        raise InputError(f"holds several images, choose one: {_listing(images)}", archive.file)
    return images[0]


def _listing(images: list[JsonObject]) -> str:
    return ", ".join((image.texts("RepoTags") or (f"@{number}",))[0] for number, image in enumerate(images))


def _image(archive: ImageArchive, described: JsonObject, reference: str) -> Image:
    config_path = _member_path(described.text("Config"), described)
    data = archive.read(config_path)
    stated = _NAMED_BY_DIGEST.fullmatch(config_path)
    if stated:
        check_bytes(data, f"sha256:{stated[1]}", "config", archive.file)
    document = parse_object(data, f"{archive.file} ({config_path})")
    config = parse_config(document)
    history = parse_history(document)
    paths = [_member_path(path, described) for path in described.texts("Layers")]
    if config.diff_ids and len(config.diff_ids) != len(paths):
        raise InputError(
            f"manifest.json lists {len(paths)} layers, the config {len(config.diff_ids)} diff IDs", archive.file
        )
    sources = described.object("LayerSources")
    layers = tuple(
        _layer(archive, path, diff_id, sources)
        for path, diff_id in zip(paths, config.diff_ids or (None,) * len(paths), strict=True)
    )
    return Image(
        reference=reference,
        config=config,
        history=history,
        layers=layers,
        config_digest=f"sha256:{hashlib.sha256(data).hexdigest()}",
        platform=config.platform if config.platform.os else None,
        names=described.texts("RepoTags"),
        assumptions=of_history(history, len(layers), reference),
    )


def _layer(archive: ImageArchive, path: str, diff_id: str | None, sources: JsonObject) -> Layer:
    source = sources.object(diff_id) if diff_id else None
    stated = _NAMED_BY_DIGEST.fullmatch(path)
    digest = f"sha256:{stated[1]}" if stated else None
    media_type = source.text("mediaType") or None if source else None
    if path not in archive and source and "digest" in source:  # a foreign layer, told of but not saved
        return Layer(diff_id, source.text("digest"), source.integer("size"), media_type)
    blob = archive.member(path)
    linked = archive.is_link(path)
    with blob.open() as stream:  # plain tars are what an engine unpacked: nothing tells what a registry keeps of them
        stored = blob.size if is_compressed(stream.read(4)) else None
    return Layer(diff_id, digest, 0 if linked else stored, media_type, linked, blob.open)


def _member_path(path: str, described: JsonObject) -> str:
    """A path that manifest.json names, which must lie in the archive."""
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise InputError(f"'{path}' is no path inside the archive", described.file)
    return path.removeprefix("./")
