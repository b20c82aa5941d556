"""How a snapshot's file begins, so that one is known without reading it."""

from __future__ import annotations

import os

MARK = "layerscope_snapshot"
START = f'{{"{MARK}":'.encode()
_GZIP = b"\x1f\x8b"


def is_snapshot(path: str) -> bool:
    """Whether a file begins as a snapshot does; False for what cannot be read."""
    if not os.path.isfile(path):  # noqa: PTH113 (asked at every start; what is no regular file may not be there twice)
        return False
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            start = file.read(256)
    except OSError:
        return False
    if not start.startswith(_GZIP):
        return False
    import zlib

    try:
        return zlib.decompressobj(wbits=31).decompress(start, len(START)) == START
    except zlib.error:
        return False
