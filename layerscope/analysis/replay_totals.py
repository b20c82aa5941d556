"""Sums over the commits of a replayed history, by step and by cause."""

from __future__ import annotations

from collections.abc import Callable

from layerscope.analysis.answers.git_alone import GitAlone, needs_git, only_git
from layerscope.analysis.answers.replayed_commits import BuiltCommit, Group, ReplayedStep
from layerscope.analysis.answers.replayed_totals import CauseHistory, StepHistory
from layerscope.analysis.cause import Cause
from layerscope.cost.model import Cost
from layerscope.figures import Source, source_of
from layerscope.graph.outcomes import Outcome
from layerscope.values import Entity, field


class _Sum(Entity):
    commits: int = 0
    rebuilt: int = 0
    output_dependent: int = 0
    seconds: float = 0.0
    unknown: bool = False
    sources: set[Source] = field(default_factory=set)

    def ran(self, cost: Cost) -> None:
        self.rebuilt += 1
        self.seconds += cost.seconds or 0.0
        self.unknown = self.unknown or cost.seconds is None
        self.sources.add(cost.source)

    def add(self, other: _Sum) -> None:
        self.rebuilt += other.rebuilt
        self.seconds += other.seconds
        self.unknown = self.unknown or other.unknown
        self.sources |= other.sources

    @property
    def total(self) -> float | None:
        return None if self.unknown else round(self.seconds, 3)


class StepTotals(Entity):
    """Takes the builds of one commit after the other."""

    steps: dict[Group, _Sum] = field(default_factory=dict)
    newest: dict[Group, ReplayedStep] = field(default_factory=dict)
    causes: dict[Cause, _Sum] = field(default_factory=dict)
    layout: tuple[ReplayedStep, ...] = ()  # of the last build
    repeated: int = 0  # builds of that layout which are not yet counted
    for_git: _Sum = field(default_factory=_Sum)  # what ran for no other cause than `.git`

    def add(self, commit: BuiltCommit, costs: Callable[[ReplayedStep], Cost]) -> None:
        if commit.layout is not self.layout:
            self._count()
            self.layout = commit.layout
        self.repeated += 1
        struck: dict[tuple[Cause, ...], _Sum] = {}  # steps mostly run for the same causes
        for _, step in commit.ran:
            if not step.counted:
                continue
            total = self._step(step.group)
            if step.outcome != Outcome.REBUILT:
                total.output_dependent += 1
                continue
            cost = costs(step)
            total.ran(cost)
            alike = struck.get(step.causes)
            if alike is None:
                alike = struck[step.causes] = _Sum()
            alike.ran(cost)
        met: set[Cause] = set()
        alone = [alike for causes, alike in struck.items() if only_git(causes)]
        self.for_git.commits += bool(alone)
        for alike in alone:
            self.for_git.add(alike)
        for causes, alike in struck.items():
            for cause in causes:
                history = self.causes.get(cause)
                if history is None:
                    history = self.causes[cause] = _Sum()
                history.add(alike)
                if cause not in met:
                    met.add(cause)
                    history.commits += 1

    def by_step(self) -> tuple[StepHistory, ...]:
        """In build order of the newest build that has a step."""
        self._count()
        order = [row.group for row in self.layout if row.counted]
        groups = [*order, *(group for group in self.steps if group not in set(order))]
        return tuple(
            StepHistory(
                self.newest[group].name,
                self.newest[group].line,
                self.steps[group].commits,
                self.steps[group].rebuilt,
                self.steps[group].output_dependent,
                self.steps[group].total,
                round(self.steps[group].seconds, 3),
                source_of(self.steps[group].sources),
            )
            for group in dict.fromkeys(groups)
        )

    def by_cause(self) -> tuple[CauseHistory, ...]:
        """The costliest first."""
        ordered = sorted(self.causes.items(), key=lambda item: (-item[1].seconds, -item[1].rebuilt, str(item[0])))
        return tuple(
            [
                CauseHistory(cause, total.commits, total.rebuilt, total.total, round(total.seconds, 3))
                for cause, total in ordered
            ]
        )

    def git_alone(self) -> GitAlone | None:
        """None where nothing ran for `.git` alone."""
        if not self.for_git.rebuilt:
            return None
        needed = any(needs_git(row.group[1]) for row in self.layout)
        return GitAlone(self.for_git.rebuilt, self.for_git.commits, needed)

    def _count(self) -> None:
        for row in self.layout if self.repeated else ():
            if row.counted:
                self._step(row.group).commits += self.repeated
                self.newest[row.group] = row
        self.repeated = 0

    def _step(self, group: Group) -> _Sum:
        found = self.steps.get(group)
        if found is None:
            found = self.steps[group] = _Sum()
        return found
