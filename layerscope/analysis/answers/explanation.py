"""The answer of `explain`: for each step the chain to its root cause, and the first difference in its key."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.analysis.answers.notes import RERUN_RULES
from layerscope.analysis.cause import Cause
from layerscope.answer import (
    Answer,
    Assumption,
    Column,
    Finding,
    Location,
    Rows,
    Sentence,
    Statement,
    Words,
    assumption_members,
    item_members,
    items_members,
)
from layerscope.figures import count
from layerscope.graph.outcomes import Outcome
from layerscope.values import Value

_READ = 60


class ChainLink(Value):
    """One step on the way to the root cause, with what struck that very step."""

    name: str
    causes: tuple[Cause, ...]

    @property
    def because(self) -> tuple[str, ...]:
        """The tokens of its causes."""
        return tuple([cause.token for cause in self.causes])

    @property
    def labels(self) -> tuple[str, ...]:
        """The same for people."""
        return tuple([cause.label for cause in self.causes])


class KeyDifference(Value):
    """The first part of the key that is not as it was; before and after in words, None where there is none."""

    part: str
    before: str | None
    after: str | None


class Explanation(Value):
    """chain: from the step itself to the one where it began. text: all of it in a few sentences.

    line: 0 where only a log tells of the step.
    """

    name: str
    line: int
    outcome: Outcome
    chain: tuple[ChainLink, ...]
    difference: KeyDifference | None
    text: str


class Explanations(Answer):
    """The answer of `explain`. dockerfile: None where only logs tell of the steps."""

    steps: tuple[Explanation, ...]
    assumptions: tuple[Assumption, ...]
    dockerfile: str | None = None
    git_remedy: str | None = None  # where nothing but `.git` is their cause

    def statement(self) -> Statement:
        one = self.steps[0] if len(self.steps) == 1 else None
        return Statement(
            "explain",
            self._headline(),
            {"assumptions": assumption_members(self.assumptions), "steps": Rows(_STEPS, self.steps)},
            tables=() if one is None else _details(one),
            paragraphs=() if one is not None else tuple(self._paragraphs()),
            notes=self.assumptions if self.steps else (),
            findings=self._findings,
            subject="" if self.dockerfile is None else f"`{self.dockerfile}`",
        )

    def _headline(self) -> Words:
        if not self.steps:
            return "Nothing re-runs: every step is taken from the cache."
        if len(self.steps) == 1:
            return self.steps[0].text
        rerun = sum(each.outcome is Outcome.REBUILT for each in self.steps)
        maybe = sum(each.outcome is Outcome.OUTPUT_DEPENDENT for each in self.steps)
        if not rerun and not maybe:
            return "All of these are cached."
        end = "" if self.git_remedy is None else f": {self.git_remedy}, it is the only reason"
        if not rerun:
            return Sentence((count(maybe, "step"), f" may not be taken from the cache{end}."))
        more = f", {maybe} more may not be" if maybe else ""
        return Sentence((count(rerun, "step"), f" not taken from the cache{more}{end}."))

    def _paragraphs(self) -> Iterator[str]:
        """As many as anybody reads."""
        yield from (each.text for each in self.steps[:_READ])
        left = len(self.steps) - _READ
        if left > 0:
            are = "is" if left == 1 else "are"
            yield f"{left} more {are} not told here: --step N tells of one, --format json of all."

    def _findings(self) -> Iterator[Finding]:
        for each in self.steps:
            if each.outcome is not Outcome.CACHED:
                place = Location(self.dockerfile, each.line) if self.dockerfile is not None and each.line else None
                yield Finding(RERUN_RULES[each.outcome], each.text, place)


def _details(each: Explanation) -> tuple[Rows, ...]:
    tables: list[Rows] = []
    if each.chain:
        tables.append(Rows(_CHAIN, each.chain, name="chain", title="The chain to the root cause"))
    if each.difference is not None:
        tables.append(Rows(_DIFFERENCE, (each.difference,), name="difference", title="The first difference"))
    return tuple(tables)


_CHAIN = (
    Column("name", header="step", is_name=True, most=70),
    Column("because", lambda link: link.labels, "struck by", is_name=True, plain=lambda link: list(link.because)),
)
_DIFFERENCE = (
    Column("part", header="part of the key"),
    Column("before", lambda found: found.before or "", "before", plain=lambda found: found.before),
    Column("after", lambda found: found.after or "", "after", plain=lambda found: found.after),
)
_STEPS = (
    Column("name"),
    Column("outcome"),
    Column("chain", plain=lambda each: items_members(_CHAIN, each.chain)),
    Column("difference", plain=lambda each: item_members(_DIFFERENCE, each.difference)),
    Column("text"),
)
