"""Sizes as Docker's tools print them: `0B`, `7.46MB`, `22.02 kB`, podman's `5.81 MB`, nerdctl's `4.1 MiB`."""

from __future__ import annotations

import re

from layerscope.values import Value

_FIGURE = r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE]\+[0-9]{1,2})?"
PRINTED_SIZE = rf"{_FIGURE} ?(?:[kKMGTPEZY]i?)?B\b"
"""A regular expression of a size with its unit, for texts that have one among other things."""

PRINTED_SIZE_OR_BYTES = rf"{PRINTED_SIZE}|[0-9]{{1,30}}"
"""The same where plain bytes are printed, too (`docker history --human=false`)."""

_PARTS = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,30}))?(?:[eE]\+([0-9]{1,2}))? ?(?:([kKMGTPEZY]?)(i?)B)?")
_UNITS = " KMGTPEZY"
_MEMORY = re.compile(r"([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30}) ?(?:b|([kmgtp])(?:i?b)?)?", re.IGNORECASE)
_TYPED = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)\s*([kmgt]?)b?", re.IGNORECASE)


class PrintedSize(Value):
    """bytes: to the digits that were printed. rounded: whether the tool had rounded them (`7.46MB`)."""

    bytes: int
    rounded: bool


def parse_size(text: str) -> PrintedSize | None:
    """`None` for what is no size, or of more than 2⁶³ bytes."""
    text = text.strip()
    match = _PARTS.fullmatch(text) if re.fullmatch(PRINTED_SIZE_OR_BYTES, text) else None
    if match is None:
        return None
    whole, decimals, power_of_ten, prefix, binary = match.groups("")
    unit = _UNITS.index(prefix.upper() or " ")
    scaled = int(whole + decimals) * 10 ** int(power_of_ten or 0) * (1024 if binary else 1000) ** unit
    size = scaled // 10 ** len(decimals)
    return PrintedSize(size, unit > 0) if size < 2**63 else None


def printed_bytes(text: str) -> int | None:
    """The bytes of a printed size; `None` for what is no size."""
    size = parse_size(text)
    return size.bytes if size is not None else None


def typed_bytes(text: str) -> int | None:
    """The bytes of a size that a person writes: in any case, up to TB, and without the B if they like (`10g`)."""
    match = _TYPED.fullmatch(text.strip())
    return printed_bytes(f"{match[1]}{match[2].upper()}B") if match is not None else None


def memory_bytes(text: str) -> int | None:
    """The bytes of a size as Docker's flags for memory take it (`64m`, `64MiB`, `0.5g`): each unit is 1024 of the next.

    `None` for what is no size, or of more than 2⁶³ bytes.
    """
    match = _MEMORY.fullmatch(text)
    if match is None:
        return None
    size = int(float(match[1]) * 1024 ** " KMGTP".index((match[2] or " ").upper()))  # in doubles, as Docker reckons
    return size if size < 2**63 else None
