"""The demo's answer: what an image costs, what a change re-runs, what a refactor saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.analysis.answers.simulation import Simulation, StepOutcome
from layerscope.analysis.cause import FileCause
from layerscope.answer import Answer, Cell, Column, Rows, Sentence, Statement, Tone
from layerscope.figures import Figure, Unit, count, seconds, size
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.analysis.answers.comparison import Comparison
    from layerscope.analysis.answers.image import ImageCost


class StoryVersion(Value):
    """One version of the app: its image, what the change re-runs, and a build from nothing in seconds."""

    reference: str
    image: ImageCost
    rebuild: Simulation
    cold_seconds: float | None


class _Measure(Value):
    """One figure in all versions, the beginner's first."""

    what: str
    figures: tuple[Figure, ...]


class Story(Answer):
    """Three versions of one app: as a beginner writes it, refactored on the same base, refactored on a fitting base."""

    changed: str
    before: StoryVersion
    same_base: StoryVersion
    after: StoryVersion
    comparison: Comparison

    def statement(self) -> Statement:
        return Statement(
            "demo",
            Sentence(
                (
                    f"Changing {self.changed} re-runs ",
                    *_rerun(self.before),
                    " as a beginner writes the Dockerfile, ",
                    *_rerun(self.after),
                    " after the refactoring.",
                )
            ),
            {"changed": self.changed, "versions": Rows(_VERSIONS, self._versions)},
            tables=(
                self._steps(self.before, "The beginner's Dockerfile: what each step costs, and what a change re-runs"),
                self._steps(self.after, "Refactored: the manifest before the source, merged RUNs, a fitting base"),
                self._savings(),
            ),
        )

    @property
    def _versions(self) -> tuple[StoryVersion, StoryVersion, StoryVersion]:
        return (self.before, self.same_base, self.after)

    def _steps(self, version: StoryVersion, title: str) -> Rows:
        base_size = version.image.base_size
        columns = (
            Column("line", header="line", right=True),
            Column("size", lambda step: size(base_size if step.is_base else step.size), "size", right=True),
            Column("cost_seconds", _seconds, "seconds", right=True),
            Column("outcome", _outcome, f"{self.changed} changes"),
            Column("text", header="step", is_name=True, most=44),
        )
        return Rows(columns, version.rebuild.steps, title=title)

    def _savings(self) -> Rows:
        versions = self._versions
        rebuilds = [version.rebuild.summary.rebuild_seconds for version in versions]
        rows = (
            _Measure("image", tuple(size(version.image.size) for version in versions)),
            _Measure("  own bytes, above the base", tuple(size(version.image.own_size) for version in versions)),
            _Measure("  compressed, to push and pull", tuple(version.image.compressed for version in versions)),
            _Measure("build from nothing", tuple(seconds(version.cold_seconds) for version in versions)),
            _Measure(f"rebuild when {self.changed} changes", tuple(map(seconds, rebuilds))),
        )
        return Rows(_SAVINGS, rows, title="What the refactoring saves")


def _rerun(version: StoryVersion) -> tuple[str | Figure, ...]:
    summary = version.rebuild.summary
    steps = f"{summary.rebuilt} of ", count(summary.steps, "step")
    return steps if summary.seconds.is_unknown else (*steps, " (", summary.seconds, ")")


def _seconds(step: StepOutcome) -> Cell:
    return "" if step.is_base else seconds(step.cost.seconds)


def _outcome(step: StepOutcome) -> Cell:
    changed = any(isinstance(cause, FileCause) for cause in step.own)
    return Sentence((step.outcome, f" ({', '.join(step.labels)})" if changed else ""))


def _later(at: int) -> Column:
    """A later version's figure with its change against the first."""

    def change(row: _Measure) -> float | None:
        first, now = row.figures[0].value, row.figures[at].value
        return None if now is None or not first else (now - first) / first

    def cell(row: _Measure) -> Cell:
        delta = change(row)
        if delta is None:
            return row.figures[at]
        return Sentence((row.figures[at], " (", Figure(delta, Unit.SHARE, signed=True), ")"))

    def tone(row: _Measure) -> Tone:
        return Tone.GOOD if (change(row) or 0) < 0 else Tone.PLAIN

    return Column("", cell, ("before", "same base", "fitting base")[at], right=True, tone=tone)


_SAVINGS = (
    Column("", lambda row: row.what, ""),
    Column("", lambda row: row.figures[0], "before", right=True),
    _later(1),
    _later(2),
)
_VERSIONS = (
    Column("reference"),
    Column("size", lambda version: version.image.size),
    Column("own_size", lambda version: version.image.own_size),
    Column("compressed_size", lambda version: version.image.compressed_size),
    Column("cold_seconds"),
    Column("rebuilt", lambda version: version.rebuild.summary.rebuilt),
    Column("rebuild_seconds", lambda version: version.rebuild.summary.rebuild_seconds),
)
