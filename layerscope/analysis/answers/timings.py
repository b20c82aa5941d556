"""The answer of `timings import`: seconds of each step over the builds that ran it."""

from __future__ import annotations

from layerscope.answer import Answer, Cell, Column, Rows, Sentence, Statement
from layerscope.cost.build_log import Timing
from layerscope.figures import Figure, count, seconds


class StepTimings(Answer):
    """The answer of `timings import`; steps by name."""

    steps: tuple[Timing, ...]

    def statement(self) -> Statement:
        steps = Rows(_STEPS, self.steps, name="steps", shown=("seconds", "spread", "count", "name"))
        weak = sum(step.source == "history" for step in self.steps)
        note = Sentence((count(weak, "figure"), " from created times in an image's history: weak ones."))
        return Statement(
            "timings",
            self._headline(),
            {"steps": steps},
            tables=(steps,) if self.steps else (),
            notes=(note,) if weak else (),
        )

    def _headline(self) -> Sentence:
        if not self.steps:
            return Sentence(("No step was run in what these logs tell: all cached, cancelled or without times.",))
        total: Figure = seconds(sum(step.seconds for step in self.steps))
        return Sentence((count(len(self.steps), "step"), " with known seconds, ", total, " in all."))


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
)
