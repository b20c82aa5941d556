"""Manifests and indexes (OCI image-spec, Docker's v2s2) → an `Image`, from any source that holds blobs by digest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO, NamedTuple, Protocol

from layerscope.docker.config import check_bytes, check_digest, parse_config, parse_history, parse_platform
from layerscope.docker.json_document import JSON_LIMIT, JsonObject, parse_object
from layerscope.docker.model import HistoryEntry, Platform
from layerscope.docker.platforms import choose
from layerscope.docker.provenance import IN_TOTO, PREDICATE_TYPE, PREDICATES, Provenance, parse_provenance
from layerscope.errors import InputError
from layerscope.image.layers.table_of_contents import stated_table
from layerscope.image.model import Image, Layer
from layerscope.image.registry.access import NotThereError
from layerscope.image.schema1 import schema1_image, schema1_platform

_INDEXES = frozenset(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
_MANIFESTS = frozenset(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
# Other configs belong to things that only look like images: BuildKit's cache, charts, signatures.
_CONFIGS = frozenset(("", "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"))
_NESTING_LIMIT = 8


class Blob(NamedTuple):
    """A stored blob. open: a fresh stream from its start. size: in bytes, `None` where only reading would tell."""

    open: Callable[[], BinaryIO]
    size: int | None


class Blobs(Protocol):
    """A source's blobs by digest."""

    @property
    def file(self) -> str:
        """What errors call the source."""

    def find(self, digest: str) -> Blob | None:
        """The blob, or `None` if the source does not hold it."""


class _Candidate(NamedTuple):
    """A manifest of an image. attestations: the digests of manifests that hold statements about it."""

    digest: str
    platform: Platform
    attestations: tuple[str, ...] = ()


def image_from_descriptors(
    blobs: Blobs,
    descriptors: Sequence[JsonObject],
    reference: str,
    wanted: Platform | None,
    names: tuple[str, ...] = (),
) -> Image:
    """The image of one platform from descriptors of its manifest, or of the index of its platforms.

    Raises:
        InputError: no image is there for the platform wanted, or a blob of it is missing, damaged or no manifest.
    """
    missing: list[str] = []
    candidates = _candidates(blobs, descriptors, 0, set(), missing)
    if not candidates:
        if missing:
            raise InputError(f"the manifest {missing[0]} is not there", blobs.file)
        raise InputError("holds no image", blobs.file)
    offered = [candidate.platform for candidate in candidates]
    chosen = candidates[choose(offered, wanted, blobs.file)]
    notes: tuple[tuple[str, str], ...] = ()
    if wanted is None and len(candidates) > 1:
        listing = ", ".join(str(platform) for platform in offered)
        notes = (("platform", f"of several platforms ({listing}), {chosen.platform} was taken"),)
    return _image(blobs, chosen, reference, names, notes)


def read_object(blobs: Blobs, digest: str, what: str) -> JsonObject:
    """A blob that must be there, be what its digest says and be JSON."""
    return parse_object(read_document(blobs, digest, what), f"{blobs.file} ({what} {digest[:19]})")


def read_document(blobs: Blobs, digest: str, what: str) -> bytes:
    """The bytes of a blob that must be there, be what its digest says and be of a size a document may have."""
    blob = blobs.find(digest)
    if blob is None:
        raise NotThereError(f"the {what} {digest} is not there", blobs.file)
    with blob.open() as stream:
        data = stream.read(JSON_LIMIT + 1)
    if len(data) > JSON_LIMIT:
        raise InputError(f"the {what} {digest} is longer than {JSON_LIMIT} bytes", blobs.file)
    check_bytes(data, digest, what, blobs.file)
    return data


def history_notes(history: Sequence[HistoryEntry], layers: int) -> tuple[tuple[str, str], ...]:
    """What to say where a history does not account for the layers there are."""
    described = sum(not entry.empty_layer for entry in history)
    if described == layers:
        return ()
    return (("history", f"the history tells of {described} layers, the image has {layers}"),)


def is_attestation(descriptor: JsonObject) -> bool:
    """Whether an index entry is an attestation or another artifact: these are no platforms of the image."""
    platform = parse_platform(descriptor.object("platform"))
    return (
        "vnd.docker.reference.type" in descriptor.object("annotations")
        or (platform.os, platform.architecture) == ("unknown", "unknown")
        or "artifactType" in descriptor
    )


def is_manifest_type(media_type: str) -> bool:
    """Whether a descriptor's media type is that of a manifest or index, or tells nothing."""
    return media_type in _INDEXES | _MANIFESTS | {""}


def is_image_descriptor(descriptor: JsonObject) -> bool:
    """Whether a descriptor may lead to an image; unknown media types are passed over, as the spec asks."""
    return not is_attestation(descriptor) and is_manifest_type(descriptor.text("mediaType"))


