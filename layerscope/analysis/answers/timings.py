"""The answer of `timings import`: seconds of each step over the builds that ran it."""

from __future__ import annotations

from layerscope.analysis.answers.transfers import TRANSFERS
from layerscope.answer import Answer, Cell, Column, Rows, Sentence, Statement, items_members
from layerscope.cost.build_log import BuildLog, Timing
from layerscope.figures import Figure, count, seconds


class StepTimings(Answer):
    """The answer of `timings import`; steps by name. builds: that were read, for what they did besides."""

    steps: tuple[Timing, ...]
    builds: tuple[BuildLog, ...] = ()

    def statement(self) -> Statement:
        steps = Rows(_STEPS, self.steps, name="steps", shown=("seconds", "spread", "count", "name"))
        weak = sum(step.source == "history" for step in self.steps)
        note = Sentence((count(weak, "figure"), " from created times in an image's history: weak ones."))
        return Statement(
            "timings",
            self._headline(),
            {"steps": steps, "builds": Rows(_BUILDS, self.builds)},
            tables=(*((steps,) if self.steps else ()), *self._transfers()),
            notes=(note,) if weak else (),
        )

    def _headline(self) -> Sentence:
        if not self.steps:
            return Sentence(("No step was run in what these logs tell: all cached, cancelled or without times.",))
        total: Figure = seconds(sum(step.seconds for step in self.steps))
        whole = [build.seconds for build in self.builds if build.seconds is not None]
        took = (", of ", seconds(whole[0]), " that the build took") if len(whole) == len(self.builds) == 1 else ()
        return Sentence((count(len(self.steps), "step"), " with known seconds, ", total, " in all", *took, "."))

    def _transfers(self) -> tuple[Rows, ...]:
        moved = tuple(each for build in self.builds for each in build.transfers)
        return (Rows(TRANSFERS, moved, "transfers", shown=("seconds", "kind", "name")),) if moved else ()


def _spread(step: Timing) -> float | None:
    """One build has no spread: it is unknown, not 0."""
    return step.spread if step.count > 1 else None


def _shown_spread(step: Timing) -> Cell:
    return "" if (spread := _spread(step)) is None else seconds(spread)


_STEPS = (
    Column("name", header="step", is_name=True, most=80),
    Column("instruction"),
    Column("seconds", lambda step: seconds(step.seconds), "seconds", right=True),
    Column("spread", _shown_spread, "spread", right=True, plain=_spread),
    Column("count", header="builds", right=True),
    Column("source"),
    Column("platforms", plain=lambda step: list(step.platforms)),
    Column("targets", plain=lambda step: list(step.targets)),
)
_BUILDS = (
    Column("builder"),
    Column("seconds"),
    Column("transfers", plain=lambda build: items_members(TRANSFERS, build.transfers)),
)
