"""Two images file by file: what a container of the one sees and one of the other does not."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest

from layerscope.image.layers.changes import layer_changes
from layerscope.image.layers.listing import Listing
from layerscope.image.layers.stack import LayerStack, is_directory
from layerscope.values import Value

_LARGEST = 50


class FileChange(Value):
    """change: added, changed or removed. path: absolute. Sizes in bytes, None on the side that has no such file."""

    change: str
    path: str
    before: int | None
    after: int | None

    @property
    def weight(self) -> int:
        """The bytes that tell how much a change matters."""
        return max(self.before or 0, self.after or 0)


class ChangedFiles(Value):
    """How many files, and what they are together: bytes added, removed, or after minus before."""

    count: int
    bytes: int


class FileChanges(Value):
    """changed: of another size. rewritten: of the same size, but from another layer, so maybe of the same bytes.

    largest: of those added, changed and removed.
    """

    added: ChangedFiles
    changed: ChangedFiles
    removed: ChangedFiles
    rewritten: ChangedFiles
    largest: tuple[FileChange, ...]


class LayerListings(Value):
    """What an image's layers list, bottom first, each with its diff ID or digest, by which layers of two are one."""

    ids: tuple[str | None, ...]
    listings: tuple[Listing, ...]


def file_changes(before: LayerListings, after: LayerListings) -> FileChanges:
    """What differs between the files of two images, by path and size."""
    old, new = _seen(before), _seen(after)
    changes = [FileChange("removed", "/" + path, old[path], None) for path in old.keys() - new.keys()]
    changes += [FileChange("added", "/" + path, None, new[path]) for path in new.keys() - old.keys()]
    same: list[str] = []
    for path in old.keys() & new.keys():
        if old[path] != new[path]:
            changes.append(FileChange("changed", "/" + path, old[path], new[path]))
        else:
            same.append(path)
    rewritten = _rewritten(same, before, after)
    return FileChanges(
        _sum([change for change in changes if change.change == "added"]),
        _sum([change for change in changes if change.change == "changed"]),
        _sum([change for change in changes if change.change == "removed"]),
        ChangedFiles(len(rewritten), sum(new[path] for path in rewritten)),
        tuple(nsmallest(_LARGEST, changes, key=lambda change: (-change.weight, change.path))),
    )


def _seen(layers: LayerListings) -> dict[str, int]:
    stack = LayerStack()
    for _ in layer_changes(layers.listings, stack):
        pass
    return {path: node for path, node in stack.nodes.items() if not is_directory(node)}


def _sum(changes: Sequence[FileChange]) -> ChangedFiles:
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
