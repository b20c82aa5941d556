"""What is attested of an image beside its manifest: the provenance that a builder attached."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.docker.manifests import Descriptor, Manifest, parse_manifest
from layerscope.docker.provenance import Provenance, parse_provenance
from layerscope.image.blobs import Blobs, NotThereError, read_object
from layerscope.image.candidates import Candidates


def attached_provenance(blobs: Blobs, attestations: Sequence[str], manifest: Manifest) -> Provenance | None:
    """What the first statement of max mode says of an image. attestations: the digests of their manifests."""
    layers = [layer.stated_digest for layer in manifest.layers]
    for attestation in attestations:
        try:
            statements = parse_manifest(read_object(blobs, attestation, "attestation"))
        except NotThereError:  # as copies leave them out
            continue
        if not isinstance(statements, Manifest):
            continue
        for statement in statements.layers:
            if not statement.is_provenance or blobs.find(statement.digest) is None:
                continue
            found = parse_provenance(read_object(blobs, statement.digest, "provenance"), layers)
            if found is not None:
                return found
    return None


def provenance_by_config(blobs: Blobs, descriptors: Sequence[Descriptor], config_digest: str) -> Provenance | None:
    """The provenance of the image with this config, among those that descriptors lead to."""
    for candidate in Candidates(blobs, descriptors).found:
        manifest = parse_manifest(read_object(blobs, candidate.digest, "manifest"))
        if isinstance(manifest, Manifest) and manifest.config is not None and manifest.config_digest == config_digest:
            return attached_provenance(blobs, candidate.attestations, manifest)
    return None
