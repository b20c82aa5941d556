"""Saved output of Docker's that is no build's: which command printed it, told by its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from layerscope.docker.disk_usage import CacheUsage, DiskUsage, find_cache_usage, find_disk_usage
from layerscope.docker.history import begins_with_history, parse_histories
from layerscope.docker.image_listing import ImageListing, find_listing
from layerscope.docker.image_tree import find_image_tree
from layerscope.docker.load_log import LoadLog, find_load_log
from layerscope.docker.model import HistoryEntry
from layerscope.docker.pasted import outputs
from layerscope.docker.pull_log import PullLog, find_pull_log
from layerscope.docker.push_log import PushLog, find_push_log
from layerscope.docker.registry_tree import RegistryTree, find_registry_tree
from layerscope.values import Value


class SavedHistory(Value):
    """One output of `docker history`, oldest first."""

    file: str
    entries: tuple[HistoryEntry, ...]


Printed = SavedHistory | ImageListing | PushLog | PullLog | LoadLog | CacheUsage | DiskUsage | RegistryTree
"""What one command printed; every kind has the `file` that it is in."""

_FINDERS: tuple[Callable[[str, str], Printed | None], ...] = (
    find_listing,
    find_image_tree,
    find_cache_usage,
    find_disk_usage,
    find_push_log,
    find_pull_log,
    find_load_log,
)


def find_printed(text: str, file: str) -> list[Printed]:
    """All that commands printed in a text, in its order; none of what is none of these.

    Raises:
        InputError: it is one of these, and has a line that does not belong there.
    """
    found = [printed for output in outputs(text) for printed in _printed(output.text, file)]
    if found:
        return found
    tree = find_registry_tree(text, file)
    return [tree] if tree is not None else []


def _printed(text: str, file: str) -> Iterator[Printed]:
    if begins_with_history(text):
        yield from map(partial(SavedHistory, file), parse_histories(text, file, sized=False))
        return
    for find in _FINDERS:
        if (printed := find(text, file)) is not None:
            yield printed
