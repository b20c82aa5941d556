"""What a figure of the after side is more or less than that of the before side; less is good."""

from __future__ import annotations

from layerscope.answer import Cell, Tone
from layerscope.figures import Figure, Unit


def bytes_delta(before: int | None, after: int | None) -> Cell:
    """Nothing where a side is unknown."""
    return "" if before is None or after is None else Figure(after - before, Unit.BYTES, signed=True)


def seconds_delta(before: float | None, after: float | None) -> Cell:
    """Nothing where a side is unknown."""
    return "" if before is None or after is None else Figure(round(after - before, 3), Unit.SECONDS, signed=True)


def tone_of(delta: Cell) -> Tone:
    """How such a difference is meant."""
    if not isinstance(delta, Figure) or not delta.value:
        return Tone.PLAIN
    return Tone.GOOD if delta.value < 0 else Tone.BAD
