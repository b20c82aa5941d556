"""What a manifest holds that is no image: signatures, charts, modules and the rest that registries keep beside images.

OCI image-spec: an artifact says what it is by `artifactType`, else by the media type of its config, else by those of
its layers, which is all that older cosigns have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from layerscope.values import Value

_EMPTY = "application/vnd.oci.empty.v1+json"
# The beginning of a media type → what its maker calls the thing. The longest that fits counts.
_KINDS = {
    "application/vnd.dev.cosign.simplesigning.": "a cosign signature",
    "application/vnd.dev.cosign.artifact.sig.": "a cosign signature",
    "application/vnd.dev.cosign.artifact.sbom.": "an SBOM",
    "application/vnd.dev.sigstore.bundle": "a Sigstore bundle (a signature or an attestation)",
    "application/vnd.cncf.notary.signature": "a Notary Project signature",
    "application/vnd.cncf.notary.v2.signature": "a Notary Project signature",
    "application/vnd.dsse.envelope.": "an attestation",
    "application/vnd.in-toto": "an attestation",
    "application/vnd.docker.attestation.manifest": "an attestation",
    "application/spdx": "an SBOM",
    "text/spdx": "an SBOM",
    "application/vnd.cyclonedx": "an SBOM",
    "application/vnd.syft": "an SBOM",
    "application/vnd.cncf.helm.config.": "a Helm chart",
    "application/vnd.cncf.helm.chart.": "a Helm chart",
    "application/vnd.wasm.": "a Wasm module",
    "application/vnd.module.wasm.": "a Wasm module",
    "application/wasm": "a Wasm module",
    "application/vnd.buildkit.cacheconfig.": "a BuildKit cache",
    "application/vnd.docker.plugin.": "a Docker plugin",
    "application/vnd.docker.compose.": "a Compose project",
    "application/vnd.docker.ai.": "a model of Docker Model Runner",
    "application/vnd.cncf.flux.": "a Flux artifact",
    "application/vnd.cncf.model.": "a model (ModelPack)",
    "application/vnd.ollama.": "an Ollama model",
    "application/vnd.cncf.openpolicyagent.": "an Open Policy Agent bundle",
    "application/vnd.cncf.falco.": "a Falco artifact",
    "application/vnd.devcontainers": "a Dev Container feature or template",
    "application/vnd.sylabs.sif.": "a Singularity image file",
    "application/vnd.oras.": "an ORAS artifact",
    "application/vnd.unknown.": "an ORAS artifact",
}
# Layers that are file systems; whatever follows tells of their compression, or that they are kept elsewhere.
_FILE_SYSTEMS = (
    "application/vnd.oci.image.layer.",
    "application/vnd.docker.image.rootfs.",
    "application/vnd.docker.container.image.rootfs.",  # as the first registries of schema 2 had it
)
_COSIGN_TAG = re.compile(r"sha256-(?P<hex>[0-9a-f]{64})(?:\.(?P<suffix>sig|att|sbom))?")
_COSIGN_KINDS = {"sig": "a cosign signature", "att": "an attestation", "sbom": "an SBOM"}
_REFERRERS = "what refers to an image"


class TaggedArtifact(Value):
    """What a tag says that it names. of: the digest of the image that it is about."""

    what: str
    of: str


def kind_of_artifact(artifact_type: str, config_type: str, layer_types: Sequence[str]) -> str:
    """What an artifact is: `a Helm chart`. Of a kind that nobody here knows, with its type as it is stated."""
    for stated in (artifact_type, config_type, *layer_types):
        fitting = [start for start in _KINDS if stated.startswith(start)]
        if fitting:
            return _KINDS[max(fitting, key=len)]
    told = next((each for each in (artifact_type, config_type, *layer_types) if each and each != _EMPTY), None)
    return "an artifact that does not say its type" if told is None else f"an artifact of type {told}"


def is_file_system(media_type: str) -> bool:
    """Whether a layer of this type is one of a container's file system; one without a type may be."""
    return not media_type or media_type.startswith(_FILE_SYSTEMS)


def artifact_of_tag(tag: str) -> TaggedArtifact | None:
    """What cosign and the referrers of the OCI distribution-spec keep under a tag made of an image's digest."""
    found = _COSIGN_TAG.fullmatch(tag)
    if found is None:
        return None
    return TaggedArtifact(_COSIGN_KINDS.get(found["suffix"] or "", _REFERRERS), f"sha256:{found['hex']}")
