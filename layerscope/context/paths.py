"""Finding nodes of a tree by their paths, links followed as builders do, and trees with other nodes at some paths."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from layerscope.context.tree import EMPTY, Directory, Link, Node

MAX_LINKS = 255  # as containerd's fs.RootPath and Linux's own resolution bound it

GIT_FOLDER = ".git"  # where git keeps what it knows

AnyNode = TypeVar("AnyNode")


class LinkLoopError(ValueError):
    """More than MAX_LINKS symbolic links on one path."""


def clean(path: str) -> str:
    """A path relative to the root of a tree, without `.` and `..`; the root itself is `""`."""
    return posixpath.normpath("/" + path).lstrip("/")


def is_of_git(path: str) -> bool:
    """Whether it is git's own folder, or a path in it."""
    return path == GIT_FOLDER or path.startswith(f"{GIT_FOLDER}/")


def lookup(root: Directory, path: str) -> Node | None:
    """The node at a path, no link followed."""
    parts = path.split("/")
    if not _NOT_NAMES.isdisjoint(parts):
        parts = [part for part in clean(path).split("/") if part]
    node: Node = root
    for part in parts:
        if not isinstance(node, Directory):
            return None
        child = node.children.get(part)
        if child is None:
            return None
        node = child
    return node


def resolve(root: Directory, path: str) -> tuple[str, Node | None]:
    """Follow links inside the tree, as the builder does: absolute ones start at its root, none leaves it.

    Returns the path that the links lead to and the node there (None where nothing is). Raises LinkLoopError.
    """

    def child(node: Node, name: str) -> Node | None:
        return node.children.get(name) if isinstance(node, Directory) else None

    # mypy takes the None of a missing child for a kind of node.
    return follow_links(root, path, child)  # type: ignore[arg-type]


def followed(root: Directory, path: str) -> tuple[str, Node | None]:
    """`resolve` that leaves a path on which links lead in a circle as it is."""
    try:
        return resolve(root, path)
    except LinkLoopError:
        return path, lookup(root, path)


def follow_links(
    root: AnyNode, path: str, child: Callable[[AnyNode, str], AnyNode | None]
) -> tuple[str, AnyNode | None]:
    """`resolve` for trees of any kind of node that may hold links; `child` looks one name up."""
    straight = _straight(root, path, child)
    if straight is not None:
        return path, straight
    rest = [part for part in clean(path).split("/") if part]
    done: list[str] = []
    nodes: list[AnyNode] = [root]
    links = 0
    while rest:
        part = rest.pop(0)
        if part == "..":
            if done:
                done.pop()
                nodes.pop()
            continue
        node = child(nodes[-1], part)
        if node is None:
            return "/".join([*done, part, *rest]), None
        if isinstance(node, Link):
            links += 1
            if links > MAX_LINKS:
                raise LinkLoopError(path)
            if node.target.startswith("/"):
                done, nodes = [], [root]
            rest = [p for p in node.target.split("/") if p not in {"", "."}] + rest
            continue
        done.append(part)
        nodes.append(node)
    return "/".join(done), nodes[-1]


def _straight(root: AnyNode, path: str, child: Callable[[AnyNode, str], AnyNode | None]) -> AnyNode | None:
    """The node at a clean path on which no link lies; None says nothing."""
    if not path:
        return root
    node = root
    for part in path.split("/"):
        below = child(node, part) if part not in _NOT_NAMES else None
        if below is None or isinstance(below, Link):
            return None
        node = below
    return node


_NOT_NAMES = frozenset({"", ".", ".."})


def files_below(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Everything at and below a node that is no directory, with its path, in order."""
    if isinstance(node, Directory):
        for name, child in node.children.items():
            yield from files_below(child, posixpath.join(path, name))
    else:
        yield path, node


def with_entries(root: Directory, edits: Mapping[str, Node | None]) -> Directory:
    """A copy of the tree with other nodes at some paths (None removes one); all the rest is shared.

    Missing parents are made; a directory that a removal leaves empty stays.
    """
    if "" in edits:
        whole = edits[""]
        return whole if isinstance(whole, Directory) else EMPTY
    below: dict[str, dict[str, Node | None]] = {}
    children = dict(root.children)
    for path, node in edits.items():
        name, slash, rest = clean(path).partition("/")
        if slash:
            below.setdefault(name, {})[rest] = node
        elif node is None:
            children.pop(name, None)
        else:
            children[name] = node
    for name, inner in below.items():
        child = children.get(name)
        if not isinstance(child, Directory):
            if all(node is None for node in inner.values()):
                continue
            child = EMPTY
        children[name] = with_entries(child, inner)
    return root.with_children({name: children[name] for name in sorted(children)})
