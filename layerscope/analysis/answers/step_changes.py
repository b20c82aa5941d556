"""Two builds or two images row by row: what is the same, moved, edited, added and removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from layerscope.analysis.answers.deltas import tone_of
from layerscope.analysis.answers.instruction_cost import shown_text
from layerscope.analysis.answers.long_tables import telling_first
from layerscope.analysis.verdicts import Change
from layerscope.answer import Cell, Column, Rows, Tone, set_apart
from layerscope.figures import Figure, Unit
from layerscope.values import Value


class ComparedRow(Value):
    """A step or instruction as one side has it."""

    name: str
    line: int | None
    text: str
    size: int | None
    seconds: float | None
    layer: str | None = None  # diff ID or digest, of an image's instruction
    whole_text: str = ""  # of a Dockerfile's instruction: with the bodies of its heredocs
    works: bool = True  # whether it does work of its own: not a FROM, nor the LINK row of a copy

    @property
    def meaning(self) -> str:
        """What two rows must share to be the same."""
        return self.whole_text or self.text


class StepChange(Value):
    """A row of one side with its counterpart. Deltas are after minus before, None where unknown."""

    change: Change
    before: ComparedRow | None
    after: ComparedRow | None
    size_delta: int | None
    cost_delta: float | None


def step_change_rows(changes: Sequence[StepChange]) -> Rows:
    """Every row of a comparison, with what it gains or loses."""
    columns = (
        Column("change", header="change"),
        Column("before", lambda one: _line(one.before), "before", right=True, plain=lambda one: _named(one.before)),
        Column("after", lambda one: _line(one.after), "after", right=True, plain=lambda one: _named(one.after)),
        Column("size_delta", _size, "size", right=True, tone=_size_tone, plain=attrgetter("size_delta")),
        Column("cost_delta", _seconds, "seconds", right=True, tone=_seconds_tone, plain=attrgetter("cost_delta")),
        Column("", _text, "step", tone=_tone, is_name=True, most=60),
    )
    return Rows(columns, changes, name="steps", title="Step by step", detail=_was)


def shown_step_changes(changes: Sequence[StepChange]) -> Rows:
    """The same for people: of very many rows those first that are not the same on both sides."""
    return telling_first(step_change_rows(changes), _differs, "Step by step, what differs first")


def _differs(one: StepChange) -> bool:
    return one.change is not Change.SAME


def _line(row: ComparedRow | None) -> Cell:
    return "" if row is None or row.line is None else row.line


def _named(row: ComparedRow | None) -> Mapping[str, Any] | None:
    return None if row is None else {"name": row.name, "line": row.line}


def _size(one: StepChange) -> Cell:
    return "" if one.size_delta == 0 else Figure(one.size_delta, Unit.BYTES, signed=True)


def _size_tone(one: StepChange) -> Tone:
    return tone_of(_size(one))


def _seconds(one: StepChange) -> Cell:
    """Of what is on both sides nothing is said unless it costs more or less than it did."""
    if one.change in {Change.SAME, Change.MOVED} and one.cost_delta == 0:
        return ""
    return Figure(one.cost_delta, Unit.SECONDS, signed=True)


def _seconds_tone(one: StepChange) -> Tone:
    return tone_of(_seconds(one))


def _text(one: StepChange) -> str:
    row = one.after or one.before
    return shown_text(row.text if row is not None else "")


def _tone(one: StepChange) -> Tone:
    return Tone.QUIET if one.change is Change.SAME else Tone.PLAIN


def _was(one: StepChange) -> str:
    if one.change is not Change.EDITED or one.before is None:
        return ""
    return f"Before: {set_apart(shown_text(one.before.text))}"
