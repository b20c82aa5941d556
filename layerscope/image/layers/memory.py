"""What layers list, remembered between runs: a layer seen before is not read again.

A layer whose bytes are checked against its digest (a registry's), or that an engine keeps under its diff ID, is known
by that wherever it comes from. In local files digests are only stated: there a layer is known by the place of its
bytes, in a file of the same device, inode, size and times. So a file that lies about its digests can spoil no answer
but its own. One that changed a moment ago is not remembered: a further change could leave all of these as they are.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from layerscope.image.layers.layer_tar import FileSpan
from layerscope.image.layers.listing import Listing
from layerscope.image.layers.stack import parents_of
from layerscope.image.model import Layer
from layerscope.remembered import SETTLING, Remembering, bound, cache_folder, recall, remember

_MAX_LAYER = 128 << 20  # bytes of one layer's paths and sizes before they are compressed: some 2 million files
_MAX_ALL = 256 << 20
_MAGIC = f"layerscope layer 2 {sys.byteorder}\n".encode()


class LayerMemory:
    """What is remembered in one folder, a file for each layer.

    settling: ns for which a local file must not have changed.
    """

    def __init__(self, folder: Path, settling: int = SETTLING) -> None:
        self._folder, self._settling = folder, settling

    def listing(self, layer: Layer, read: Callable[[BinaryIO], Listing]) -> Listing | None:
        """What a layer lists, as it is remembered or else as it is read; None where its bytes are not at hand."""
        if layer.open_tar is None:
            return None
        if layer.checked:
            key = layer.digest or layer.diff_id
            return self._remembered(key, lambda: read(_open(layer))) if key else read(_open(layer))
        stream = _open(layer)
        place = self._place(stream)
        if place is None:
            return read(stream)
        found = self._remembered(place, lambda: read(stream), still=lambda: self._place_now(place, layer))
        stream.close()
        return found

    def toc(self, digest: str, read: Callable[[], Listing | None]) -> Listing | None:
        """What a table of contents lists. It is known by its own digest: what it says of a layer may be a lie."""
        return self._remembered(f"table {digest}", read)

    def _remembered(
        self, key: str, read: Callable[[], Listing | None], still: Callable[[], bool] = lambda: True
    ) -> Listing | None:
        file = self._folder / hashlib.sha256(key.encode()).hexdigest()[:32]
        if (data := recall(file, _MAGIC, _MAX_LAYER)) is not None:
            return _decoded(data)
        found = read()
        if found is not None and still() and (parts := _encoded(found)) is not None:
            with suppress(OSError):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                remember(file, _MAGIC, parts)
                bound(self._folder, _MAX_ALL)
        return found

    def _place(self, stream: BinaryIO) -> str | None:
        """Where a local layer's bytes lie, in which state of which file; None where that is not told or too fresh."""
        if not isinstance(stream, FileSpan):
            return None
        status = os.fstat(stream.descriptor)
        times = (status.st_mtime_ns, status.st_ctime_ns)
        if max(times) > time.time_ns() - self._settling:
            return None
        return repr((status.st_dev, status.st_ino, status.st_size, *times, stream.start, stream.size))

    def _place_now(self, place: str, layer: Layer) -> bool:
        """Whether the bytes that were read are still those of the place."""
        with _open(layer) as stream:
            return self._place(stream) == place


def _open(layer: Layer) -> BinaryIO:
    assert layer.open_tar is not None
    return layer.open_tar()


def memory_of_user() -> LayerMemory | None:
    """The memory in Layerscope's cache; None where there can be none, or none is wanted.

    Windows tells of files neither inode nor time of change as this needs them.
    """
    if not Remembering.enabled or os.name == "nt":
        return None
    try:
        return LayerMemory(cache_folder() / "layers")
    except RuntimeError:  # of a user without a home
        return None


def _encoded(found: Listing) -> list[bytes] | None:
    """Size, number of paths, whether any deletes, of links; sizes, paths and links. None for what is too large."""
    from isal import isal_zlib

    try:
        sizes = array("q", found.nodes.values()).tobytes()
    except OverflowError:
        return None
    names = "\0".join((*found.nodes, *found.links, *found.links.values())).encode("utf-8", "surrogateescape")
    if len(sizes) + len(names) > _MAX_LAYER or found.size >= 1 << 63:
        return None
    numbers = array("q", (found.size, len(found.nodes), found.deletes, len(found.links)))
    return [numbers.tobytes(), isal_zlib.compress(sizes + names, 1)]


def _decoded(data: memoryview) -> Listing:
    from isal import isal_zlib

    size, count, deletes, linked = array("q", bytes(data[:32]))
    content = isal_zlib.decompress(data[32:])
    sizes = array("q", content[: 8 * count])
    names = content[8 * count :].decode("utf-8", "surrogateescape").split("\0") if count else []
    nodes = dict(zip(names[:count], sizes, strict=True))
    links = dict(zip(names[count : count + linked], names[count + linked :], strict=True))
    return Listing(nodes, size, parents_of(nodes), bool(deletes), links)
