"""All that a registry holds: repositories, their tags, and the blobs each tag needs, from its files or over its API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from layerscope.docker.artifacts import artifact_of_tag
from layerscope.docker.digests import check_digest
from layerscope.docker.json_document import parse_object
from layerscope.docker.manifests import Descriptor, Index, Manifest, parse_manifest
from layerscope.docker.schema1 import Schema1Manifest
from layerscope.errors import InputError
from layerscope.image.blobs import Blobs, NotThereError, read_document
from layerscope.image.registry.storage import parse_repository
from layerscope.values import Value, assert_never, replace

_NESTING_LIMIT = 8


class MissingBlob(Value):
    """What a manifest or index names and the registry has not. what: `manifest`, `config` or `layer`.

    platform: of the image that lacks it, `attestation` of what is attested of one, None where that is not said.
    """

    what: str
    digest: str
    platform: str | None = None


class TaggedImage(Value):
    """One tag. digest: of the manifest or index it points to, `None` where that is not there. blobs: all it needs.

    artifact: what it is where it is no image, in words; about: the digest of the image that it belongs to.
    """

    tag: str
    digest: str | None
    blobs: frozenset[str]
    missing: tuple[MissingBlob, ...] = ()
    artifact: str | None = None
    about: str | None = None


class RepositoryContent(Value):
    """untagged: how many manifests have no tag; kept: the blobs that those need.

    gone: manifests that tags point to and that are not there.
    """

    name: str
    tags: tuple[TaggedImage, ...]
    untagged: int = 0
    kept: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()


class RegistryContent(Value):
    """A registry at one moment. sizes: in bytes, of every blob that a manifest names. layers: those that are layers.

    stored: the sizes of all blobs there are, `None` where only the registry's API was asked. missing: named by a
    manifest, but not there. foreign: layers that are kept elsewhere. partial: whether there may be other repositories.
    """

    reference: str
    repositories: tuple[RepositoryContent, ...]
    sizes: Mapping[str, int]
    layers: frozenset[str]
    stored: Mapping[str, int] | None
    missing: frozenset[str]
    foreign: frozenset[str]
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
    return RegistryContent(
        source.file,
        repositories,
        walk.sizes,
        frozenset(walk.layers),
        source.stored(),
        frozenset(walk.missing),
        frozenset(walk.foreign),
        bool(names),
    )


def _repository(source: RegistryReader, name: str, tags: list[str], walk: _Walk) -> RepositoryContent:
    images = []
    gone: set[str] = set()
    for tag in tags:
        digest = source.tagged(name, tag)
        needed = walk.needed(source.of_repository(name), digest) if digest is not None else frozenset()
        if digest is not None and needed:
            images.append(_tagged(tag, digest, needed, walk))
        else:
            images.append(TaggedImage(tag, None, frozenset()))
            gone.update({digest} if digest is not None else ())
    reached = frozenset[str]().union(*(image.blobs for image in images))
    untagged = [digest for digest in source.revisions(name) if digest not in reached | gone]
    kept = frozenset[str]().union(*(walk.needed(source.of_repository(name), digest) for digest in untagged))
    return RepositoryContent(name, tuple(images), len(untagged), kept, frozenset(gone))


def _tagged(tag: str, digest: str, needed: frozenset[str], walk: _Walk) -> TaggedImage:
    by_tag = artifact_of_tag(tag)
    artifact = walk.artifacts.get(digest) or (by_tag.what if by_tag is not None else None)
    about = by_tag.of if by_tag is not None else None
    return TaggedImage(tag, digest, needed, walk.lacks.get(digest, ()), artifact, about)


def _platform_of(descriptor: Descriptor) -> str | None:
    if descriptor.is_attestation:
        return "attestation"
    return str(descriptor.platform) if descriptor.platform is not None else None


class _Walk:
    """From manifests down to all they name; each manifest is read once, in however many repositories it is."""

    def __init__(self, source: RegistryReader) -> None:
        self._file = source.file
        self.sizes: dict[str, int] = {}
        self.layers: set[str] = set()
        self.missing: set[str] = set()
        self.foreign: set[str] = set()
        self.lacks: dict[str, tuple[MissingBlob, ...]] = {}  # by manifest
        self.artifacts: dict[str, str] = {}  # what is no image, by its manifest
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
        found, lacks = self._named(blobs, document, depth)
        self._needed[digest] = frozenset({digest, *found})
        if lacks:
            self.lacks[digest] = tuple(lacks)
        if not isinstance(document, Schema1Manifest) and document.artifact is not None:
            self.artifacts[digest] = document.artifact
        return self._needed[digest]

    def _named(
        self, blobs: Blobs, document: Index | Manifest | Schema1Manifest, depth: int
    ) -> tuple[set[str], list[MissingBlob]]:
        """The blobs that a document names, and those that they need in turn; and what of these is not there."""
        found: set[str] = set()
        lacks: list[MissingBlob] = []

        def take(digest: str, what: str, platform: str | None = None) -> None:
            there = self._blob(blobs, digest, layer=what == "layer")
            found.update(there)
            if not there:
                lacks.append(MissingBlob(what, digest, platform))

        if isinstance(document, Index):
            for descriptor in document.manifests:
                # BuildKit's cache lists its layers as an index lists manifests.
                if not descriptor.may_be_manifest:
                    take(descriptor.digest, "layer")
                    continue
                platform, below = _platform_of(descriptor), self.needed(blobs, descriptor.digest, depth + 1)
                found |= below
                if not below:
                    lacks.append(MissingBlob("manifest", descriptor.digest, platform))
                below_lacks = self.lacks.get(descriptor.digest, ())
                lacks += [replace(lack, platform=lack.platform or platform) for lack in below_lacks]
        elif isinstance(document, Manifest):
            if document.config is not None:
                take(document.config_digest, "config")
            for descriptor in document.layers:
                if descriptor.is_foreign and blobs.find(descriptor.digest) is None:
                    self.foreign.add(descriptor.digest)
                else:
                    take(descriptor.digest, "layer")
        elif isinstance(document, Schema1Manifest):
            for digest in document.blobs:
                take(digest, "layer")
        else:
            assert_never(document)
        return found, lacks

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
