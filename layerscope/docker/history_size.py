"""Sizes as `docker history` prints them: `0B`, `7.46MB`, podman's `5.81 MB`, nerdctl's `4.1 MiB`, plain bytes."""

from __future__ import annotations

import re
from decimal import Decimal

SIZE = r"[0-9]+(?:\.[0-9]+)?(?:[eE]\+[0-9]+)? ?(?:[kKMGTPEZY]i?)?B|[0-9]+"
_PARTS = re.compile(r"([0-9.]+(?:[eE]\+[0-9]+)?) ?(?:([kKMGTPEZY]?)(i?)B)?")
_UNITS = " KMGTPEZY"


def parse_size(text: str) -> tuple[int, bool] | None:
    """Bytes, and whether the source had rounded them; `None` for what is no size."""
    text = text.strip()
    match = _PARTS.fullmatch(text) if re.fullmatch(SIZE, text) else None
    if match is None:
        return None
    number, prefix, binary = match.groups()
    exponent = _UNITS.index((prefix or " ").upper())
    size = Decimal(number) * (1024 if binary else 1000) ** exponent
    if size >= 2**63:
        return None
    return int(size), exponent > 0
