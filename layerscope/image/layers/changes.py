"""What each layer does to the files below it, by the rules of the OCI image spec (layer.md), not dive's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from layerscope.image.layers.listing import Listing
from layerscope.image.layers.stack import (
    WHITEOUT,
    LayerStack,
    Nodes,
    directory_node,
    is_directory,
    node_size,
    parents_of,
)

_OPAQUE = ".wh..wh..opq"
_UNLISTED = directory_node(0)


class LayerChanges(NamedTuple):
    """Counts of files (anything but directories). modified: listed again, whether or not the bytes differ.

    hidden: the files of the layers below that are seen no more: those modified and removed.
    """

    added: int
    modified: int
    removed: int
    hidden: Set[str]


def layer_changes(layers: Sequence[Listing], below: LayerStack | None = None) -> Iterator[LayerChanges]:
    """The changes of each layer, bottom first, relative to all layers below it.

    below: where the layers are stacked; in the end it holds what a container sees.
    """
    last = len(layers) - 1 if below is None else len(layers)
    below = LayerStack() if below is None else below
    for number, layer in enumerate(layers):
        if not layer.deletes and (modified := _only_modified(layer, below)) is not None:
            added = sum(map((0).__le__, layer.nodes.values())) - len(modified)
            yield LayerChanges(added, len(modified), 0, modified)
            if number < last:
                below.lay(_with_parents(layer.nodes, layer.parents - layer.nodes.keys()))
            continue
        kept, whiteouts, opaque = _divide(layer.nodes)
        unlisted = parents_of(kept) - kept.keys()
        files = {path for path, node in kept.items() if not is_directory(node)}
        removed: set[str] = set()

        # Whiteouts and opaque markers hide what is below only, so they come first whatever their place in the tar.
        for path in opaque:
            removed |= _remove(below, below.below(path))
        for path in whiteouts:
            removed |= _remove(below, below.subtree(path))
        # Anything but a directory over a directory replaces the whole subtree; so does a directory over a file.
        for path in files & below.nodes.keys():
            if is_directory(below.nodes.get(path, 0)):  # an odd tar may list files below a file: gone with it
                removed |= _remove(below, below.below(path))
        known = unlisted & below.nodes.keys()
        removed.update(path for path in known if not is_directory(below.nodes[path]))
        for path in (kept.keys() & below.nodes.keys()) - files:
            if not is_directory(below.nodes[path]):
                removed.add(path)

        again = {path for path in files & below.nodes.keys() if not is_directory(below.nodes[path])}
        again |= files & removed
        yield LayerChanges(len(files) - len(again), len(again), len(removed - files), again | removed)
        below.lay(_with_parents(kept, unlisted))


def _only_modified(layer: Listing, below: LayerStack) -> set[str] | None:
    """The files a layer lists again, where it takes nothing away; None where files and directories meet."""
    modified: set[str] = set()
    for path in layer.nodes.keys() & below.nodes.keys():
        if is_directory(layer.nodes[path]) != is_directory(below.nodes[path]):
            return None
        if not is_directory(layer.nodes[path]):
            modified.add(path)
    unlisted = layer.parents - layer.nodes.keys()
    if any(not is_directory(below.nodes[path]) for path in unlisted & below.nodes.keys()):
        return None
    return modified


def hidden_sizes(layers: Sequence[Listing], changes: Sequence[LayerChanges]) -> list[int]:
    """Of each layer the bytes that later ones overwrite or delete. A file with hard links goes with its last name."""
    sizes = [0] * len(layers)
    linked: dict[tuple[int, str], set[str]] = {}  # of a file with further names: those that are hidden
    names = [_names(layer) for layer in layers]
    for number, change in enumerate(changes):
        for path in change.hidden:
            for lower in range(number - 1, -1, -1):
                node = layers[lower].nodes.get(path)
                if node is None:
                    continue
                # The topmost that lists it; those further down were hidden by that one.
                file = layers[lower].links.get(path, path)
                if file in names[lower]:
                    linked.setdefault((lower, file), set()).add(path)
                else:
                    sizes[lower] += node_size(node)
                break
    for (number, file), hidden in linked.items():
        if hidden == names[number][file]:
            sizes[number] += max(node_size(layers[number].nodes[name]) for name in hidden)
    return sizes


def _names(layer: Listing) -> dict[str, set[str]]:
    """Of each file that a layer lists with hard links all its names there."""
    names: dict[str, set[str]] = {}
    for link, file in layer.links.items():
        if file in layer.nodes:
            names.setdefault(file, {file}).add(link)
    return names


def _with_parents(nodes: Nodes, unlisted: Set[str]) -> Nodes:
    return {**nodes, **dict.fromkeys(unlisted, _UNLISTED)} if unlisted else nodes


def _divide(listed: Nodes) -> tuple[dict[str, int], list[str], list[str]]:
    """A layer's own files, the paths it deletes, and the directories it makes opaque."""
    kept: dict[str, int] = {}
    whiteouts: list[str] = []
    opaque: list[str] = []
    for path, node in listed.items():
        if "/" + WHITEOUT not in "/" + path:
            kept[path] = node
            continue
        parent, _, name = path.rpartition("/")
        if name == _OPAQUE:
            opaque.append(parent)
        elif name.startswith(WHITEOUT) and not name.startswith(WHITEOUT * 2) and name != WHITEOUT:
            whiteouts.append(f"{parent}/{name[len(WHITEOUT) :]}" if parent else name[len(WHITEOUT) :])
        # The rest is AUFS's own book-keeping (.wh..wh.plnk and the like): no image content.
    return kept, whiteouts, opaque


def _remove(below: LayerStack, paths: Iterator[str]) -> set[str]:
    """Takes paths out of the stack; returns those that were files."""
    gone = list(paths)
    files = {path for path in gone if not is_directory(below.nodes[path])}
    below.remove(gone)
    return files
