"""What a repository's own history cost: its commits, replayed, with seconds; by step, by cause and by week."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from layerscope.analysis.answers.replay import Replay
from layerscope.analysis.answers.replayed_commits import BuiltCommit, ReplayedCommit, ReplayedStep
from layerscope.analysis.replay_totals import StepTotals
from layerscope.cost.model import Cost, Costs, assumed, no_costs
from layerscope.figures import Source, source_of
from layerscope.graph.caches.policy import UNBOUNDED, CachePolicy
from layerscope.graph.outcomes import Outcome


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
    shared = {id(commit.assumptions): commit.assumptions for commit in built}  # most share those of one Dockerfile
    return Replay(
        tuple(commits),
        by_step,
        totals.by_cause(),
        None if unknown else known,
        known,
        sum(step.rebuilt for step in by_step),
        str(policy),
        (*dict.fromkeys(assumption for told in shared.values() for assumption in told), *assumed(asked.known.values())),
        source_of(commit.cost_source for commit in counted),
        totals.git_alone(),
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
