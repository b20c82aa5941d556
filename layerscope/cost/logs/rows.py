"""The rows of one build by BuildKit made steps: whose each is, and which of them tell nothing.

A log of several platforms or targets prints a step that they share once, under one of their names: a row is of every
platform and target that has no row of its own in that place, or of that instruction. In a build that failed BuildKit
prints CACHED also for what it never came to: a step that had begun to look at its files marks all below it that had
not started.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from layerscope.cost.build_log import LoggedStep
from layerscope.docker.printed_for import printed_for, printed_targets, without_target
from layerscope.docker.step_names import parse_step_name
from layerscope.values import Value, replace

_SOURCES = re.compile(r"--from=(\S+)|\bfrom=([^\s,]+)")


class _Row(Value):
    """place: where it stands in its target's Dockerfile."""

    step: LoggedStep
    at: int
    target: str
    platform: str
    alone: bool
    stage: str
    number: int
    place: tuple[str, int, int]
    is_from: bool
    instruction: str


def logged_steps(
    found: Sequence[tuple[LoggedStep, int]], names: Iterable[str], targets: Iterable[str] | None = None
) -> tuple[LoggedStep, ...]:
    """The steps of a build. found: each as its own row tells it, and when it ended, by any count; names: of all rows.

    targets: those of the log, where they are known.
    """
    of = frozenset(printed_targets(names) if targets is None else targets)
    rows = _settled([_row(step, at, of) for step, at in found])
    if of or any(row.platform for row in rows):
        return _shared_out(rows, of)
    return tuple(row.step for row in rows)


def _row(step: LoggedStep, at: int, targets: frozenset[str]) -> _Row:
    target, platform, alone = printed_for(step.name, targets)
    parsed = parse_step_name(without_target(step.name, targets))
    number, total = (parsed.position.number, parsed.position.total) if parsed.position else (0, 0)
    place = (parsed.stage, number, total)
    return _Row(step, at, target, platform, alone, parsed.stage, number, place, parsed.is_from, parsed.instruction)


def _shared_out(rows: Sequence[_Row], targets: frozenset[str]) -> tuple[LoggedStep, ...]:
    """The steps, each with the platforms and targets whose it may be."""
    of: dict[Hashable, set[str]] = {}
    on: dict[Hashable, set[str]] = {}
    built: dict[str, set[str]] = {}
    for row in rows:
        built.setdefault(row.target, set()).add(row.platform)
        of.setdefault(row.place, set()).add(row.target)
        of.setdefault(row.instruction, set()).add(row.target)
        for has in _of_row(row):
            on.setdefault(has, set()).add(row.platform)

    def whose(row: _Row) -> LoggedStep:
        others = targets - of[row.place] - of[row.instruction]
        elsewhere = set() if row.alone else set(built[row.target])
        for has in _of_row(row):
            elsewhere -= on[has]
        return replace(
            row.step,
            platforms=tuple(sorted({row.platform, *elsewhere} - {""})),
            targets=tuple(sorted({row.target, *others} - {""})),
        )

    return tuple(whose(row) for row in rows)


def _of_row(row: _Row) -> tuple[Hashable, ...]:
    """What a row for another platform has in common with one: its place, or its instruction."""
    return (row.target, row.place), (row.target, row.stage, row.instruction)


def _settled(rows: list[_Row]) -> list[_Row]:
    """The rows, those marked of which CACHED says nothing."""
    ended = [row.at for row in rows if row.step.error is not None]
    if not ended:
        return rows
    first = min(ended)
    while True:
        below = _Below(rows)
        told = [
            row.step.cached
            and not row.is_from
            and (row.at > first or any(map(_has_not_ended, below.of(row))) or any(map(_ran, below.in_stage(row))))
            for row in rows
        ]
        if not any(told):
            return rows
        # What stands on these tells nothing, either: they are looked at once more.
        rows = [
            replace(row, step=replace(row.step, cached=False, skipped=True)) if skipped else row
            for row, skipped in zip(rows, told, strict=True)
        ]


def _has_not_ended(row: _Row) -> bool:
    return row.step.error is not None or row.step.skipped


def _ran(row: _Row) -> bool:
    """Whether what follows it in its stage has to run, too. A LINK row is done also where it is cached."""
    return not (row.step.cached or row.is_from or row.instruction.startswith("LINK "))


class _Below:
    """What rows of a build may stand on."""

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows
        self._on_place = Counter((row.target, row.place) for row in rows)

    def of(self, row: _Row) -> list[_Row]:
        """The rows before it in its stage, those of stages that it reads, and of others where its base is not told."""
        ours, in_stage = self._ours(row), self.in_stage(row)
        read = {name.lower() for names in _SOURCES.findall(row.instruction) for name in names if name}
        read |= {f"stage-{name}" for name in read}
        first = min((*in_stage, row), key=lambda each: each.number)
        if first.number == 1 and not first.is_from:  # its base is another stage, or nothing
            read |= {each.stage.lower() for each in ours if each.stage != row.stage}
        return [*in_stage, *(each for each in ours if each.stage.lower() in read)]

    def in_stage(self, row: _Row) -> list[_Row]:
        """The rows before it in its stage."""
        return [each for each in self._ours(row) if each.stage == row.stage and each.number < row.number]

    def _ours(self, row: _Row) -> list[_Row]:
        return [each for each in self._rows if each.target == row.target and self._is_of(each, row.platform)]

    def _is_of(self, row: _Row, platform: str) -> bool:
        """Whether it is of a platform: of that alone, or printed once for all."""
        return row.platform == platform or self._on_place[row.target, row.place] == 1
