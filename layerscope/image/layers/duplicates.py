"""Content that an image holds under several paths: bodies of files of equal size are hashed as they stream by."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.image.layers.file_contents import file_contents
from layerscope.image.layers.listing import Listing
from layerscope.image.layers.seen_files import SeenFiles
from layerscope.image.model import Image
from layerscope.values import Value


class Duplicate(Value):
    """One content under several paths (absolute, sorted). size: of one copy; wasted_bytes: of all but one."""

    paths: tuple[str, ...]
    size: int
    wasted_bytes: int


def find_duplicates(image: Image, listings: Sequence[Listing]) -> tuple[Duplicate, ...]:
    """What a container sees twice or more, by bytes wasted. A file and its hard links are one; empty ones no copies.

    Raises:
        InputError: a layer is no tar, damaged or truncated.
    """
    seen = SeenFiles(listings)
    by_size: dict[int, list[str]] = {}
    for path, size in seen.sizes_once.items():
        if size > 0:
            by_size.setdefault(size, []).append(path)
    candidates = [path for paths in by_size.values() if len(paths) > 1 for path in paths]
    by_layer: dict[int, dict[str, str]] = {}
    for path, place in seen.places(candidates).items():
        by_layer.setdefault(place.layer, {})[place.path] = path
    by_content: dict[tuple[int, bytes], list[str]] = {}
    for number in sorted(by_layer, reverse=True):
        layer, path_of = image.layers[number], by_layer[number]
        if layer.open_tar is None:
            continue
        for inner, found in file_contents(layer.open_tar(), path_of.keys(), image.reference).items():
            if found.digest is not None:
                by_content.setdefault((found.entry.size, found.digest), []).append(path_of[inner])
    found_twice = [
        Duplicate(tuple(sorted(f"/{path}" for path in paths)), size, size * (len(paths) - 1))
        for (size, _), paths in by_content.items()
        if len(paths) > 1
    ]
    return tuple(sorted(found_twice, key=lambda one: (-one.wasted_bytes, one.paths)))
