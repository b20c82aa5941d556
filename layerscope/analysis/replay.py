"""What a repository's own history cost: every commit built in turn, in thought, by one builder with its cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone

from layerscope.analysis.causes import Causes
from layerscope.analysis.replay_totals import CauseHistory, ReplayedStep, StepHistory, StepTotals
from layerscope.analysis.side import Side
from layerscope.analysis.step_costs import cost_of
from layerscope.cost.model import Cost, Costs, no_costs
from layerscope.dockerfile.stages import Dockerfile
from layerscope.errors import InputError
from layerscope.graph.builders import new_builder
from layerscope.graph.cache_policy import UNBOUNDED, CachePolicy
from layerscope.graph.options import Assumption
from layerscope.graph.retention import Retention
from layerscope.graph.steps import CACHED, REBUILT, Builder, Step
from layerscope.values import Value


class CommitBuild(Value):
    """One commit as a build. side: None where it cannot be built; error says why."""

    id: str
    time: str
    subject: str
    side: Side | None
    error: str | None = None


class ReplayedCommit(Value):
    """The build of one commit. seconds: of the steps that ran, None if one is unknown; known_seconds of the known."""

    id: str
    time: str
    subject: str
    error: str | None
    steps: tuple[ReplayedStep, ...] = ()
    seconds: float | None = None
    known_seconds: float = 0.0
    summed: bool = True  # whether the summary counts it: the first build, on an empty cache, is left out

    @property
    def buildable(self) -> bool:
        return self.error is None

    @property
    def rebuilt(self) -> int:
        """How many steps ran."""
        return sum(step.outcome == REBUILT and step.counted for step in self.steps)


class Week(Value):
    """A calendar week, by its Monday (UTC, YYYY-MM-DD). seconds: None where one is unknown."""

    monday: str
    commits: int
    rebuilt: int
    seconds: float | None
    known_seconds: float


class Replay(Value):
    """The answer of `replay`; commits oldest first, by_step in build order, by_cause the costliest first."""

    commits: tuple[ReplayedCommit, ...]
    by_step: tuple[StepHistory, ...]
    by_cause: tuple[CauseHistory, ...]
    seconds: float | None
    known_seconds: float
    rebuilt: int
    policy: str
    assumptions: tuple[Assumption, ...] = ()

    @property
    def buildable(self) -> int:
        """How many commits the sums are over."""
        return sum(commit.buildable and commit.summed for commit in self.commits)

    @property
    def unbuildable(self) -> int:
        return sum(not commit.buildable for commit in self.commits)

    @property
    def weeks(self) -> tuple[Week, ...]:
        """The commits that count, by week, oldest first; weeks without commits are not listed."""
        weeks: dict[str, Week] = {}
        for commit in self.commits:
            if not commit.summed or not commit.buildable:
                continue
            day = _instant(commit.time).astimezone(timezone.utc).date()
            monday = (day - timedelta(days=day.weekday())).isoformat()
            week = weeks.get(monday, Week(monday, 0, 0, 0.0, 0.0))
            unknown = week.seconds is None or commit.seconds is None
            weeks[monday] = Week(
                monday,
                week.commits + 1,
                week.rebuilt + commit.rebuilt,
                None if unknown else round((week.seconds or 0.0) + (commit.seconds or 0.0), 3),
                round(week.known_seconds + commit.known_seconds, 3),
            )
        return tuple(weeks[monday] for monday in sorted(weeks))


def replay(
    history: Iterable[CommitBuild],
    costs: Costs = no_costs,
    policy: CachePolicy = UNBOUNDED,
    *,
    include_cold: bool = False,
    sizes: Mapping[str, int] | None = None,
    done: Callable[[int], None] | None = None,
) -> Replay:
    """Build all commits in turn. sizes: bytes of a step's result by its text, for a bounded cache.

    include_cold: count the first build, too, which finds the cache empty. done: is told how many commits are walked.
    Raises InputError where the history cannot be read; what only one commit lacks is that commit's error.
    """
    walk = _Walk(costs, policy, sizes or {})
    commits: list[ReplayedCommit] = []
    for number, build in enumerate(history, 1):
        commits.append(walk.build(build, summed=include_cold or walk.before is not None))
        if done is not None:
            done(number)
    summed = [commit for commit in commits if commit.summed]
    unknown = any(commit.buildable and commit.seconds is None for commit in summed)
    known = round(sum(commit.known_seconds for commit in summed), 3)
    by_step, by_cause = walk.totals.by_step(), walk.totals.by_cause()
    return Replay(
        tuple(commits),
        by_step,
        by_cause,
        None if unknown else known,
        known,
        sum(step.rebuilt for step in by_step),
        str(policy),
        tuple(walk.assumptions),
    )


class _Walk:
    """The builder, and the last build that it did."""

    def __init__(self, costs: Costs, policy: CachePolicy, sizes: Mapping[str, int]) -> None:
        self.costs = costs
        self.policy = policy
        self.before: Side | None = None
        self.places: dict[int, tuple[str, str, int]] = {}  # by instruction, of the Dockerfile before
        self.rows: dict[Step, ReplayedStep] = {}  # of the last build
        self.cached: dict[str, ReplayedStep] = {}  # rows of that Dockerfile's cached steps, by name
        self.builder: Builder | None = None
        self.retention = Retention(policy, sizes)
        self.known: dict[str, Cost] = {}
        self.totals = StepTotals()
        self.assumptions: dict[Assumption, None] = {}

    def build(self, commit: CommitBuild, *, summed: bool) -> ReplayedCommit:
        side = commit.side
        if side is None:
            return ReplayedCommit(commit.id, commit.time, commit.subject, commit.error, summed=summed)
        if self.builder is None or self.policy.forgets_all:
            self.builder = new_builder(side.options.builder, named=True)
        self.retention.before_build(_instant(commit.time).timestamp())
        try:
            built = self.builder.build(side.build_input)
        except InputError as error:
            return ReplayedCommit(commit.id, commit.time, commit.subject, str(error), summed=summed)
        if self.policy.kind not in {"unbounded", "none"}:
            self.retention.after_build(self.builder.used())
            if self.policy.only_image:
                self.builder.keep_image_alone()
        if self.before is None or self.before.dockerfile is not side.dockerfile:
            self.assumptions.update(dict.fromkeys(built.assumptions))
            self.places, self.cached, self.rows = _places(side.dockerfile), {}, {}
        causes = Causes(self.before or side, side)
        self.before = side
        rows = self.rows
        self.rows = {step: rows.get(step) or self._row(step, causes) for step in built.steps}
        steps = tuple(self.rows.values())
        if summed:
            self.totals.add(steps, side.dockerfile)
        ran = [row for row in steps if row.outcome == REBUILT and row.counted]
        unknown = any(row.cost.seconds is None for row in ran)
        known = round(sum([row.cost.seconds or 0.0 for row in ran]), 3)
        return ReplayedCommit(
            commit.id, commit.time, commit.subject, None, steps, None if unknown else known, known, summed
        )

    def _row(self, step: Step, causes: Causes) -> ReplayedStep:
        label = step.label
        if step.outcome == CACHED and (kept := self.cached.get(label.name)) is not None:
            return kept
        instruction = label.instruction
        stage, text, nth = self.places.get(id(instruction), (label.stage, instruction.whole_text, 0))
        row = ReplayedStep(
            label.name,
            instruction.line,
            step.outcome,
            () if step.outcome == CACHED else causes.because(step),
            (stage, f"LINK {text}" if step.link else text, nth),
            self._cost(step),
            label.keyword != "FROM" and bool(label.stage),
        )
        if step.outcome == CACHED:
            self.cached[label.name] = row
        return row

    def _cost(self, step: Step) -> Cost:
        """Asked once for each name: a history has few names and many steps."""
        if step.link:
            return Cost(0.0, "none")  # the copy beside it has the cost
        name = step.label.name
        cost = self.known.get(name)
        if cost is None:
            cost = self.known[name] = cost_of(step, self.costs)
        return cost


def _instant(time: str) -> datetime:
    """Older Pythons know no Z, which newer gits write."""
    return datetime.fromisoformat(time.replace("Z", "+00:00"))


def _places(dockerfile: Dockerfile) -> dict[int, tuple[str, str, int]]:
    """What makes an instruction the same over renumbering: its stage, its text, and which of equal ones it is."""
    places: dict[int, tuple[str, str, int]] = {}
    for stage in dockerfile.stages:
        name = stage.origin.name or f"stage-{stage.index}"
        counts: dict[str, int] = {}
        for instruction in (stage.origin, *stage.instructions):
            text = instruction.whole_text
            nth = counts[text] = counts.get(text, -1) + 1
            places[id(instruction)] = name, text, nth
    return places
