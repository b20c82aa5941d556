"""Sums of figures some of which may be unknown."""

from __future__ import annotations

from collections.abc import Iterable


def total(figures: Iterable[int | None]) -> int | None:
    """The sum, None where one figure is not known."""
    known = 0
    for figure in figures:
        if figure is None:
            return None
        known += figure
    return known
