"""Where the path of a selector leads in an input: the source at a plain path, or the matches of a pattern."""

from __future__ import annotations

import posixpath

from layerscope.context.globs import glob_regex, has_wildcard
from layerscope.context.tree import Directory
from layerscope.graph.files.filesystem import Opaque, Tree, child_of, resolve
from layerscope.graph.operations import Selector


class MissingSource(ValueError):  # noqa: N818
    """A source path without wildcards that is not there: the builder fails while it computes the key."""

    def __init__(self, path: str) -> None:
        super().__init__(f'"/{path}": not found')
        self.path = path


class UnknownGround(Exception):  # noqa: N818
    """What would have to be searched for a list, and only a build knows. searched: as the source itself is."""

    def __init__(self, node: Tree, *, searched: bool = False) -> None:
        super().__init__()
        self.node = node
        self.searched = searched


def plain_source(root: Tree, path: str) -> Tree:
    """What is at a plain path of a selector, links followed. Raises MissingSource and LinkLoopError."""
    node = root.below(path) if isinstance(root, Opaque) else None
    if node is None:
        _, node = resolve(root, path)
    if node is None:
        raise MissingSource(path)
    return node


def starts(root: Tree, selector: Selector) -> list[tuple[str, Tree]]:
    """The source, or what its pattern matches in order; a link is not followed as the last part of either.

    Raises UnknownGround and LinkLoopError.
    """
    if not selector.wildcard:
        node = _unfollowed(root, selector.path)
        return [(selector.path, node)] if node is not None else []
    searched = searched_directory(selector)
    start, begun = resolve(root, searched)
    frontier: list[tuple[str, Tree]] = [(start, begun)] if begun is not None else []
    for part in selector.path[len(searched) :].lstrip("/").split("/"):
        regex = glob_regex(part)
        following: list[tuple[str, Tree]] = []
        for path, directory in frontier:
            if isinstance(directory, Opaque):
                raise UnknownGround(directory, searched=True)
            if isinstance(directory, Directory):
                children = directory.children.items()
                following += [(posixpath.join(path, name), child) for name, child in children if regex.match(name)]
        frontier = following
    return frontier


def matched_paths(root: Tree, selector: Selector) -> tuple[list[tuple[str, Tree]], Tree | None]:
    """The paths a selector's pattern matches, in order, links followed; or the unknown ground it would search.

    Raises MissingSource and LinkLoopError.
    """
    if not selector.wildcard:
        node = plain_source(root, selector.path)
        return [(selector.path, node)], node if isinstance(node, Opaque) else None
    matches: list[tuple[str, Tree]] = []
    try:
        found = starts(root, selector)
    except UnknownGround as unknown:
        return [], unknown.node
    for path, _ in found:
        target, reached = resolve(root, path)
        if reached is None:
            raise MissingSource(target)
        matches.append((path, reached))
    return matches, None


def searched_directory(selector: Selector) -> str:
    """The directory in which a pattern begins to match; "" is the root, and where there is no pattern."""
    prefix: list[str] = []
    for part in selector.path.split("/") if selector.wildcard else ():
        if has_wildcard(part):
            break
        prefix.append(part)
    return "/".join(prefix)


def _unfollowed(root: Tree, path: str) -> Tree | None:
    above, _, name = path.rpartition("/")
    _, directory = resolve(root, above)
    return child_of(directory, name) if name and directory is not None else directory
