"""What a layer that is stored as a plain tar takes once it is compressed, as registries keep it: an estimate.

A sample of the tar is compressed: pieces that lie evenly over it, so the same layer always gives the same figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from layerscope.image.layers.layer_tar import FileSpan, is_compressed
from layerscope.image.model import Layer

if TYPE_CHECKING:
    from zstandard import ZstdCompressor

_PIECE = 1 << 16  # bytes; gzip looks back half as far
_PIECES = 32
_LEVEL = 3
_GZIP_BESIDE_ZSTD = 0.95  # what gzip makes of whole tars of programs, libraries and texts, beside zstd of such pieces
_DIGITS = 2  # that are told of it; on some tars it is one tenth off


def estimated_size(layer: Layer) -> int | None:
    """Bytes of a layer as a gzipped blob; None where its plain tar is not at hand, or only in an engine."""
    if layer.compressed_size is not None or layer.open_tar is None or layer.checked:
        return None
    with layer.open_tar() as stream:
        if not isinstance(stream, FileSpan) or is_compressed(stream.part(0, 4)):
            return None
        pieces = list(_pieces(stream))
        read = sum(map(len, pieces))
        packed = sum(len(_compressor().compress(piece)) for piece in pieces)
        return _rounded(packed / read * stream.size * _GZIP_BESIDE_ZSTD) if read else None


def _pieces(stream: FileSpan) -> Iterator[bytes]:
    if stream.size <= _PIECE * _PIECES:
        starts = range(0, stream.size, _PIECE)
    else:
        starts = range(0, stream.size - _PIECE + 1, (stream.size - _PIECE) // (_PIECES - 1))
    for start in starts:
        yield stream.part(start, _PIECE)


def _rounded(size: float) -> int:
    digits = len(str(int(size)))
    return int(round(size, _DIGITS - digits))


@cache
def _compressor() -> ZstdCompressor:
    from zstandard import ZstdCompressor  # most images are stored compressed

    return ZstdCompressor(_LEVEL)
