"""Paths of layers stacked over each other, with the subtree of any path at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

# Path → size in bytes of what is there; a directory of size s is kept as -1 - s, so that a layer of a hundred
# thousand files is one dict of strings and integers.
Nodes = Mapping[str, int]

WHITEOUT = ".wh."  # begins the name of what a layer deletes


def directory_node(size: int) -> int:
    return -1 - size


def is_directory(node: int) -> bool:
    return node < 0


def node_size(node: int) -> int:
    return -1 - node if node < 0 else node


def parents_of(paths: Iterable[str]) -> set[str]:
    """All directories on the way to the paths, the root `""` left out."""
    parents: set[str] = set()
    fresh = {path.rpartition("/")[0] for path in paths}
    while fresh:
        parents |= fresh
        fresh = {path.rpartition("/")[0] for path in fresh} - parents
    parents.discard("")
    return parents


class LayerStack:
    """What lies at each path. Children are indexed only once a subtree is asked for: most layers delete nothing."""

    def __init__(self) -> None:
        self.nodes: dict[str, int] = {}
        self._children: dict[str, set[str]] | None = None

    def lay(self, nodes: Nodes) -> None:
        """Puts nodes in place of those of the same paths; what lies below a path stays."""
        if self._children is not None:
            self._index(nodes.keys() - self.nodes.keys())
        self.nodes.update(nodes)

    def subtree(self, path: str) -> Iterator[str]:
        """The path and all paths below it, as far as they are there."""
        if path in self.nodes:
            yield path
        yield from self.below(path)

    def below(self, path: str) -> Iterator[str]:
        if self._children is None:
            self._children = {}
            self._index(self.nodes)
        pending = [path]
        while pending:
            children = self._children.get(pending.pop())
            if children:
                yield from children
                pending.extend(children)

    def remove(self, paths: Iterable[str]) -> None:
        """Takes paths out; whole subtrees only, as `subtree` and `below` give them."""
        for path in list(paths):
            del self.nodes[path]
            if self._children is not None:
                self._children.pop(path, None)
                siblings = self._children.get(path.rpartition("/")[0])
                if siblings:
                    siblings.discard(path)

    def _index(self, paths: Iterable[str]) -> None:
        assert self._children is not None
        for path in paths:
            parent = path.rpartition("/")[0]
            children = self._children.get(parent)
            if children is None:
                self._children[parent] = {path}
            else:
                children.add(path)
