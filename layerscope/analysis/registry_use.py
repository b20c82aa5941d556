"""What a registry's bytes are for: which repositories need which blobs, and which blobs nobody needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from layerscope.analysis.answers.registry_use import ImageUse, RegistryUse, RepositoryUse, SharedLayer, told_missing
from layerscope.answer import Assumption
from layerscope.errors import InputError
from layerscope.image.registry.content import RegistryContent, RepositoryContent, TaggedImage


def registry_use(content: RegistryContent, only: Collection[str] = ()) -> RegistryUse:
    """Add up what was read. only: the repositories to tell of, all where none is named.

    Raises:
        InputError: there is no such repository.
    """
    _check_there(only, content)
    sizes = content.sizes
    needs = {repository.name: _needed(repository) for repository in content.repositories}
    users = Counter(blob for needed in needs.values() for blob in needed)
    referenced = frozenset(users)
    kept = referenced.union(*(repository.kept for repository in content.repositories))
    stored = content.stored if content.stored is not None else {blob: sizes[blob] for blob in referenced}
    unreferenced = None if content.stored is None else [size for blob, size in stored.items() if blob not in kept]
    chosen = frozenset(only or needs)
    return RegistryUse(
        reference=content.reference,
        repositories=tuple(
            _repository_use(repository, needs[repository.name], users, sizes)
            for repository in content.repositories
            if repository.name in chosen
        ),
        images=tuple(image for image in _images(content) if image.repository in chosen),
        shared_layers=tuple(
            layer for layer in _shared_layers(content, needs, users) if not chosen.isdisjoint(layer.repositories)
        ),
        blob_count=len(stored),
        blob_bytes=sum(stored.values()),
        unreferenced_count=None if unreferenced is None else len(unreferenced),
        unreferenced_bytes=None if unreferenced is None else sum(unreferenced),
        referenced_bytes=_total(referenced, sizes),
        exclusive_bytes=_exclusive(referenced, users, sizes),
        assumptions=_assumptions(content, kept - referenced),
    )


def _check_there(only: Collection[str], content: RegistryContent) -> None:
    names = {repository.name for repository in content.repositories}
    for name in only:
        if name not in names:
            raise InputError(f"no repository '{name}' in this registry", content.reference)


def _repository_use(
    repository: RepositoryContent, needed: frozenset[str], users: Counter[str], sizes: Mapping[str, int]
) -> RepositoryUse:
    return RepositoryUse(
        repository.name,
        tuple(image.tag for image in repository.tags),
        _total(needed, sizes),
        _exclusive(needed, users, sizes),
    )


def _needed(repository: RepositoryContent) -> frozenset[str]:
    return frozenset[str]().union(*(image.blobs for image in repository.tags))


def _images(content: RegistryContent) -> tuple[ImageUse, ...]:
    tags: dict[tuple[str, str], list[str]] = {}
    needs: dict[tuple[str, str], frozenset[str]] = {}
    first: dict[tuple[str, str], TaggedImage] = {}
    for repository in content.repositories:
        for image in repository.tags:
            if image.digest is not None:
                tags.setdefault((repository.name, image.digest), []).append(image.tag)
                needs[repository.name, image.digest] = image.blobs
                first.setdefault((repository.name, image.digest), image)
    users = Counter(blob for blobs in needs.values() for blob in blobs)
    return tuple(
        ImageUse(
            name,
            tuple(tags[name, digest]),
            digest,
            _total(blobs, content.sizes),
            _exclusive(blobs, users, content.sizes),
            first[name, digest].artifact,
            first[name, digest].about,
            first[name, digest].missing,
        )
        for (name, digest), blobs in needs.items()
    )


def _shared_layers(
    content: RegistryContent, needs: dict[str, frozenset[str]], users: Counter[str]
) -> tuple[SharedLayer, ...]:
    """The layers of several repositories, those that save most first."""
    shared = [
        SharedLayer(blob, content.sizes[blob], tuple(name for name, needed in needs.items() if blob in needed))
        for blob in content.layers
        if users[blob] > 1
    ]
    return tuple(
        sorted(shared, key=lambda layer: (-layer.size * (len(layer.repositories) - 1), -layer.size, layer.digest))
    )


def _assumptions(content: RegistryContent, kept_only: frozenset[str]) -> tuple[Assumption, ...]:
    said = {
        "remote": _unseen(content),
        "untagged": _untagged(content, kept_only),
        "missing": (*_gone_tags(content), *_broken_images(content), *_missing_blobs(content)),
        "foreign": _foreign_layers(content),
    }
    return tuple(Assumption(kind, content.reference, text) for kind, texts in said.items() for text in texts)


def _unseen(content: RegistryContent) -> Iterator[str]:
    if content.stored is None:
        yield "only what has a tag was seen: what is stored beside it only the registry's own files tell"
    if content.partial:
        yield "only the repositories named were asked for: what others share with them is not seen"


def _untagged(content: RegistryContent, kept_only: frozenset[str]) -> Iterator[str]:
    untagged = sum(repository.untagged for repository in content.repositories)
    if untagged:
        have, keep = ("1 manifest has", "keeps") if untagged == 1 else (f"{untagged} manifests have", "keep")
        kept = f"{keep} {_total(kept_only, content.sizes)} bytes that no tag needs"
        yield f"{have} no tag, and {kept}: these count as referenced until garbage-collect --delete-untagged"


def _gone_tags(content: RegistryContent) -> Iterator[str]:
    gone = [f"{r.name}:{image.tag}" for r in content.repositories for image in r.tags if image.digest is None]
    if gone:
        yield f"tags without a manifest: {', '.join(gone)}"


def _broken_images(content: RegistryContent) -> Iterator[str]:
    for repository in content.repositories:
        for image in repository.tags:
            if image.missing:
                first, more = image.missing[0], len(image.missing) - 1
                others = (
                    f", nor are {more} more blobs of it" if more > 1 else ", nor is 1 more blob of it" if more else ""
                )
                yield f"{repository.name}:{image.tag} is broken: {told_missing(first)}, is not in the registry{others}"


def _missing_blobs(content: RegistryContent) -> Iterator[str]:
    """What no tag tells of."""
    images = [image for repository in content.repositories for image in repository.tags]
    told = {lack.digest for image in images for lack in image.missing}
    gone = content.missing - told - {digest for r in content.repositories for digest in r.gone}
    if gone:
        yield f"{len(gone)} blobs that untagged manifests name are not in the registry, and count for nothing"


def _foreign_layers(content: RegistryContent) -> Iterator[str]:
    if content.foreign:
        are = "layer is" if len(content.foreign) == 1 else "layers are"
        yield f"{len(content.foreign)} {are} foreign: kept elsewhere, and not counted"


def _exclusive(blobs: Iterable[str], users: Counter[str], sizes: Mapping[str, int]) -> int:
    """The bytes of those that have one user."""
    return _total((blob for blob in blobs if users[blob] == 1), sizes)


def _total(blobs: Iterable[str], sizes: Mapping[str, int]) -> int:
    return sum(sizes[blob] for blob in blobs)
