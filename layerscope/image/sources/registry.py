"""An image of a registry → `Image`: manifest and config are fetched, layers only when they are opened."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import BinaryIO, NamedTuple, cast

from layerscope.docker.config import check_digest
from layerscope.docker.image_name import is_host, parse_name
from layerscope.docker.json_document import JsonObject, parse_object
from layerscope.docker.model import Platform
from layerscope.docker.provenance import IN_TOTO
from layerscope.errors import InputError
from layerscope.image.manifest import Blob, image_from_descriptors
from layerscope.image.model import Image, Layer
from layerscope.image.registry.access import NotThereError, RegistryAccess
from layerscope.image.registry.client import RegistryClient
from layerscope.values import replace

# An index may name so many manifests whose platform only they tell, that fetching them all would never end.
_FETCHES_LIMIT = 100
_SECRET = re.compile(r"[^/@]*:[^@]*@(?!sha(256|512):)")


def read_registry_image(text: str, reference: str, wanted: Platform | None, access: RegistryAccess) -> Image:
    """The image of a name as Docker reads it: `ubuntu`, `host:5000/app:1`, `app@sha256:…`.

    Raises:
        InputError: no name, no such image or platform, no answer, or bytes that are not what their digest says.
    """
    if _SECRET.match(text):
        raise InputError("a name with a password in it: docker login keeps credentials, names have none", "registry:")
    try:
        name = parse_name(text)
    except InputError as error:
        raise InputError(error.message, reference) from None
    if name.digest:
        check_digest(name.digest, reference)
    blobs = RegistryBlobs(RegistryClient(name.host, reference, access), name.path)
    digest = blobs.fetch_manifest(name.version)
    descriptor = JsonObject({"digest": digest}, reference)
    image = image_from_descriptors(blobs, [descriptor], reference, wanted, () if name.digest else (str(name),))
    outside = [layer.digest for layer in image.layers if layer.digest in blobs.outside]
    notes = tuple(("remote", f"the layer {digest} is kept outside the registry: it is not read") for digest in outside)
    layers = tuple(
        replace(layer, checked=True, fetch_part=blobs.part_fetcher(layer))
        if access.layers
        else replace(layer, open_tar=None)
        for layer in image.layers
    )
    return replace(image, layers=layers, notes=image.notes + notes)


class _Described(NamedTuple):
    """What a document said of a blob. kind: manifest, config, statement or layer."""

    kind: str
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
        self._note(parse_object(data, f"{self.file} (manifest {digest[:19]})"))
        return digest

    def find(self, digest: str) -> Blob | None:
        """Where a blob can be had; whether the registry has it shows when it is opened."""
        if digest in self._documents:
            data = self._documents[digest]
            return Blob(lambda: io.BytesIO(data), len(data))
        if digest in self.outside:
            return None
        kind, size = self._described.get(digest, _Described("manifest", None))
        if kind == "layer":
            stated = self._client.blob_size(self._path, digest) if size is None else size
            return Blob(lambda: cast(BinaryIO, self._client.open_blob(self._path, digest, stated)), stated)
        return Blob(lambda: io.BytesIO(self._fetched(digest, kind)), size)

    def part_fetcher(self, layer: Layer) -> Callable[[int, int], bytes | None] | None:
        """Gives bytes of a layer by their position; None for one that is kept elsewhere or has no use for it."""
        digest = layer.digest
        if layer.table is None or digest is None or digest in self.outside:
            return None
        return lambda start, count: self._client.blob_part(self._path, digest, start, count)

    def _fetched(self, digest: str, kind: str) -> bytes:
        if digest not in self._documents:
            if len(self._documents) >= _FETCHES_LIMIT:
                raise InputError(f"an index that needs more than {_FETCHES_LIMIT} documents to be read", self.file)
            if kind == "manifest":
                self.fetch_manifest(digest)
            else:
                self._documents[digest] = self._client.blob(self._path, digest)
        return self._documents[digest]

    def _note(self, document: JsonObject) -> None:
        """Remembers what a manifest or index says of others."""
        for descriptor in document.objects("manifests"):
            self._described[descriptor.text("digest")] = _Described("manifest", descriptor.integer("size"))
        for entry in document.objects("fsLayers"):  # schema 1 states no sizes
            self._described[entry.text("blobSum")] = _Described("layer", None)
        for descriptor in document.objects("layers"):
            kind = "statement" if descriptor.text("mediaType") == IN_TOTO else "layer"
            self._described[descriptor.text("digest")] = _Described(kind, descriptor.integer("size"))
            if descriptor.texts("urls"):
                self.outside.add(descriptor.text("digest"))
        if "config" in document:
            config = document.object("config")
            self._described[config.text("digest")] = _Described("config", config.integer("size"))


class RegistryApi:
    """What a registry tells of all its repositories. Only what has a tag can be seen."""

    def __init__(self, client: RegistryClient) -> None:
        self.file, self._client = client.reference, client

    def repositories(self) -> list[str]:
        return self._client.repositories()

    def tags(self, repository: str) -> list[str]:
        try:
            return self._client.tags(repository)
        except NotThereError:
            raise InputError(f"no repository '{repository}' in this registry", self.file) from None

    def tagged(self, repository: str, tag: str) -> str | None:
        try:
            digest = self._client.manifest_digest(repository, tag)
            return digest or self._client.manifest(repository, tag)[0]
        except NotThereError:
            return None

    def revisions(self, repository: str) -> list[str]:
        return []

    def of_repository(self, repository: str) -> RegistryBlobs:
        return RegistryBlobs(self._client, repository)

    def stored(self) -> None:
        return None


def open_registry(address: str, access: RegistryAccess) -> RegistryApi:
    """A registry by `HOST[:PORT]` or its URL.

    Raises:
        InputError: it is neither.
    """
    scheme, slashes, rest = address.rpartition("://")
    host = rest.rstrip("/").removesuffix("/v2")
    if "@" in host:
        raise InputError("an address with a user in it: docker login keeps credentials", "registry")
    if not is_host(host) or (slashes and scheme not in ("http", "https")):
        raise InputError("neither a folder nor a registry's address (HOST[:PORT], https://HOST)", address)
    return RegistryApi(RegistryClient(host, address, access, scheme or None))
