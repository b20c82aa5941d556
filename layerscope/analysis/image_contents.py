"""What an image holds: its largest files and directories, and the caches and leftovers that nobody runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from heapq import nsmallest

from layerscope.analysis.answers.image_contents import FoundLeftover, ImageContents, LargePath
from layerscope.analysis.leftovers import LEFTOVERS, Leftover
from layerscope.image.layers.listing import Listing
from layerscope.image.layers.seen_files import SeenFiles
from layerscope.image.layers.stack import is_directory

_LARGEST = 20
_PATHS_SHOWN = 5


def image_contents(layers: Sequence[Listing]) -> ImageContents:
    """Asks what fills an image, of what its layers list, bottom first."""
    seen = SeenFiles(layers)
    files = seen.sizes_once
    largest = [item for item in nsmallest(_LARGEST, files.items(), key=lambda item: (-item[1], item[0])) if item[1]]
    places = seen.places(path for path, _ in largest)
    return ImageContents(
        tuple(LargePath("/" + path, size, 1, places[path].layer) for path, size in largest),
        _largest_directories(files),
        _leftovers(layers),
    )


def _largest_directories(files: dict[str, int]) -> tuple[LargePath, ...]:
    """Directories with all below them; one that holds little but another of them is left out."""
    totals: dict[str, list[int]] = {}
    for directory, (size, count) in _own_sizes(files).items():
        place = directory
        while place:
            total = totals.setdefault(place, [0, 0])
            total[0] += size
            total[1] += count
            place = place.rpartition("/")[0]
    chosen: list[LargePath] = []
    deepest_first = sorted(totals, key=lambda path: (-totals[path][0], -path.count("/"), path))
    for path in deepest_first:
        size, count = totals[path]
        if len(chosen) == _LARGEST or not size:
            break
        # Of usr, usr/lib and usr/lib/x with nearly the same in them the deepest says most.
        if any(other.path.startswith(f"/{path}/") and other.size >= 0.9 * size for other in chosen):
            continue
        inner = [child for child in chosen if f"/{path}".startswith(child.path + "/") and size >= 0.9 * child.size]
        for outer in inner:
            chosen.remove(outer)
        chosen.append(LargePath("/" + path, size, count, None))
    return tuple(chosen)


def _own_sizes(files: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Of each directory the bytes and number of the files right in it."""
    sizes: dict[str, int] = {}
    counts: dict[str, int] = {}
    for path, size in files.items():
        parent = path.rpartition("/")[0]
        sizes[parent] = sizes.get(parent, 0) + size
        counts[parent] = counts.get(parent, 0) + 1
    return {parent: (size, counts[parent]) for parent, size in sizes.items()}


def _leftovers(layers: Sequence[Listing]) -> tuple[FoundLeftover, ...]:
    sizes: dict[Leftover, int] = {}
    counts: dict[Leftover, int] = {}
    places: dict[Leftover, dict[str, int]] = {}
    numbers: dict[Leftover, set[int]] = {}
    for number, layer in enumerate(layers):
        files = {path: node for path, node in layer.nodes.items() if not is_directory(node)}
        for directory, (size, count) in _own_sizes(files).items():
            match = _pattern().search(directory + "/")
            if match is None or not size:
                continue
            kind = LEFTOVERS[(match.lastindex or 1) - 1]
            place = "/" + directory[: match.end()].rstrip("/")
            sizes[kind] = sizes.get(kind, 0) + size
            counts[kind] = counts.get(kind, 0) + count
            by_place = places.setdefault(kind, {})
            by_place[place] = by_place.get(place, 0) + size
            numbers.setdefault(kind, set()).add(number)
    found = [
        FoundLeftover(
            kind.name,
            size,
            counts[kind],
            tuple(nsmallest(_PATHS_SHOWN, places[kind], key=lambda place: (-places[kind][place], place))),
            kind.advice,
            tuple(sorted(numbers[kind])),
        )
        for kind, size in sizes.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.size, one.name)))


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """All rules in one, each a group of its own; what stands first in the table wins."""
    return re.compile("|".join(f"({kind.directory})" for kind in LEFTOVERS))
