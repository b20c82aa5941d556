"""Manifests → an `Image`, from any source that holds blobs by digest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from layerscope.answer import Assumption
from layerscope.docker.artifacts import kind_of_artifact
from layerscope.docker.config import parse_config, parse_history
from layerscope.docker.manifests import Descriptor, Index, Manifest, parse_manifest
from layerscope.docker.model import HistoryEntry, Platform
from layerscope.docker.platforms import choose, matches
from layerscope.docker.schema1 import Schema1Manifest
from layerscope.errors import InputError
from layerscope.image.blobs import Blobs, NotThereError, read_object
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
    *,
    partial: bool = False,
) -> Image:
    """The image of one platform from descriptors of its manifest, or of the index of its platforms.

    partial: whether the source may hold some of the platforms alone, as copies do, and is none the worse for it.

    Raises:
        InputError: no image is there for the platform wanted, or a blob of it is missing, damaged or no manifest.
    """
    candidates = Candidates(blobs, descriptors)
    missing = candidates.missing
    offered = [candidate.platform for candidate in candidates.found]
    if wanted is not None and not any(matches(wanted, platform) for platform in offered):
        gone = next((each for each in missing if each.platform and matches(wanted, each.platform)), None)
        if gone is not None:
            raise InputError(_gone(gone.digest, wanted, partial=partial), blobs.file)
    if not candidates.found:
        raise InputError(_no_image(candidates), blobs.file)
    chosen = candidates.found[choose(offered, wanted, blobs.file)]
    assumptions: tuple[Assumption, ...] = ()
    if missing and not partial:
        text = f"its index is broken: {_named(missing[0])}, is not there{_more(missing)}"
        assumptions = (Assumption("missing", reference, text),)
    if wanted is None and len(offered) > 1:
        listing = ", ".join(str(platform) for platform in offered)
        assumptions = (
            Assumption("platform", reference, f"of several platforms ({listing}), {chosen.platform} was taken"),
            *assumptions,
        )
    try:
        document = parse_manifest(read_object(blobs, chosen.digest, "manifest"))
    except NotThereError:  # a registry is asked for it only now
        raise InputError(_gone(chosen.digest, chosen.platform, partial=partial), blobs.file) from None
    if isinstance(document, Schema1Manifest):
        return _schema1_image(blobs, document, chosen.digest, reference, names)
    if isinstance(document, Manifest):
        return _image(blobs, document, chosen, reference, names, assumptions)
    if isinstance(document, Index):
        raise InputError(f"{chosen.digest} is no image but an index", blobs.file)
    assert_never(document)


def no_image(blobs: Blobs, descriptors: Sequence[Descriptor]) -> str:
    """Why descriptors lead to no image: what is there in place of one, or is gone."""
    stated = [each for each in descriptors if not each.may_be_image and each.artifact_type is not None]
    if stated:
        return f"holds no image but {kind_of_artifact(stated[0].artifact_type or '', '', ())}"
    return _no_image(Candidates(blobs, descriptors))


def _named(descriptor: Descriptor) -> str:
    """`the manifest of linux/arm64, sha256:…`"""
    platform = descriptor.platform
    of = "an attestation" if descriptor.is_attestation else str(platform) if platform is not None else ""
    return f"the manifest{f' of {of}' if of else ''}, {descriptor.digest}"


def _no_image(candidates: Candidates) -> str:
    if candidates.artifacts:
        return f"holds no image but {candidates.artifacts[0]}"
    missing = candidates.missing
    if not missing:
        return "holds no image"
    if missing[0].platform is None:
        return f"the manifest {missing[0].digest} is not there{_more(missing)}"
    return f"is broken: {_named(missing[0])}, is not there{_more(missing)}"


def _more(missing: Sequence[Descriptor]) -> str:
    others = len(missing) - 1
    return f", nor {'is' if others == 1 else 'are'} {others} more" if others else ""


def _gone(digest: str, platform: Platform, *, partial: bool) -> str:
    what = f"holds no image for {platform}" if partial else "is broken"
    return f"{what}: its index names the manifest of {platform}, {digest}, which is not there"


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
    if manifest.artifact is not None:
        raise InputError(f"{candidate.digest} is no image but {manifest.artifact}", blobs.file)
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
        assumptions=(*assumptions, *of_history(history, len(layers), reference), *_kept_elsewhere(manifest, reference)),
        provenance=(lambda: _provenance(blobs, attestations, manifest)) if attestations else None,
    )


def _kept_elsewhere(manifest: Manifest, reference: str) -> Iterator[Assumption]:
    """What to say of layers that others than the source of the image keep."""
    for layer in manifest.layers:
        if layer.is_foreign:
            at = f" at {layer.urls[0]}" if layer.urls else ""
            yield Assumption("remote", reference, f"the layer {layer.digest} is foreign: it is kept elsewhere{at}")


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
