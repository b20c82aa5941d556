"""Two images file by file: what a container of the one sees and one of the other does not."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest

from layerscope.analysis.answers.file_changes import ChangedFile, ChangedFiles, FileChanges
from layerscope.analysis.layer_listings import LayerListings
from layerscope.analysis.verdicts import FileChange
from layerscope.image.layers.changes import layer_changes
from layerscope.image.layers.stack import LayerStack, is_directory

_LARGEST = 50


def file_changes(before: LayerListings, after: LayerListings) -> FileChanges:
    """What differs between the files of two images, by path and size."""
    old, new = _seen(before), _seen(after)
    changes = [ChangedFile(FileChange.REMOVED, "/" + path, old[path], None) for path in old.keys() - new.keys()]
    changes += [ChangedFile(FileChange.ADDED, "/" + path, None, new[path]) for path in new.keys() - old.keys()]
    same: list[str] = []
    for path in old.keys() & new.keys():
        if old[path] != new[path]:
            changes.append(ChangedFile(FileChange.CHANGED, "/" + path, old[path], new[path]))
        else:
            same.append(path)
    rewritten = _rewritten(same, before, after)
    return FileChanges(
        _sum([change for change in changes if change.change is FileChange.ADDED]),
        _sum([change for change in changes if change.change is FileChange.CHANGED]),
        _sum([change for change in changes if change.change is FileChange.REMOVED]),
        ChangedFiles(len(rewritten), sum(new[path] for path in rewritten)),
        tuple(nsmallest(_LARGEST, changes, key=lambda change: (-change.weight, change.path))),
    )


def _seen(layers: LayerListings) -> dict[str, int]:
    stack = LayerStack()
    for _ in layer_changes(layers.listings, stack):
        pass
    return {path: node for path, node in stack.nodes.items() if not is_directory(node)}


def _sum(changes: Sequence[ChangedFile]) -> ChangedFiles:
    return ChangedFiles(len(changes), sum((change.after or 0) - (change.before or 0) for change in changes))


def _rewritten(paths: Sequence[str], before: LayerListings, after: LayerListings) -> list[str]:
    """Of files of one size those that lie in layers of which the other image has none the same."""
    shared = (set(before.ids) & set(after.ids)) - {None}
    unshared = set()
    for layers in (before, after):
        for layer, listing in zip(layers.ids, layers.listings, strict=True):
            if layer not in shared:
                unshared |= listing.nodes.keys() & set(paths)
    return sorted(unshared)
