"""Content that an image holds under several paths: bodies of files of equal size are hashed as they stream by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence, Set
from typing import BinaryIO

from layerscope.image.layers.changes import layer_changes
from layerscope.image.layers.layer_tar import layer_windows
from layerscope.image.layers.listing import Listing
from layerscope.image.layers.stack import LayerStack
from layerscope.image.layers.tar_entries import FILE, Headers, Windows
from layerscope.image.model import Image
from layerscope.values import Value

_CHUNK = 1 << 17


class Duplicate(Value):
    """One content under several paths (absolute, sorted). size: of one copy; wasted_bytes: of all but one."""

    paths: tuple[str, ...]
    size: int
    wasted_bytes: int


def find_duplicates(image: Image, listings: Sequence[Listing]) -> tuple[Duplicate, ...]:
    """What a container sees twice or more, by bytes wasted. Hard links and empty files are no copies.

    Raises:
        InputError: a layer is no tar, damaged or truncated.
    """
    stack = LayerStack()
    for _ in layer_changes(listings, stack):
        pass
    by_size: dict[int, list[str]] = {}
    for path, node in stack.nodes.items():
        if node > 0:
            by_size.setdefault(node, []).append(path)
    candidates = {path for paths in by_size.values() if len(paths) > 1 for path in paths}
    by_content: dict[tuple[int, bytes], list[str]] = {}
    for number in range(len(listings) - 1, -1, -1):  # a path's uppermost layer holds what is seen
        wanted = candidates & listings[number].nodes.keys()
        candidates -= wanted
        layer = image.layers[number]
        if not wanted or layer.open_tar is None:
            continue
        for path, content in _contents(layer.open_tar(), wanted, image.reference).items():
            by_content.setdefault(content, []).append(path)
    found = [
        Duplicate(tuple(sorted(f"/{path}" for path in paths)), size, size * (len(paths) - 1))
        for (size, _), paths in by_content.items()
        if len(paths) > 1
    ]
    return tuple(sorted(found, key=lambda one: (-one.wasted_bytes, one.paths)))


def _contents(stream: BinaryIO, wanted: Set[str], reference: str) -> dict[str, tuple[int, bytes]]:
    """Size and hash of the files wanted; the last entry of a path counts."""
    name = getattr(stream, "name", None)
    file = name if isinstance(name, str) else reference
    found: dict[str, tuple[int, bytes]] = {}
    with layer_windows(stream, file) as windows:
        headers = Headers(windows, file)
        position = 0
        while (entry := headers.entry(position)) is not None:
            position = headers.position
            if entry.path not in wanted:
                continue
            found.pop(entry.path, None)
            size = headers.body_end - entry.offset
            if entry.kind == FILE and size and size == entry.size:  # a sparse file's body is not its content
                found[entry.path] = size, _hash(windows, headers, entry.offset, size)
    return found


def _hash(windows: Windows, headers: Headers, start: int, size: int) -> bytes:
    content = hashlib.sha256()
    for part in _parts(windows, headers, start, start + size):
        content.update(part)
    return content.digest()


def _parts(windows: Windows, headers: Headers, position: int, end: int) -> Iterator[memoryview]:
    while position < end:
        window, start = windows.at(position, min(_CHUNK, end - position))
        headers.window, headers.start = b"", position  # what it had at hand holds no longer
        with memoryview(window) as whole, whole[position - start : end - start] as part:
            if not len(part):
                headers.check_ends(b"", position)
                return
            yield part
            position += len(part)
