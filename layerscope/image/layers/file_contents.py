"""Files out of a layer's tar as it streams by: what their headers say, and the digest of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Set
from typing import BinaryIO, NamedTuple

from layerscope.image.layers.layer_tar import layer_windows
from layerscope.image.layers.tar_entries import FILE, Headers, TarEntry, Windows

_CHUNK = 1 << 17


class FileContent(NamedTuple):
    """digest: of the bytes of a regular file (SHA-256), None of anything else, and of a sparse file, whose body is not
    its content."""

    entry: TarEntry
    digest: bytes | None


def file_contents(stream: BinaryIO, wanted: Set[str], reference: str) -> dict[str, FileContent]:
    """The files wanted, by path; the last entry of a path counts. stream: the layer as stored, closed at the end.

    Raises:
        InputError: the layer is no tar, damaged or truncated.
    """
    name = getattr(stream, "name", None)
    file = name if isinstance(name, str) else reference
    found: dict[str, FileContent] = {}
    with layer_windows(stream, file) as windows:
        headers = Headers(windows, file)
        position = 0
        while (entry := headers.entry(position)) is not None:
            position = headers.position
            if entry.path not in wanted:
                continue
            size = headers.body_end - entry.offset
            is_whole = entry.kind == FILE and size == entry.size
            found[entry.path] = FileContent(entry, _digest(windows, headers, entry.offset, size) if is_whole else None)
    return found


def _digest(windows: Windows, headers: Headers, start: int, size: int) -> bytes:
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
