"""The blobs of a repository in a registry, fetched when they are opened."""

from __future__ import annotations

import io
from collections.abc import Callable
from enum import Enum, auto
from typing import BinaryIO, NamedTuple, cast

from layerscope.docker.json_document import parse_object
from layerscope.docker.manifests import IN_TOTO, Descriptor, Index, Manifest, parse_manifest
from layerscope.docker.schema1 import Schema1Manifest
from layerscope.errors import InputError
from layerscope.image.blobs import Blob
from layerscope.image.model import Layer
from layerscope.image.registry.client import RegistryClient
from layerscope.values import assert_never

# An index may name so many manifests whose platform only they tell, that fetching them all would never end.
_FETCHES_LIMIT = 100


class _Kind(Enum):
    """What a blob is to be fetched as."""

    MANIFEST = auto()
    CONFIG = auto()
    STATEMENT = auto()
    LAYER = auto()


class _Described(NamedTuple):
    """What a document said of a blob."""

    kind: _Kind
    size: int | None


class RegistryBlobs:
    """The blobs of one repository. What a digest stands for is known from the document that named it."""

    def __init__(self, client: RegistryClient, path: str) -> None:
        self.file, self._client, self._path = client.reference, client, path
        self._documents: dict[str, bytes] = {}
        self._described: dict[str, _Described] = {}
        self.outside: set[str] = set()  # layers that others than the registry keep, by URL

    def fetch_manifest(self, version: str) -> str:
        """Fetches a manifest or index by tag or digest; returns its digest.

        Raises:
            InputError: it cannot be had, or is not what its digest says.
        """
        digest, data = self._client.manifest(self._path, version)
        self._documents[digest] = data
        self._remember(parse_manifest(parse_object(data, f"{self.file} (manifest {digest[:19]})")))
        return digest

    def find(self, digest: str) -> Blob | None:
        """Where a blob can be had; whether the registry has it shows when it is opened."""
        if digest in self._documents:
            data = self._documents[digest]
            return Blob(lambda: io.BytesIO(data), len(data))
        if digest in self.outside:
            return None
        kind, size = self._described.get(digest, _Described(_Kind.MANIFEST, None))
        if kind is _Kind.LAYER:
            stated = self._client.blob_size(self._path, digest) if size is None else size
            return Blob(lambda: cast(BinaryIO, self._client.open_blob(self._path, digest, stated)), stated)
        return Blob(lambda: io.BytesIO(self._fetched(digest, kind)), size)

    def part_fetcher(self, layer: Layer) -> Callable[[int, int], bytes | None] | None:
        """Gives bytes of a layer by their position; None for one that is kept elsewhere or has no use for it."""
        digest = layer.digest
        if layer.toc is None or digest is None or digest in self.outside:
            return None
        return lambda start, count: self._client.blob_part(self._path, digest, start, count)

    def _fetched(self, digest: str, kind: _Kind) -> bytes:
        if digest not in self._documents:
            if len(self._documents) >= _FETCHES_LIMIT:
                raise InputError(f"an index that needs more than {_FETCHES_LIMIT} documents to be read", self.file)
            if kind is _Kind.MANIFEST:
                self.fetch_manifest(digest)
            else:
                self._documents[digest] = self._client.blob(self._path, digest)
        return self._documents[digest]

    def _remember(self, document: Index | Manifest | Schema1Manifest) -> None:
        """What a manifest or index says of others."""
        if isinstance(document, Index):
            for descriptor in document.manifests:
                self._describe(descriptor, _Kind.MANIFEST)
        elif isinstance(document, Manifest):
            for descriptor in document.layers:
                self._describe(descriptor, _Kind.STATEMENT if descriptor.media_type == IN_TOTO else _Kind.LAYER)
                if descriptor.urls:
                    self.outside.add(descriptor.stated_digest)
            if document.config is not None:
                self._describe(document.config, _Kind.CONFIG)
        elif isinstance(document, Schema1Manifest):  # states no sizes
            self._described.update(dict.fromkeys(document.blobs, _Described(_Kind.LAYER, None)))
        else:
            assert_never(document)

    def _describe(self, descriptor: Descriptor, kind: _Kind) -> None:
        self._described[descriptor.stated_digest] = _Described(kind, descriptor.size)
