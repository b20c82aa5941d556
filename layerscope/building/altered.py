"""Bytes for a file of which only that they are other ones is known: `--change`, `--add`.

They must not break what reads them: a program keeps its meaning with blank lines at its end, an archive its entries.
"""

from __future__ import annotations

import os

_GZIP, _ZSTD, _XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0"
_SKIPPABLE_FRAME = b"\x50\x2a\x4d\x18"
_LOOKED_AT = 8192


def altered(content: bytes) -> bytes:
    """Other bytes with the meaning of the given ones, and never the same twice."""
    if content.startswith(_GZIP) and len(content) > 8:
        return content[:4] + _other(content[4:8]) + content[8:]  # the time in its header
    if content.startswith(_ZSTD):
        return content + _SKIPPABLE_FRAME + (8).to_bytes(4, "little") + os.urandom(8)
    if content.startswith(_XZ):
        return content + bytes(4 * _random(1 << 10))  # padding between streams
    if b"\0" in content[:_LOOKED_AT]:
        return content + bytes(512 * _random(1 << 8))
    bits = f"{int.from_bytes(os.urandom(6), 'big'):048b}"
    blanks = "".join("\n" if bit == "1" else " \n" for bit in bits)
    return content + (b"" if content.endswith(b"\n") or not content else b"\n") + blanks.encode()


def _other(field: bytes) -> bytes:
    while (chosen := os.urandom(len(field))) == field:
        pass
    return chosen


def _random(limit: int) -> int:
    return 1 + int.from_bytes(os.urandom(4), "big") % limit
