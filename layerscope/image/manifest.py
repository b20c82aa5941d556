"""Manifests → an `Image`, from any source that holds blobs by digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layerscope.answer import Assumption
from layerscope.docker.config import parse_config, parse_history
from layerscope.docker.manifests import Descriptor, Index, Manifest, parse_manifest
from layerscope.docker.model import HistoryEntry, Platform
from layerscope.docker.platforms import choose
from layerscope.docker.schema1 import Schema1Manifest
from layerscope.errors import InputError
from layerscope.image.blobs import Blobs, read_object
from layerscope.image.candidates import Candidate, Candidates
from layerscope.image.layers.toc import stated_toc
from layerscope.image.model import Image, Layer
from layerscope.values import assert_never

if TYPE_CHECKING:
    from layerscope.docker.provenance import Provenance

NONE_TIED = "which is whose is not known, so the layers are listed by themselves"
_OF_SCHEMA_1 = "a manifest of schema 1: it has no config and no diff IDs, and Docker no longer pulls it"


def image_by_digest(
    blobs: Blobs, digest: str, reference: str, wanted: Platform | None, names: tuple[str, ...] = ()
) -> Image:
    """The image of one platform from the digest of its manifest or index; errors as for descriptors."""
    return image_from_descriptors(blobs, [Descriptor(blobs.file, digest)], reference, wanted, names)


def image_from_descriptors(
    blobs: Blobs,
    descriptors: Sequence[Descriptor],
    reference: str,
    wanted: Platform | None,
    names: tuple[str, ...] = (),
) -> Image:
    """The image of one platform from descriptors of its manifest, or of the index of its platforms.

    Raises:
        InputError: no image is there for the platform wanted, or a blob of it is missing, damaged or no manifest.
    """
    candidates = Candidates(blobs, descriptors)
    if not candidates.found:
        missing = candidates.missing
        raise InputError(f"the manifest {missing[0]} is not there" if missing else "holds no image", blobs.file)
    offered = [candidate.platform for candidate in candidates.found]
    chosen = candidates.found[choose(offered, wanted, blobs.file)]
    assumptions: tuple[Assumption, ...] = ()
    if wanted is None and len(offered) > 1:
        listing = ", ".join(str(platform) for platform in offered)
        assumptions = (
            Assumption("platform", reference, f"of several platforms ({listing}), {chosen.platform} was taken"),
        )
    document = parse_manifest(read_object(blobs, chosen.digest, "manifest"))
    if isinstance(document, Schema1Manifest):
        return _schema1_image(blobs, document, chosen.digest, reference, names)
    if isinstance(document, Manifest):
        return _image(blobs, document, chosen, reference, names, assumptions)
    if isinstance(document, Index):
        raise InputError(f"{chosen.digest} is no image but an index", blobs.file)
    assert_never(document)


def of_history(history: Sequence[HistoryEntry], layers: int, reference: str) -> tuple[Assumption, ...]:
    """What to say of an image where a history does not account for the layers there are."""
    described = sum(not entry.empty_layer for entry in history)
    if described == layers:
        return ()
    counted = f"{described} layer{'' if described == 1 else 's'}"
    told = f"the history tells of {counted}" if history else "there is no history"
    return (Assumption("history", reference, f"{told}, the image has {layers}: {NONE_TIED}"),)


def _image(
    blobs: Blobs,
    manifest: Manifest,
    candidate: Candidate,
    reference: str,
    names: tuple[str, ...],
    assumptions: tuple[Assumption, ...],
) -> Image:
    if not manifest.is_image:
        raise InputError(f"{candidate.digest} is no image but another artifact", blobs.file)
    document = read_object(blobs, manifest.config_digest, "config")
    config = parse_config(document)
    history = parse_history(document)
    if config.diff_ids and len(config.diff_ids) != len(manifest.layers):
        raise InputError(
            f"the manifest has {len(manifest.layers)} layers, its config {len(config.diff_ids)} diff IDs", blobs.file
        )
    diff_ids = config.diff_ids or (None,) * len(manifest.layers)
    layers = tuple(_layer(blobs, layer, diff_id) for layer, diff_id in zip(manifest.layers, diff_ids, strict=True))
    attestations = candidate.attestations
    return Image(
        reference=reference,
        config=config,
        history=history,
        layers=layers,
        digest=candidate.digest,
        config_digest=manifest.config_digest,
        platform=config.platform if config.platform.os else candidate.platform,
        names=names,
        assumptions=assumptions + of_history(history, len(layers), reference),
        provenance=(lambda: _provenance(blobs, attestations, manifest)) if attestations else None,
    )


def _provenance(blobs: Blobs, attestations: tuple[str, ...], manifest: Manifest) -> Provenance | None:
    from layerscope.image.attestations import attached_provenance  # asked for with the lines of a Dockerfile only

    return attached_provenance(blobs, attestations, manifest)


def _layer(blobs: Blobs, descriptor: Descriptor, diff_id: str | None) -> Layer:
    digest, size = descriptor.digest, descriptor.size
    if size is not None and size < 0:
        raise InputError(f"the layer {digest} has a negative size", descriptor.file)
    blob = blobs.find(digest)  # a layer may be absent: foreign ones, and what a partial copy left out
    if blob is not None and blob.size is not None:
        size = blob.size
    return Layer(
        diff_id=diff_id,
        digest=digest,
        compressed_size=size,
        media_type=descriptor.media_type or None,
        open_tar=blob.open if blob else None,
        toc=stated_toc(descriptor.annotations, descriptor.file),
    )


def _schema1_image(
    blobs: Blobs, manifest: Schema1Manifest, digest: str, reference: str, names: tuple[str, ...]
) -> Image:
    """What such a manifest can tell. Its layers' sizes are those of their blobs, where the source tells them."""
    found = [(layer, blobs.find(layer)) for layer in manifest.layers]
    return Image(
        reference=reference,
        config=manifest.config,
        history=manifest.history,
        layers=tuple(
            Layer(digest=layer, compressed_size=blob.size if blob else None, open_tar=blob.open if blob else None)
            for layer, blob in found
        ),
        digest=digest,
        platform=manifest.platform,
        names=names,
        assumptions=(Assumption("schema1", reference, _OF_SCHEMA_1),),
    )
