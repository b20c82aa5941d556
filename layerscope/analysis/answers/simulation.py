"""The answer of `simulate`: every step of the after build, what becomes of it, why, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.analysis.answers.git_alone import needs_git, only_git, remedy
from layerscope.analysis.answers.long_tables import telling_first
from layerscope.analysis.answers.notes import ESTIMATED, NO_SECONDS_OR_ESTIMATE, RERUN_RULES
from layerscope.analysis.answers.rebuild_cost import RebuildCost
from layerscope.analysis.answers.summary import Summary
from layerscope.analysis.cause import Cause, DockerfileCause, GitCause, StepCause
from layerscope.answer import (
    Answer,
    Assumption,
    Column,
    Finding,
    Location,
    Rows,
    Sentence,
    Statement,
    Tone,
    assumption_members,
)
from layerscope.context.paths import GIT_FOLDER
from layerscope.cost.model import Cost
from layerscope.dockerfile.stages import DockerfileSource
from layerscope.figures import Figure, Source, seconds, size
from layerscope.graph.outcomes import Outcome
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.analysis.answers.transfer import RebuiltLayers, SentContext
    from layerscope.analysis.price import Price


class StepOutcome(Value):
    """One printed step of the after build. cost: seconds if it runs, on cached rows too; size in bytes.

    causes: the root causes, inherited ones too; own: those that strike this very step. link: the second row of a
    `COPY --link`, which puts its layer in place: cost and size stand on the copy. counted: as `Step.is_counted`.
    """

    name: str
    stage: str
    line: int
    also_lines: tuple[int, ...]
    instruction: str
    text: str
    outcome: Outcome
    reason: str
    causes: tuple[Cause, ...]
    cost: Cost
    size: int | None = None
    whole_text: str = ""  # the text with the bodies of heredocs
    own: tuple[Cause, ...] = ()
    link: bool = False
    counted: bool = True

    @property
    def because(self) -> tuple[str, ...]:
        """The tokens of its causes."""
        return tuple([cause.token for cause in self.causes])

    @property
    def labels(self) -> tuple[str, ...]:
        """The same for people."""
        return tuple([cause.label for cause in self.causes])

    @property
    def is_base(self) -> bool:
        """Whether it is the FROM of a stage: a row that is shown of a stage, and tells nothing of the cache."""
        return not self.counted and bool(self.stage)


class Simulation(Answer):
    """The answer of `simulate`; steps in build order (stages as in the file, then index)."""

    builder: str
    builder_version: str
    steps: tuple[StepOutcome, ...]
    summary: Summary
    assumptions: tuple[Assumption, ...]
    dockerfile: str
    unread: tuple[str, ...] = ()  # changed paths that no step reads, or that are ignored
    steps_from: DockerfileSource = DockerfileSource.FILE
    layers: RebuiltLayers | None = None  # of the image that was given
    context: SentContext | None = None  # where it was asked for
    price: Price | None = None
    ignore_file: str | None = None  # whose rules the after side has

    def statement(self) -> Statement:
        summary = self.summary
        steps = self._steps()
        cost = RebuildCost(summary, self.layers, self.context, self.price)
        return Statement(
            "simulate",
            self.headline,
            {
                "builder": self.builder,
                "builder_version": self.builder_version,
                "steps_from": "history" if self.steps_from is DockerfileSource.HISTORY else "dockerfile",
                "assumptions": assumption_members(self.assumptions),
                "steps": steps,
                "summary": {
                    "cached": summary.cached,
                    "rebuilt": summary.rebuilt,
                    "output_dependent": summary.output_dependent,
                    "rebuild_seconds": summary.seconds,
                    "known_seconds": summary.known_seconds,
                    "path_seconds": summary.path_seconds,
                    "rebuild_seconds_max": summary.rebuild_seconds_max,
                },
                "transfer": None if self.layers is None else self.layers.members,
                "cost": cost.members,
            },
            tables=(telling_first(steps, _runs, "What is not cached first"), *cost.tables()),
            notes=(*self.assumptions, *self._notes()),
            findings=lambda: (*self._reruns(), *self._unread()),
            subject=f"`{self.dockerfile}`, {self.builder} {self.builder_version}",
        )

    @property
    def headline(self) -> Sentence:
        """`3 of 9 steps re-run, 41 s: app.rb changed (line 4).`"""
        summary, maybe = self.summary, self.summary.output_dependent
        first = next((step for step in self.steps if step.outcome is not Outcome.CACHED), None)
        if first is None:
            every = f"{summary.steps} steps, all cached" if summary.steps != 1 else "the one step is cached"
            return Sentence((f"Nothing re-runs: {every if summary.steps else 'there is no step beside FROM'}.",))
        if not summary.rebuilt and not maybe:
            return Sentence((f"No step re-runs, but {first.reason} (line {first.line}).",))
        parts: list[str | Figure] = [f"{maybe} of {summary.steps} steps may re-run"]
        if summary.rebuilt:
            parts = [f"{summary.rebuilt} of {summary.steps} steps re-run", f", {maybe} more may" if maybe else ""]
        if (summary.rebuild_seconds is not None and summary.rebuilt) or summary.seconds.is_at_least:
            parts += [", ", summary.seconds]
        place = "" if first.own and isinstance(first.own[0], DockerfileCause) else f" (line {first.line})"
        parts.append(f": {first.reason}{place}")
        others = len(self._root_causes - {_root(cause) for cause in first.own or first.causes})
        if self._is_git_alone:
            parts.append(f"; {remedy(self.ignore_file)}: it is the only reason")
        elif others:
            parts.append(f"; {others} other {'cause strikes' if others == 1 else 'causes strike'} other steps")
        return Sentence((*parts, "."))

    @property
    def _root_causes(self) -> set[Cause]:
        """What the user did, each once. That a step runs again is what follows of it."""
        causes = {cause for step in self.steps for cause in step.causes if step.outcome is not Outcome.CACHED}
        return {_root(cause) for cause in causes if not isinstance(cause, StepCause)}

    @property
    def _is_git_alone(self) -> bool:
        """Whether nothing would re-run without `.git`, which no step asks for."""
        ran = [step for step in self.steps if step.outcome is not Outcome.CACHED]
        return only_git(cause for step in ran for cause in step.causes) and not any(
            needs_git(step.whole_text or step.text) for step in self.steps
        )

    @property
    def is_measured(self) -> bool:
        """Whether timings tell the seconds of any step."""
        return any(step.cost.source is Source.MEASURED for step in self.steps)

    def _steps(self) -> Rows:
        sized = any(step.size is not None for step in self.steps)
        shown = ("line", "name", "outcome", "cost_seconds", *(("size",) if sized else ()), "because")
        timed = any(step.cost.seconds is not None for step in self.steps)
        lead = "In build order." + (" Seconds are what a step costs if it runs, on cached rows too." if timed else "")
        return Rows(_STEPS, self.steps, name="steps", shown=shown, heading="Step by step", lead=lead, detail=_reason)

    def _notes(self) -> list[str]:
        notes = []
        shown = len(self.steps) - self.summary.steps
        if shown:
            notes.append(f"{self.summary.steps} of {len(self.steps)} rows are counted as steps: those of FROM are not.")
        if all(step.cost.seconds is None for step in self.steps):
            notes.append(NO_SECONDS_OR_ESTIMATE)
        if any(step.cost.source is Source.ESTIMATED for step in self.steps):
            notes.append(ESTIMATED)
        return notes + [finding.text for finding in self._unread()]

    def _reruns(self) -> list[Finding]:
        return [
            Finding(RERUN_RULES[step.outcome], f"{step.name}: {step.reason}", Location(self.dockerfile, step.line))
            for step in self.steps
            if step.outcome is not Outcome.CACHED and step.counted
        ]

    def _unread(self) -> list[Finding]:
        return [
            Finding("unread-change", f"{path}: no step reads it (or it is ignored).", Location(path), "note")
            for path in self.unread
        ]


def _runs(step: StepOutcome) -> bool:
    return step.outcome is not Outcome.CACHED


def _root(cause: Cause) -> Cause:
    """All that git keeps of itself changes at once."""
    return GitCause(GIT_FOLDER) if isinstance(cause, GitCause) else cause


def _reason(step: StepOutcome) -> str:
    if step.outcome is Outcome.CACHED:
        return ""
    return step.reason if step.reason.endswith((".", "?", "!")) else f"{step.reason}."


def _quiet_if_cached(step: StepOutcome) -> Tone:
    return Tone.QUIET if step.outcome is Outcome.CACHED else Tone.PLAIN


def _quiet_if_not_counted(step: StepOutcome) -> Tone:
    return Tone.PLAIN if step.counted else Tone.QUIET


_STEPS = (
    Column("name", header="step", tone=_quiet_if_not_counted, is_name=True, most=60),
    Column("stage"),
    Column("line", header="line", right=True),
    Column("also_lines", header="other lines"),
    Column("instruction"),
    Column("outcome", header="outcome"),
    Column("reason"),
    Column(
        "because",
        lambda step: step.labels,
        "because",
        is_name=True,
        most=48,
        first=3,
        plain=lambda step: list(step.because),
    ),
    Column("causes", plain=lambda step: [cause.to_dict() for cause in step.causes]),
    Column(
        "cost_seconds",
        lambda step: seconds(step.cost.seconds, step.cost.source),
        "seconds",
        right=True,
        tone=_quiet_if_cached,
        plain=lambda step: step.cost.seconds,
    ),
    Column("cost_source", lambda step: step.cost.source),
    Column("size", lambda step: size(step.size), "size", right=True, plain=lambda step: step.size),
)
