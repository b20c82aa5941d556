"""Sizes as Docker prints them for people (`22.02kB`, `22.02 kB`, `3MB`), in bytes."""

from __future__ import annotations

SIZE_PATTERN = r"(\d{1,15}(?:\.\d{1,9})?) ?([kKMGTP]?)(i?)B\b"
"""A regular expression of three groups: figure, unit, and `i` for powers of 1024 (very old clients)."""


def size_in_bytes(figure: str, unit: str, binary: str) -> int:
    """Bytes of the three groups of SIZE_PATTERN; exact only to the digits that were printed."""
    power = " kMGTP".index(unit.replace("K", "k")) if unit else 0
    return round(float(figure) * float(1024 if binary else 1000) ** power)
