"""Dive's measures of an image: efficiency and wasted files, path by path, in time linear in files and deletions.

The semantics are those of dive 0.13.1 down to its oddities (a lookup that fails ends the layer's walk, parents that
a layer does not list are no directories, opaque markers do nothing), so that the two can be compared on one image.
Dive stacks all lower layers anew for every deletion; here one stack grows along.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple

from layerscope.image.layers.listing import Listing
from layerscope.image.layers.stack import WHITEOUT, LayerStack, Nodes, is_directory, node_size, parents_of
from layerscope.values import Value

_MARKER = ".wh..wh.."  # dive never adds a name that begins so: opaque markers
_UNLISTED = 0  # a parent that the layer does not list: size 0 and, to dive, no directory


class WastedFile(Value):
    """A path that several layers touch. path: absolute. wasted_bytes: all its copies, the last included."""

    path: str
    count: int
    wasted_bytes: int


class Efficiency(NamedTuple):
    """efficiency: 0 to 1. wasted_files: by bytes descending, then by path."""

    efficiency: float
    wasted_bytes: int
    wasted_files: tuple[WastedFile, ...]


def measure_efficiency(layers: Sequence[Listing]) -> Efficiency:
    """Dive's efficiency of an image's layers, bottom first, each as what its tar lists (whiteouts among it)."""
    last_deleting = max((number for number, layer in enumerate(layers) if layer.deletes), default=-1)
    tally = _Tally()
    below = LayerStack()
    for number, layer in enumerate(layers):
        if layer.deletes:
            shown = _without_markers(layer.nodes)
            parents = parents_of(shown)
            tree = _with_parents(shown, parents)
            if number == 0:
                below.lay(tree)  # the bottom layer's whiteouts are looked up in that layer itself
            _count_deleting_layer(tree, tree.keys() - parents, below, tally)
            _lay(tree, parents, below)
        else:
            leaves = dict(layer.nodes)
            for path in layer.nodes.keys() & layer.parents:
                del leaves[path]
            tally.count_layer(leaves)
            if number < last_deleting:
                below.lay(_with_parents(layer.nodes, layer.parents))
    return tally.result()


def _with_parents(nodes: Nodes, parents: Set[str]) -> Nodes:
    unlisted = parents - nodes.keys()
    return {**nodes, **dict.fromkeys(unlisted, _UNLISTED)} if unlisted else nodes


def _without_markers(listed: Nodes) -> dict[str, int]:
    shown: dict[str, int] = {}
    for path, node in listed.items():
        at = ("/" + path).find("/" + _MARKER)
        if at < 0:
            shown[path] = node
        elif at > 0:  # the marker's parents are made all the same
            shown.setdefault(path[: at - 1], listed.get(path[: at - 1], _UNLISTED))
    return shown


def _count_deleting_layer(tree: Nodes, leaves: Iterable[str], below: LayerStack, tally: _Tally) -> None:
    whiteouts: dict[str, tuple[str, str]] = {}
    failing: list[str] = []
    for path in leaves:
        parent, _, name = path.rpartition("/")
        if name.startswith(WHITEOUT):
            counted_as, target = _target(parent, name)
            whiteouts[path] = counted_as, target
            if target and target not in below.nodes:
                failing.append(path)
    if failing:
        end = min(failing, key=_walk_order)
        tally.fail(whiteouts[end][0])
        leaves = [path for path in leaves if _walk_order(path) < _walk_order(end)]
    tally.count_layer({path: tree[path] for path in leaves if path not in whiteouts})
    for path in leaves:
        if path in whiteouts:
            counted_as, target = whiteouts[path]
            size = 0
            if is_directory(below.nodes.get(target, _UNLISTED)):
                size = sum(node_size(below.nodes[inner]) for inner in below.subtree(target))
            tally.count(counted_as, size)


def _target(parent: str, name: str) -> tuple[str, str]:
    """The path a whiteout is counted as, and the one it is looked up at; they differ for a bare `.wh.`."""
    deleted = name[len(WHITEOUT) :]
    path = f"{parent}/{deleted}" if parent else deleted
    return path, path if deleted else parent


def _walk_order(path: str) -> bytes:
    """Sorts leaves as a depth-first walk with the children of each directory in byte order of their names."""
    return path.encode("utf-8", "surrogateescape").replace(b"/", b"\0")


def _lay(tree: Nodes, parents: set[str], below: LayerStack) -> None:
    """Lays a layer as dive does: child first, names in byte order, each whiteout where its own name sorts."""
    overtaken: set[str] = set()  # what this layer adds, and a whiteout that sorts after it takes away again
    emptied: set[str] = set()  # directories that a bare `.wh.` in them takes away
    kept: dict[str, int] = {}
    for path, node in tree.items():
        parent, _, name = path.rpartition("/")
        if not name.startswith(WHITEOUT):
            kept[path] = node
            continue
        _, target = _target(parent, name)
        if target:
            below.remove(below.subtree(target))
        if name == WHITEOUT:
            emptied.add(parent)
        elif target in tree and _walk_order(target) < _walk_order(path):
            overtaken.add(target)
        if path in parents and path not in below.nodes:
            kept[path] = _UNLISTED  # made as the parent of what lies below it, like any other
    emptied.discard("")
    if emptied:
        overtaken.update(path for path in tree if _is_emptied(path, emptied))
    if overtaken:
        kept = {path: node for path, node in kept.items() if not _is_at_or_below(path, overtaken)}
    below.lay(kept)


def _is_emptied(path: str, emptied: set[str]) -> bool:
    parent, _, name = path.rpartition("/")
    return parent in emptied and _walk_order(name) < _walk_order(WHITEOUT)


def _is_at_or_below(path: str, roots: set[str]) -> bool:
    while path:
        if path in roots:
            return True
        path = path.rpartition("/")[0]
    return False


class _Tally:
    """Sum, smallest size and count of each leaf path; most paths come once and cost one dict entry."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}  # nodes
        self._repeated: dict[str, tuple[int, int, int]] = {}
        self._never_counted: set[str] = set()

    def count_layer(self, leaves: dict[str, int]) -> None:
        """Counts leaves of one layer, each path once. The dict is given away."""
        if not self._first:
            self._first = leaves
            return
        for path in leaves.keys() & self._first.keys():
            self.count(path, node_size(leaves.pop(path)))
        self._first.update(leaves)

    def count(self, path: str, size: int) -> None:
        if path not in self._first:
            self._first[path] = size
            return
        first = node_size(self._first[path])
        total, smallest, times = self._repeated.get(path, (first, first, 1))
        self._repeated[path] = (total + size, min(smallest, size), times + 1)

    def fail(self, path: str) -> None:
        """A whiteout of what is not there: dive has opened a record for the path and never fills it."""
        self._never_counted.add(path)

    def result(self) -> Efficiency:
        smallest = total = sum([node if node >= 0 else node_size(node) for node in self._first.values()])
        for path, (its_total, its_smallest, _) in self._repeated.items():
            first = node_size(self._first[path])
            total += its_total - first
            smallest += its_smallest - first
        smallest -= len(self._never_counted - self._first.keys())  # the empty record's smallest size is -1
        wasted = [WastedFile("/" + path, times, its) for path, (its, _, times) in self._repeated.items()]
        wasted.sort(key=lambda file: (-file.wasted_bytes, file.path))
        return Efficiency(smallest / total if total else 1.0, sum(file.wasted_bytes for file in wasted), tuple(wasted))
