"""From an index down to the manifests of images: one for each platform, with what is attested of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from layerscope.docker.config import parse_platform
from layerscope.docker.manifests import MANIFEST_TYPES, Descriptor, Index, Manifest, parse_manifest
from layerscope.docker.model import Platform
from layerscope.docker.schema1 import Schema1Manifest
from layerscope.errors import InputError
from layerscope.image.blobs import Blobs, NotThereError, read_object
from layerscope.values import assert_never

_NESTING_LIMIT = 8


class Candidate(NamedTuple):
    """A manifest of an image. attestations: the digests of manifests that hold statements about it."""

    digest: str
    platform: Platform
    attestations: tuple[str, ...] = ()


class Candidates:
    """The manifests of images that descriptors lead to, each once, in order.

    missing: what is named and not there. artifacts: what is there and no image, in words.

    Raises:
        InputError: a document is missing that must be there, damaged, or nested too deeply.
    """

    def __init__(self, blobs: Blobs, descriptors: Sequence[Descriptor]) -> None:
        self.found: list[Candidate] = []
        self.missing: list[Descriptor] = []
        self.artifacts: list[str] = []
        self._blobs = blobs
        self._seen: set[str] = set()
        self._follow(descriptors, 0)

    def _follow(self, descriptors: Sequence[Descriptor], depth: int) -> None:
        if depth > _NESTING_LIMIT:
            raise InputError("indexes nested too deeply", self._blobs.file)
        for descriptor in descriptors:
            digest = descriptor.digest
            if digest in self._seen or not descriptor.may_be_image:
                continue
            self._seen.add(digest)
            if self._blobs.find(digest) is None:
                self.missing.append(descriptor)
                continue
            attestations = tuple(other.digest for other in descriptors if other.about == digest)
            if descriptor.media_type in MANIFEST_TYPES and descriptor.platform is not None:
                self.found.append(Candidate(digest, descriptor.platform, attestations))
            else:
                self._take(descriptor, attestations, depth)

    def _take(self, descriptor: Descriptor, attestations: tuple[str, ...], depth: int) -> None:
        """What only the document itself tells: whether it is an index, and a manifest's platform."""
        digest = descriptor.digest
        try:
            document = parse_manifest(read_object(self._blobs, digest, "manifest"), descriptor.media_type)
        except NotThereError:  # a registry is asked for it only now
            self.missing.append(descriptor)
            return
        if isinstance(document, Index):
            self._note(document.artifact)
            self._follow(document.manifests, depth + 1)
        elif isinstance(document, Schema1Manifest):
            self.found.append(Candidate(digest, document.platform))
        elif isinstance(document, Manifest):
            self._note(document.artifact)
            if document.is_image:
                platform = parse_platform(read_object(self._blobs, document.config_digest, "config"))
                self.found.append(Candidate(digest, platform, attestations))
        else:
            assert_never(document)

    def _note(self, artifact: str | None) -> None:
        if artifact is not None:
            self.artifacts.append(artifact)
