"""Seconds per step as a page and as the machine interface's document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from layerscope.report.json_document import Document, document
from layerscope.report.page import Page, Table
from layerscope.report.units import counted, human_seconds, shortened


class TimingRow(Protocol):
    """One step's seconds: the median, the spread (max - min), how many builds ran it, and whether a log told them."""

    @property
    def name(self) -> str: ...
    @property
    def instruction(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def spread(self) -> float: ...
    @property
    def count(self) -> int: ...
    @property
    def source(self) -> str: ...


def timings_document(rows: Sequence[TimingRow]) -> Document:
    steps = [
        {
            "name": r.name,
            "instruction": r.instruction,
            "seconds": r.seconds,
            "spread": _spread(r),
            "count": r.count,
            "source": r.source,
        }
        for r in rows
    ]
    return document("timings", steps=steps)


def _spread(row: TimingRow) -> float | None:
    """One build has no spread: it is unknown, not 0."""
    return row.spread if row.count > 1 else None


def timings_page(rows: Sequence[TimingRow]) -> Page:
    total = sum(row.seconds for row in rows)
    table = Table(
        ("seconds", "spread", "builds", "step"),
        "rrrl",
        tuple(
            (
                human_seconds(row.seconds),
                human_seconds(row.spread) if row.count > 1 else "",
                str(row.count),
                shortened(row.name, 80),
            )
            for row in rows
        ),
    )
    if not rows:
        return Page("No step was run in what these logs tell: all cached, cancelled or without times.")
    weak = [row for row in rows if row.source == "history"]
    notes = (f"{counted(len(weak), 'figure')} from created times in an image's history: weak ones.",) if weak else ()
    return Page(f"{counted(len(rows), 'step')} with known seconds, {human_seconds(total)} in all.", (table,), notes)
