"""The answer of `verify`: a prediction held against what an engine did, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.analysis.verdicts import Verdict
from layerscope.answer import (
    Answer,
    Assumption,
    Cell,
    Column,
    Finding,
    Location,
    Past,
    Rows,
    Sentence,
    Statement,
    assumption_members,
)
from layerscope.figures import Figure, count
from layerscope.graph.outcomes import Outcome
from layerscope.values import Value


class VerifiedStep(Value):
    """One step of the after build. predicted, actual: its outcome, None where one side has no such step.

    line: of its instruction, None of a step that was not predicted.
    """

    name: str
    predicted: Outcome | None
    actual: Outcome | None
    agrees: bool
    line: int | None = None

    @property
    def verdict(self) -> Verdict:
        if self.agrees:
            return Verdict.AGREES
        if self.actual is None:
            return Verdict.NOT_PRINTED
        return Verdict.NOT_PREDICTED if self.predicted is None else Verdict.DIFFERS


class Verification(Answer):
    """The answer of `verify`. wrong: steps that do not agree; open: those that could not but agree."""

    builder: str
    builder_version: str
    steps: tuple[VerifiedStep, ...]
    open: int
    assumptions: tuple[Assumption, ...] = ()
    dockerfile: str = ""

    @property
    def wrong(self) -> int:
        return sum(not step.agrees for step in self.steps)

    def statement(self) -> Statement:
        steps = Rows(_STEPS, self.steps, name="steps")
        return Statement(
            "verify",
            Sentence(self._headline()),
            {
                "builder": self.builder,
                "builder_version": self.builder_version,
                "assumptions": assumption_members(self.assumptions),
                "steps": steps,
                "summary": {"steps": len(self.steps), "wrong": self.wrong, "open": self.open},
            },
            tables=(steps,),
            notes=self.assumptions,
            findings=self._findings,
            subject=f"`{self.dockerfile}`, {self.builder} {self.builder_version}",
        )

    def _headline(self) -> tuple[str | Figure, ...]:
        """`8 steps: all as predicted.`"""
        steps = count(len(self.steps), "step")
        left_open = f" ({self.open} left open by the prediction)" if self.open else ""
        if not self.wrong:
            return (steps, f": all as predicted{left_open}.")
        return (f"{self.wrong} of ", steps, f" not as predicted{left_open}.")

    def _findings(self) -> Iterator[Finding]:
        for step in self.steps:
            if not step.agrees:
                place = Location(self.dockerfile, step.line) if self.dockerfile and step.line else None
                yield Finding("not-as-predicted", f"{step.name}: {step.verdict.value}", place, "error")


def _over(outcome: Outcome | None) -> Cell:
    """The builds are over."""
    return None if outcome is None else Past(outcome)


_STEPS = (
    Column("name", header="step", is_name=True, most=72),
    Column("predicted", lambda step: _over(step.predicted), "predicted"),
    Column("actual", lambda step: _over(step.actual), "in fact"),
    Column("agrees"),
    Column("", lambda step: step.verdict, ""),
)
