"""All that a registry holds: repositories, their tags, and the blobs each tag needs, from its files or over its API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from layerscope.docker.digests import check_digest
from layerscope.docker.json_document import parse_object
from layerscope.docker.manifests import Index, Manifest, parse_manifest
from layerscope.docker.schema1 import Schema1Manifest
from layerscope.errors import InputError
from layerscope.image.blobs import Blobs, NotThereError, read_document
from layerscope.image.registry.storage import parse_repository
from layerscope.values import Value, assert_never

_NESTING_LIMIT = 8


class TaggedImage(Value):
    """One tag. digest: of the manifest or index it points to, `None` where that is not there. blobs: all it needs."""

    tag: str
    digest: str | None
    blobs: frozenset[str]


class RepositoryContent(Value):
    """untagged: how many manifests have no tag; kept: the blobs that those need."""

    name: str
    tags: tuple[TaggedImage, ...]
    untagged: int = 0
    kept: frozenset[str] = frozenset()


class RegistryContent(Value):
    """A registry at one moment. sizes: in bytes, of every blob that a manifest names. layers: those that are layers.

    stored: the sizes of all blobs there are, `None` where only the registry's API was asked. missing: named by a
    manifest, but not there. partial: whether there may be other repositories.
    """

    reference: str
    repositories: tuple[RepositoryContent, ...]
    sizes: Mapping[str, int]
    layers: frozenset[str]
    stored: Mapping[str, int] | None
    missing: frozenset[str]
    partial: bool


class RegistryReader(Protocol):
    """A registry's files, or its API."""

    @property
    def file(self) -> str: ...
    def repositories(self) -> list[str]: ...
    def tags(self, repository: str) -> list[str]: ...
    def tagged(self, repository: str, tag: str) -> str | None: ...
    def revisions(self, repository: str) -> list[str]: ...
    def of_repository(self, repository: str) -> Blobs: ...
    def stored(self) -> dict[str, int] | None: ...


def read_content(
    source: RegistryReader, names: Sequence[str] = (), say: Callable[[str], None] | None = None
) -> RegistryContent:
    """Reads every manifest once. names: the repositories of a registry that does not list them, or not all.

    Raises:
        InputError: the registry cannot be read, lists no repositories, or a manifest is damaged.
    """
    found = [parse_repository(name, source.file).path for name in names or source.repositories()]
    tags = {name: source.tags(name) for name in dict.fromkeys(found)}
    if say is not None:
        say(f"tags to read: {sum(map(len, tags.values()))}, in repositories: {len(tags)}")
    walk = _Walk(source)
    repositories = tuple(_repository(source, name, its_tags, walk) for name, its_tags in tags.items())
    layers, missing = frozenset(walk.layers), frozenset(walk.missing)
    return RegistryContent(source.file, repositories, walk.sizes, layers, source.stored(), missing, bool(names))


def _repository(source: RegistryReader, name: str, tags: list[str], walk: _Walk) -> RepositoryContent:
    images = []
    for tag in tags:
        digest = source.tagged(name, tag)
        needed = walk.needed(source.of_repository(name), digest) if digest is not None else frozenset()
        images.append(TaggedImage(tag, digest if needed else None, needed))
    reached = frozenset[str]().union(*(image.blobs for image in images))
    untagged = [digest for digest in source.revisions(name) if digest not in reached]
    kept = frozenset[str]().union(*(walk.needed(source.of_repository(name), digest) for digest in untagged))
    return RepositoryContent(name, tuple(images), len(untagged), kept)


class _Walk:
    """From manifests down to all they name; each manifest is read once, in however many repositories it is."""

    def __init__(self, source: RegistryReader) -> None:
        self._file = source.file
        self.sizes: dict[str, int] = {}
        self.layers: set[str] = set()
        self.missing: set[str] = set()
        self._needed: dict[str, frozenset[str]] = {}

    def needed(self, blobs: Blobs, digest: str, depth: int = 0) -> frozenset[str]:
        """The blobs of a manifest or index, itself among them; none where it is not there."""
        if digest in self._needed:
            return self._needed[digest]
        if depth > _NESTING_LIMIT:
            raise InputError("indexes nested too deeply", self._file)
        data = self._read(blobs, digest)
        if data is None:
            self.missing.add(digest)
            return self._needed.setdefault(digest, frozenset())
        self.sizes[digest] = len(data)
        document = parse_manifest(parse_object(data, f"{self._file} (manifest {digest[:19]})"))
        self._needed[digest] = frozenset({digest, *self._named(blobs, document, depth)})
        return self._needed[digest]

    def _named(self, blobs: Blobs, document: Index | Manifest | Schema1Manifest, depth: int) -> set[str]:
        """The blobs that a document names, and those that they need in turn."""
        found: set[str] = set()
        if isinstance(document, Index):
            for descriptor in document.manifests:
                # BuildKit's cache lists its layers as an index lists manifests.
                if descriptor.may_be_manifest:
                    found |= self.needed(blobs, descriptor.digest, depth + 1)
                else:
                    found |= self._blob(blobs, descriptor.digest, layer=True)
        elif isinstance(document, Manifest):
            if document.config is not None:
                found |= self._blob(blobs, document.config_digest, layer=False)
            for descriptor in document.layers:
                found |= self._blob(blobs, descriptor.digest, layer=True)
        elif isinstance(document, Schema1Manifest):
            for digest in document.blobs:
                found |= self._blob(blobs, digest, layer=True)
        else:
            assert_never(document)
        return found

    @staticmethod
    def _read(blobs: Blobs, digest: str) -> bytes | None:
        if blobs.find(digest) is None:
            return None
        try:
            return read_document(blobs, digest, "manifest")
        except NotThereError:
            return None

    def _blob(self, blobs: Blobs, digest: str, *, layer: bool) -> set[str]:
        if digest not in self.sizes:
            blob = blobs.find(check_digest(digest, self._file))
            if blob is None or blob.size is None:
                self.missing.add(digest)
                return set()
            if blob.size < 0:
                raise InputError(f"the blob {digest} has a negative size", self._file)
            self.sizes[digest] = blob.size
        if layer:
            self.layers.add(digest)
        return {digest}
