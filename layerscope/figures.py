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
    that is more than `value`. noun: what a count is of, in the singular (`step`). signed: it is a difference.
    """

    value: float | None
    unit: Unit = Unit.COUNT
    source: Source = Source.MEASURED
    least: float | None = None
    most: float | None = None
    noun: str = ""
    signed: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether nothing of it is known."""
        return self.value is None and not self.least

    @property
    def is_at_least(self) -> bool:
        """Whether only a part of it is known."""
        return self.value is None and bool(self.least)


def count(number: int, noun: str = "", most: int | None = None) -> Figure:
    """`3 steps`; with `most`, `3 to 5 steps`."""
    return Figure(number, noun=noun, most=most)


def seconds(value: float | None, source: Source = Source.MEASURED, least: float | None = None) -> Figure:
    """A duration; least: its known part, where it is not known itself."""
    return Figure(value, Unit.SECONDS, source, least)


def size(value: int | None) -> Figure:
    """A number of bytes."""
    return Figure(value, Unit.BYTES)


def known_or_guessed(value: int | None, estimate: int | None) -> Figure:
    """A number of bytes, estimated where it is not known."""
    return size(value) if value is not None else Figure(estimate, Unit.BYTES, Source.ESTIMATED)


def share(part: float | None, whole: float | None) -> Figure:
    """A part of a whole; of nothing it is not known."""
    return Figure(None if part is None or not whole else part / whole, Unit.SHARE)


def source_of(sources: Iterable[Source]) -> Source:
    """Of a total: `estimated` as soon as one estimate is in it, `none` where nothing is known."""
    found = set(sources)
    if Source.ESTIMATED in found:
        return Source.ESTIMATED
    return Source.MEASURED if Source.MEASURED in found else Source.NONE
