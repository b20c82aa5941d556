"""What a repository's own history cost: every commit built in turn, in thought, by one builder with its cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone

from layerscope.analysis.causes import Causes
from layerscope.analysis.side import Side
from layerscope.analysis.step_costs import cost_of
from layerscope.cost.model import Cost, Costs, no_costs
from layerscope.errors import InputError
from layerscope.graph.builders import new_builder
from layerscope.graph.cache_policy import UNBOUNDED, CachePolicy
from layerscope.graph.options import Assumption
from layerscope.graph.retention import Retention
from layerscope.graph.steps import CACHED, REBUILT, Builder, Step
from layerscope.values import Entity, Value, field


class CommitBuild(Value):
    """One commit as a build. side: None where it cannot be built; error says why."""

    id: str
    time: str
    subject: str
    side: Side | None
    error: str | None = None


class ReplayedStep(Value):
    """One step of one commit's build. group: the same for a step over renumbering; cost: if it runs."""

    name: str
    line: int
    outcome: str
    because: tuple[str, ...]
    group: tuple[str, str, int]
    cost: Cost
    counted: bool


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


class StepHistory(Value):
    """One step over all commits, under its newest name and line. commits: buildable ones that have it."""

    name: str
    line: int
    commits: int
    rebuilt: int
    output_dependent: int
    seconds: float | None
    known_seconds: float

    @property
    def share(self) -> float:
        return round(self.rebuilt / self.commits, 4) if self.commits else 0.0


class CauseHistory(Value):
    """What one cause (a path, a line, an argument) cost: commits in which it struck, steps and seconds it re-ran.

    A step that several causes strike counts for each of them, so these do not add up.
    """

    cause: str
    commits: int
    steps: int
    seconds: float | None
    known_seconds: float


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
            day = datetime.fromisoformat(commit.time).astimezone(timezone.utc).date()
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
        self.rows: dict[Step, ReplayedStep] = {}
        self.builder: Builder | None = None
        self.retention = Retention(policy, sizes)
        self.known: dict[str, Cost] = {}
        self.totals = _Totals()
        self.assumptions: dict[Assumption, None] = {}

    def build(self, commit: CommitBuild, *, summed: bool) -> ReplayedCommit:
        side = commit.side
        if side is None:
            return ReplayedCommit(commit.id, commit.time, commit.subject, commit.error, summed=summed)
        if self.builder is None or self.policy.forgets_all:
            self.builder = new_builder(side.options.builder, named=True)
        self.retention.before_build(datetime.fromisoformat(commit.time).timestamp())
        try:
            built = self.builder.build(side.build_input)
        except InputError as error:
            return ReplayedCommit(commit.id, commit.time, commit.subject, str(error), summed=summed)
        if self.policy.kind not in {"unbounded", "none"}:
            self.retention.after_build(self.builder.used())
            if self.policy.only_image:
                self.builder.keep_image_alone()
        self.assumptions.update(dict.fromkeys(built.assumptions))
        causes = Causes(self.before or side, side)
        rows: dict[Step, ReplayedStep] = {}
        counts: dict[tuple[str, str], int] = {}
        for step in built.steps:
            row = self.rows.get(step)
            text = step.label.instruction.whole_text
            place = (step.label.stage, f"LINK {text}" if step.link else text)
            nth = counts[place] = counts.get(place, -1) + 1
            if row is None or row.group[2] != nth:
                row = self._row(step, (*place, nth), causes)
            rows[step] = row
        self.rows, self.before = rows, side
        if summed:
            self.totals.add(rows.values())
        ran = [row for row in rows.values() if row.outcome == REBUILT and row.counted]
        unknown = any(row.cost.seconds is None for row in ran)
        seconds = round(sum(row.cost.seconds or 0.0 for row in ran), 3)
        return ReplayedCommit(
            commit.id,
            commit.time,
            commit.subject,
            None,
            tuple(rows.values()),
            None if unknown else seconds,
            seconds,
            summed,
        )

    def _row(self, step: Step, group: tuple[str, str, int], causes: Causes) -> ReplayedStep:
        label = step.label
        because = () if step.outcome == CACHED else causes.because(step)
        return ReplayedStep(
            label.name,
            label.instruction.line,
            step.outcome,
            because,
            group,
            self._cost(step),
            label.keyword != "FROM" and bool(label.stage),
        )

    def _cost(self, step: Step) -> Cost:
        """Asked once for each name: a history has few names and many steps."""
        if step.link:
            return Cost(0.0, "none")  # the copy beside it has the cost
        name = step.label.name
        cost = self.known.get(name)
        if cost is None:
            cost = self.known[name] = cost_of(step, self.costs)
        return cost


class _Sum(Entity):
    commits: int = 0
    rebuilt: int = 0
    output_dependent: int = 0
    seconds: float = 0.0
    unknown: bool = False

    @property
    def total(self) -> float | None:
        return None if self.unknown else round(self.seconds, 3)


class _Totals(Entity):
    """Sums over commits, by step and by cause."""

    steps: dict[tuple[str, str, int], _Sum] = field(default_factory=dict)
    newest: dict[tuple[str, str, int], ReplayedStep] = field(default_factory=dict)
    causes: dict[str, _Sum] = field(default_factory=dict)

    def add(self, rows: Iterable[ReplayedStep]) -> None:
        struck: set[str] = set()
        for row in rows:
            if not row.counted:
                continue
            total = self.steps.get(row.group)
            if total is None:
                total = self.steps[row.group] = _Sum()
            total.commits += 1
            self.newest[row.group] = row
            if row.outcome == CACHED:
                continue
            if row.outcome != REBUILT:
                total.output_dependent += 1
                continue
            for each in (total, *(self._cause(token) for token in row.because)):
                each.rebuilt += 1
                each.seconds += row.cost.seconds or 0.0
                each.unknown = each.unknown or row.cost.seconds is None
            struck.update(row.because)
        for token in struck:
            self.causes[token].commits += 1

    def _cause(self, token: str) -> _Sum:
        found = self.causes.get(token)
        if found is None:
            found = self.causes[token] = _Sum()
        return found

    def by_step(self) -> tuple[StepHistory, ...]:
        return tuple(
            StepHistory(
                self.newest[group].name,
                self.newest[group].line,
                total.commits,
                total.rebuilt,
                total.output_dependent,
                total.total,
                round(total.seconds, 3),
            )
            for group, total in self.steps.items()
        )

    def by_cause(self) -> tuple[CauseHistory, ...]:
        ordered = sorted(self.causes.items(), key=lambda item: (-item[1].seconds, -item[1].rebuilt, item[0]))
        return tuple(
            CauseHistory(token, total.commits, total.rebuilt, total.total, round(total.seconds, 3))
            for token, total in ordered
        )
