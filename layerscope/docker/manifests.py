"""Manifests and indexes (OCI image-spec, Docker's v2s2 and v2s1) → plain values: what they name, and what that is."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.docker.artifacts import is_file_system, kind_of_artifact
from layerscope.docker.config import parse_platform
from layerscope.docker.digests import check_digest
from layerscope.docker.json_document import JsonObject
from layerscope.docker.model import Platform
from layerscope.docker.schema1 import Schema1Manifest, parse_schema1
from layerscope.errors import InputError
from layerscope.values import Value, field

INDEX_TYPES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
MANIFEST_TYPES = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
# Other configs belong to things that only look like images: BuildKit's cache, charts, signatures.
_CONFIG_TYPES = frozenset(
    {"", "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
_DOCUMENTS = INDEX_TYPES | MANIFEST_TYPES
_FOREIGN = ("foreign", "nondistributable")
_UNKNOWN = ("unknown", "unknown")
IN_TOTO = "application/vnd.in-toto+json"
_PREDICATE_TYPE, _PROVENANCE = "in-toto.io/predicate-type", "https://slsa.dev/provenance/"


class Descriptor(Value):
    """What a document says of another one, or of a layer. size: in bytes, None where it is not stated.

    platform_details: all that is said of the platform, as text that depends on nothing else. urls: where others than
    the registry keep a layer. artifact_type: what it is, where it says that it is no image.
    """

    file: str
    stated_digest: str
    size: int | None = None
    media_type: str = ""
    platform: Platform | None = None
    platform_details: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    urls: tuple[str, ...] = ()
    artifact_type: str | None = None

    @property
    def digest(self) -> str:
        """Raises:
        InputError: what is stated is no digest.
        """
        return check_digest(self.stated_digest, self.file)

    @property
    def is_attestation(self) -> bool:
        """Whether an index entry is an attestation or another artifact: these are no platforms of the image."""
        of_nothing = self.platform is not None and (self.platform.os, self.platform.architecture) == _UNKNOWN
        return of_nothing or self.artifact_type is not None or "vnd.docker.reference.type" in self.annotations

    @property
    def about(self) -> str | None:
        """The digest of the manifest that an attestation is about."""
        return self.annotations.get("vnd.docker.reference.digest")

    @property
    def may_be_manifest(self) -> bool:
        """Whether the media type is that of a manifest or index, or tells nothing."""
        return self.media_type in INDEX_TYPES | MANIFEST_TYPES | {""}

    @property
    def may_be_image(self) -> bool:
        """Whether it may lead to an image; unknown media types are passed over, as the spec asks."""
        return not self.is_attestation and self.may_be_manifest

    @property
    def is_foreign(self) -> bool:
        """Whether it is a layer that others than the registry keep, such as Windows bases were."""
        return bool(self.urls) or any(word in self.media_type for word in _FOREIGN)

    @property
    def is_provenance(self) -> bool:
        """Whether it is the layer of an attestation that holds a build's provenance."""
        return self.media_type == IN_TOTO and self.annotations.get(_PREDICATE_TYPE, "").startswith(_PROVENANCE)


class Index(Value):
    """Manifests of several platforms, attestations among them; BuildKit's cache lists its layers so, too."""

    manifests: tuple[Descriptor, ...]
    artifact_type: str | None = None

    @property
    def artifact(self) -> str | None:
        """What it is where it lists no images: `a BuildKit cache`."""
        if self.artifact_type is None and any(each.may_be_image for each in self.manifests):
            return None
        stated = [each.artifact_type or each.media_type for each in self.manifests]
        if not stated and self.artifact_type is None:
            return None
        return kind_of_artifact(self.artifact_type or "", "", [each for each in stated if each not in _DOCUMENTS])


class Manifest(Value):
    """One image, or what only looks like one. layers: bottom first; of an artifact its blobs."""

    file: str
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    artifact_type: str | None = None

    @property
    def is_image(self) -> bool:
        return self.artifact is None

    @property
    def artifact(self) -> str | None:
        """What it is where it is no image: `a Helm chart`."""
        config = self.config.media_type if self.config is not None else ""
        layers = [layer.media_type for layer in self.layers]
        of_image = self.artifact_type is None and config in _CONFIG_TYPES
        if of_image and (not layers or any(map(is_file_system, layers))):
            return None
        return kind_of_artifact(self.artifact_type or "", "" if config in _CONFIG_TYPES else config, layers)

    @property
    def config_digest(self) -> str:
        """Raises:
        InputError: it names no config.
        """
        if self.config is None:
            raise InputError("a manifest without a config", self.file)
        return self.config.digest


def parse_manifest(document: JsonObject, media_type: str = "") -> Index | Manifest | Schema1Manifest:
    """Read a document that a manifest's digest stands for. media_type: as what names it states it.

    Raises:
        InputError: a field has another type.
    """
    if media_type in INDEX_TYPES or "manifests" in document:
        return parse_index(document)
    if "fsLayers" in document:
        return parse_schema1(document)
    config = parse_descriptor(document.object("config")) if "config" in document else None
    described = (*document.objects("layers"), *document.objects("blobs"))
    return Manifest(document.file, config, tuple(map(parse_descriptor, described)), _artifact_type(document))


def parse_index(document: JsonObject) -> Index:
    """An index, or the index.json of a layout.

    Raises:
        InputError: a field has another type.
    """
    return Index(tuple(map(parse_descriptor, document.objects("manifests"))), _artifact_type(document))


def _artifact_type(document: JsonObject) -> str | None:
    return document.text("artifactType") if "artifactType" in document else None


def parse_descriptor(descriptor: JsonObject) -> Descriptor:
    """Raises:
    InputError: a field has another type.
    """
    return Descriptor(
        descriptor.file,
        descriptor.text("digest"),
        descriptor.integer("size"),
        descriptor.text("mediaType"),
        parse_platform(descriptor.object("platform")) if "platform" in descriptor else None,
        descriptor.canonical("platform"),
        descriptor.object("annotations").strings(),
        descriptor.texts("urls"),
        _artifact_type(descriptor),
    )
