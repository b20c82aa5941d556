"""A registry's files as paths: which repositories, tags, revisions and layers they make.

The paths come from a listing that `tree` or `find` printed; what stands in the files is not in it, so bytes are
unknown and a manifest's layers are those its repository links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from layerscope.values import Value

_ROOT = re.compile(r"(?:^|/)docker/registry/v2/(?P<rest>.+)$")
_BLOB = re.compile(r"blobs/sha256/[0-9a-f]{2}/(?P<hex>[0-9a-f]{64})/data$")
_LINK = re.compile(
    r"repositories/(?P<name>.+)/(?:"
    r"_layers/sha256/(?P<layer>[0-9a-f]{64})/link"
    r"|_manifests/revisions/sha256/(?P<revision>[0-9a-f]{64})/link"
    r"|_manifests/tags/(?P<tag>[^/]+)/(?:current/link|index/sha256/(?P<indexed>[0-9a-f]{64})/link)"
    r")$"
)
_BRANCH = re.compile(r"^(?P<indent>(?:[│|]   |    )*)(?:[├|]-- |[├└]── |`-- )(?P<name>.*)$")
_SUMMARY = re.compile(r"^\d+ director(?:y|ies), \d+ files?$")


class ListedRepository(Value):
    """What a listing shows of one repository; digests in the order of their paths."""

    name: str
    tags: tuple[str, ...]
    revisions: tuple[str, ...]
    layers: tuple[str, ...]


class RegistryTree(Value):
    """Repositories, the blobs that are there, and those no repository links."""

    file: str
    repositories: tuple[ListedRepository, ...]
    blobs: tuple[str, ...]
    unreferenced: tuple[str, ...]


def find_registry_tree(text: str, file: str) -> RegistryTree | None:
    """What a listing shows of a registry, its folders drawn or as paths; None where it shows none."""
    rests = [match["rest"] for match in map(_ROOT.search, listed_paths(text)) if match]
    if not rests:
        return None
    blobs = {f"sha256:{match['hex']}" for match in map(_BLOB.match, rests) if match}
    found: dict[str, dict[str, list[str]]] = {}
    for match in filter(None, map(_LINK.match, rests)):
        kinds = found.setdefault(match["name"], {"tag": [], "revision": [], "layer": []})
        for kind in ("tag", "revision", "layer"):
            if match[kind] and match[kind] not in kinds[kind]:
                kinds[kind].append(match[kind])
    repositories = tuple(
        ListedRepository(name, tuple(kinds["tag"]), tuple(_digests(kinds["revision"])), tuple(_digests(kinds["layer"])))
        for name, kinds in sorted(found.items())
    )
    linked = {digest for repository in repositories for digest in (*repository.revisions, *repository.layers)}
    return RegistryTree(file, repositories, tuple(sorted(blobs)), tuple(sorted(blobs - linked)))


def listed_paths(text: str) -> Iterator[str]:
    """The paths of a listing: one a line as `find` prints them, or the branches that `tree` draws."""
    above: list[str] = []
    for line in text.splitlines():
        branch = _BRANCH.match(line.replace("\xa0", " "))
        if branch is None:
            if line.strip() and not _SUMMARY.match(line.strip()):
                above = [line.strip().rstrip("/")]
                yield line.strip()
            continue
        depth = len(branch["indent"]) // 4 + 1
        above = [*above[:depth], branch["name"].strip()]
        yield "/".join(above)


def _digests(values: Iterable[str]) -> Iterator[str]:
    return (f"sha256:{value}" for value in values)
