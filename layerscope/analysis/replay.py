"""What a repository's own history cost: its commits, replayed, with seconds; by step, by cause and by week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta, timezone
from functools import cached_property

from layerscope.analysis.replay_totals import CauseHistory, StepHistory, StepTotals
from layerscope.analysis.replay_walk import BuiltCommit, ReplayedStep, instant
from layerscope.answer import Assumption
from layerscope.cost.model import Cost, Costs, no_costs
from layerscope.figures import Source, source_of
from layerscope.graph.caches.policy import UNBOUNDED, CachePolicy
from layerscope.graph.outcomes import Outcome
from layerscope.values import Value


class ReplayedCommit(Value):
    """The build of one commit. seconds: of the steps that ran, None if one is unknown; known_seconds of the known.

    summed: whether the summary counts it; the first build, on an empty cache, is left out.
    """

    built: BuiltCommit
    seconds: float | None = None
    known_seconds: float = 0.0
    summed: bool = True
    cost_source: Source = Source.NONE  # of known_seconds

    @property
    def buildable(self) -> bool:
        return self.built.error is None

    @property
    def rebuilt(self) -> int:
        """How many steps ran."""
        return sum(step.outcome == Outcome.REBUILT and step.counted for _, step in self.built.ran)


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
    cost_source: Source = Source.NONE  # of known_seconds

    @property
    def summed(self) -> int:
        """How many commits the summary counts, those among them that cannot be built."""
        return sum(commit.summed for commit in self.commits)

    @property
    def buildable(self) -> int:
        """How many commits the sums are over."""
        return sum(commit.buildable and commit.summed for commit in self.commits)

    @property
    def unbuildable(self) -> int:
        return sum(not commit.buildable for commit in self.commits)

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """The commits that count, by week, oldest first; weeks without commits are not listed."""
        weeks: dict[str, Week] = {}
        for commit in self.commits:
            if not commit.summed or not commit.buildable:
                continue
            day = instant(commit.built.time).astimezone(timezone.utc).date()
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


def summed_up(
    built: Sequence[BuiltCommit],
    costs: Costs = no_costs,
    policy: CachePolicy = UNBOUNDED,
    *,
    include_cold: bool = False,
) -> Replay:
    """The answer over commits that were built in turn, oldest first.

    include_cold: count the first build, too, which found the cache empty.
    """
    first = next((number for number, commit in enumerate(built) if commit.error is None), None)
    asked = _Asked(costs)
    totals = StepTotals()
    commits: list[ReplayedCommit] = []
    for number, commit in enumerate(built):
        counts = include_cold or number != first
        commits.append(_with_seconds(commit, asked, summed=counts))
        if counts and commit.error is None:
            totals.add(commit, asked)
    counted = [commit for commit in commits if commit.summed]
    unknown = any(commit.buildable and commit.seconds is None for commit in counted)
    known = round(sum(commit.known_seconds for commit in counted), 3)
    by_step = totals.by_step()
    assumed = {id(commit.assumptions): commit.assumptions for commit in built}  # most share those of one Dockerfile
    return Replay(
        tuple(commits),
        by_step,
        totals.by_cause(),
        None if unknown else known,
        known,
        sum(step.rebuilt for step in by_step),
        str(policy),
        tuple(dict.fromkeys(assumption for told in assumed.values() for assumption in told)),
        source_of(commit.cost_source for commit in counted),
    )


class _Asked:
    """Costs by step, asked once for each name: a history has few names and many steps."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs
        self.known: dict[str, Cost] = {}

    def __call__(self, step: ReplayedStep) -> Cost:
        if not step.costed:
            return _NOTHING
        cost = self.known.get(step.name)
        if cost is None:
            cost = self.known[step.name] = self.costs(step.name)
        return cost


_NOTHING = Cost(0.0, Source.NONE)  # the copy beside it has the cost


def _with_seconds(commit: BuiltCommit, costs: Callable[[ReplayedStep], Cost], *, summed: bool) -> ReplayedCommit:
    if commit.error is not None:
        return ReplayedCommit(commit, summed=summed)
    found = [costs(step) for _, step in commit.ran if step.outcome == Outcome.REBUILT and step.counted]
    known = round(sum([cost.seconds or 0.0 for cost in found]), 3)
    unknown = any(cost.seconds is None for cost in found)
    source = source_of([cost.source for cost in found])
    return ReplayedCommit(commit, None if unknown else known, known, summed, source)
