"""Figures: a number with what it counts, where it is from, and how far it is known."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from layerscope.values import Value


class Unit(Enum):
    """What a figure counts."""

    BYTES = "bytes"
    SECONDS = "seconds"
    COUNT = "count"
    SHARE = "share"  # of a whole, 0 to 1


class Source(str, Enum):
    """Where a figure is from; each is equal to its word in the machine interface."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    NONE = "none"  # nothing tells it

    def __str__(self) -> str:
        return self.value


class Figure(Value):
    """A number as far as it is known, None where it is not.

    least: what is known of an unknown one at the least (the known part of a sum). most: what it may come to, where
    that is more than `value`. noun: what a count is of, in the singular (`step`).
    """

    value: float | None
    unit: Unit = Unit.COUNT
    source: Source = Source.MEASURED
    least: float | None = None
    most: float | None = None
    noun: str = ""


def source_of(sources: Iterable[Source]) -> Source:
    """Of a total: `estimated` as soon as one estimate is in it, `none` where nothing is known."""
    found = set(sources)
    if Source.ESTIMATED in found:
        return Source.ESTIMATED
    return Source.MEASURED if Source.MEASURED in found else Source.NONE
