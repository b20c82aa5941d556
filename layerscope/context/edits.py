"""The after side of a change named path by path: `--change`, `--add`, `--remove`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from layerscope.context.paths import LinkLoopError, clean, files_below, lookup, resolve, with_entries
from layerscope.context.patterns import Pattern, PatternError
from layerscope.context.tree import Directory, EditedFile, File, Link, Node, Special
from layerscope.errors import InputError
from layerscope.values import replace


def edited(
    root: Directory,
    change: Iterable[str] = (),
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    of: str = "",
) -> tuple[Directory, tuple[str, ...]]:
    """The tree with some paths changed, added or removed, and those paths, sorted.

    A changed file keeps its mode; its new content equals nothing ever recorded. A directory stands for all
    below it, a glob (`.dockerignore` syntax) for all it matches. of: where the tree lies among several, whose files at
    one path are not one. Raises InputError where nothing on disk matches or an added path is there already.
    """
    edits: dict[str, Node | None] = {}
    for asked in change:
        for path in _matching(root, asked, "--change"):
            edits |= changed_at(root, path, of)
    for asked in remove:
        for path in _matching(root, asked, "--remove"):
            edits[path] = None
    for asked in add:
        path = _new_path(root, asked, edits)
        edits[path] = EditedFile(0o644, None, digest=f"added:{posixpath.join(of, path)}")
    return with_entries(root, edits), tuple(sorted(edits))


def _new_path(root: Directory, asked: str, edits: dict[str, Node | None]) -> str:
    """Where an added file lands: links on the way are followed, as writing it would."""
    path = _inside(asked, "--add")
    if not path or lookup(root, path) is not None:
        raise InputError("--add names a path that is there already: use --change", asked)
    folder, slash, name = path.rpartition("/")
    try:
        path = resolve(root, folder)[0] + slash + name
    except LinkLoopError:
        raise InputError("--add names a path below a circle of links", asked) from None
    parents = [path[:at] for at, char in enumerate(path) if char == "/"]
    for parent in parents:
        there = edits.get(parent) or lookup(root, parent)
        if there is not None and not isinstance(there, Directory):
            raise InputError(f"--add names a path below {parent}, which is no directory", asked)
    if any(other.startswith(path + "/") and node is not None for other, node in edits.items()):
        raise InputError("--add names a file that is a directory of another path", asked)
    return path


def _inside(asked: str, option: str) -> str:
    """The path in the context; a leading `/` is its root. Raises InputError for one that leaves it."""
    if not asked:
        raise InputError(f"{option} needs a path")
    if posixpath.normpath(asked).split("/")[0] == "..":
        raise InputError(f"{option} names a path outside the context", asked)
    return clean(asked)


def changed_at(root: Directory, path: str, of: str = "") -> dict[str, Node | None]:
    """What is there once the file at a path has other content than any before: itself, or what a link leads to.

    of: as `edited` takes it.
    """
    node = lookup(root, path)
    if isinstance(node, Link):
        # Writing to a link writes through it; one that leads nowhere changes as a link.
        try:
            target, reached = resolve(root, path)
        except LinkLoopError:
            return {path: Link(f"{node.target} changed")}
        if reached is None:
            return {path: Link(f"{node.target} changed")}
        return {found: _changed_node(posixpath.join(of, found), below) for found, below in files_below(reached, target)}
    return {path: _changed_node(posixpath.join(of, path), node)} if node is not None else {}


def _changed_node(path: str, node: Node) -> Node:
    if isinstance(node, File):
        # As large as it was, for all that anybody says.
        return EditedFile(node.mode, node.size, digest=f"changed:{path}")
    if isinstance(node, Link):
        return Link(f"{node.target} changed")
    assert isinstance(node, Special)
    return Special(replace(node.kind, edited=True), node.mode)


def _matching(root: Directory, asked: str, option: str) -> list[str]:
    path = _inside(asked, option)
    node = lookup(root, path)
    if node is None:
        path, node = _through_links(root, path)
    if node is not None and not (path == "" and asked.strip("./")):
        if not isinstance(node, Directory):
            return [path]
        below = [found for found, _ in files_below(node, path)]
        if below:
            return below
        if option == "--remove" and path:
            return [path]
    else:
        try:
            pattern = Pattern(path)
            below = [found for found, _ in files_below(root) if _matches(pattern, found)]
        except PatternError as error:
            raise InputError(str(error), asked) from None
        if below:
            return below
    raise InputError(f"{option} matches nothing in the context", asked)


def _through_links(root: Directory, path: str) -> tuple[str, Node | None]:
    """The path that is reached where a directory on the way is a link."""
    try:
        reached, node = resolve(root, path)
    except LinkLoopError:
        return path, None
    return (reached, node) if node is not None else (path, None)


def _matches(pattern: Pattern, path: str) -> bool:
    parts = path.split("/")
    return any(pattern.matches("/".join(parts[: i + 1])) for i in range(len(parts)))