def _candidates(
    blobs: Blobs, descriptors: Sequence[JsonObject], depth: int, seen: set[str], missing: list[str]
) -> list[_Candidate]:
    """The manifests of images that descriptors lead to, each once, in order."""
    if depth > _NESTING_LIMIT:
        raise InputError("indexes nested too deeply", blobs.file)
    candidates: list[_Candidate] = []
    for descriptor in descriptors:
        digest = check_digest(descriptor.text("digest"), descriptor.file)
        if digest in seen or not is_image_descriptor(descriptor):
            continue
        seen.add(digest)
        if blobs.find(digest) is None:
            missing.append(digest)
            continue
        media_type = descriptor.text("mediaType")
        attestations = _attestations(digest, descriptors)
        if media_type in _MANIFESTS and "platform" in descriptor:
            candidates.append(_Candidate(digest, parse_platform(descriptor.object("platform")), attestations))
            continue
        document = read_object(blobs, digest, "manifest")
        if media_type in _INDEXES or "manifests" in document:
            candidates += _candidates(blobs, document.objects("manifests"), depth + 1, seen, missing)
        elif "fsLayers" in document:
            candidates.append(_Candidate(digest, schema1_platform(document)))
        elif _is_image(document):
            config = read_object(blobs, _config_digest(document), "config")
            candidates.append(_Candidate(digest, parse_platform(config), attestations))
    return candidates


def _attestations(digest: str, descriptors: Sequence[JsonObject]) -> tuple[str, ...]:
    """The attestation manifests that an index has for one of its manifests."""
    return tuple(
        check_digest(descriptor.text("digest"), descriptor.file)
        for descriptor in descriptors
        if descriptor.object("annotations").text("vnd.docker.reference.digest") == digest
    )


def provenance_by_config(blobs: Blobs, descriptors: Sequence[JsonObject], config_digest: str) -> Provenance | None:
    """The provenance of the image with this config, among those that descriptors lead to."""
    for candidate in _candidates(blobs, descriptors, 0, set(), []):
        manifest = read_object(blobs, candidate.digest, "manifest")
        if "config" in manifest and _config_digest(manifest) == config_digest:
            return _provenance(blobs, candidate.attestations, manifest)
    return None


def _provenance(blobs: Blobs, attestations: tuple[str, ...], manifest: JsonObject) -> Provenance | None:
    """What the first statement of max mode says."""
    layers = [layer.text("digest") for layer in manifest.objects("layers")]
    for attestation in attestations:
        try:
            statements = read_object(blobs, attestation, "attestation").objects("layers")
        except NotThereError:  # as copies leave them out
            continue
        for layer in statements:
            about = layer.object("annotations").text(PREDICATE_TYPE)
            digest = check_digest(layer.text("digest"), layer.file)
            if layer.text("mediaType") != IN_TOTO or not about.startswith(PREDICATES) or blobs.find(digest) is None:
                continue
            if (found := parse_provenance(read_object(blobs, digest, "provenance"), layers)) is not None:
                return found
    return None


def _is_image(manifest: JsonObject) -> bool:
    return "artifactType" not in manifest and manifest.object("config").text("mediaType") in _CONFIGS


def _config_digest(manifest: JsonObject) -> str:
    if "config" not in manifest:
        raise InputError("a manifest without a config", manifest.file)
    return check_digest(manifest.object("config").text("digest"), manifest.file)


def _image(
    blobs: Blobs,
    candidate: _Candidate,
    reference: str,
    names: tuple[str, ...],
    notes: tuple[tuple[str, str], ...],
) -> Image:
    manifest = read_object(blobs, candidate.digest, "manifest")
    if "fsLayers" in manifest:
        return schema1_image(blobs, manifest, candidate.digest, reference, names)
    if not _is_image(manifest):
        raise InputError(f"{candidate.digest} is no image but another artifact", blobs.file)
    config_digest = _config_digest(manifest)
    document = read_object(blobs, config_digest, "config")
    config = parse_config(document)
    history = parse_history(document)
    descriptors = manifest.objects("layers")
    if config.diff_ids and len(config.diff_ids) != len(descriptors):
        raise InputError(
            f"the manifest has {len(descriptors)} layers, its config {len(config.diff_ids)} diff IDs", blobs.file
        )
    diff_ids = config.diff_ids or (None,) * len(descriptors)
    layers = tuple(
        _layer(blobs, descriptor, diff_id) for descriptor, diff_id in zip(descriptors, diff_ids, strict=True)
    )
    return Image(
        reference=reference,
        config=config,
        history=history,
        layers=layers,
        digest=candidate.digest,
        config_digest=config_digest,
        platform=config.platform if config.platform.os else candidate.platform,
        names=names,
        notes=notes + history_notes(history, len(layers)),
        provenance=(lambda: _provenance(blobs, candidate.attestations, manifest)) if candidate.attestations else None,
    )


def _layer(blobs: Blobs, descriptor: JsonObject, diff_id: str | None) -> Layer:
    digest = check_digest(descriptor.text("digest"), descriptor.file)
    size = descriptor.integer("size")
    if size is not None and size < 0:
        raise InputError(f"the layer {digest} has a negative size", descriptor.file)
    blob = blobs.find(digest)  # a layer may be absent: foreign ones, and what a partial copy left out
    if blob is not None and blob.size is not None:
        size = blob.size
    return Layer(
        diff_id=diff_id,
        digest=digest,
        compressed_size=size,
        media_type=descriptor.text("mediaType") or None,
        open_tar=blob.open if blob else None,
        table=stated_table(descriptor.object("annotations")),
    )
