"""Two replays of one history held against each other: only the commits that both can build count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from layerscope.analysis.answers.compared_history import ComparedHistory, HistorySum, LostCommit
from layerscope.analysis.answers.replay import Replay, ReplayedCosts
from layerscope.analysis.answers.replayed_commits import ReplayedCommit
from layerscope.analysis.price import Price
from layerscope.analysis.replay import summed_up
from layerscope.cost.model import Costs, no_costs
from layerscope.figures import source_of
from layerscope.graph.outcomes import Outcome
from layerscope.values import replace


def compared_history(
    before: Replay, after: Replay, names: tuple[str, str] = ("before", "after"), *, include_cold: bool = False
) -> ComparedHistory:
    """Of two replays of the same commits. names: what people call them. include_cold: as `comparable` takes it."""
    both = comparable(before, after, include_cold=include_cold)
    lost = _lost(before, "before"), _lost(after, "after")
    order = {commit.built.id: number for number, commit in enumerate(before.commits)}
    return ComparedHistory(
        len(both),
        tuple(sorted((one for side in lost for one in side), key=lambda one: (order[one.commit], one.side == "after"))),
        _sum([commit for commit in before.commits if commit.built.id in both]),
        _sum([commit for commit in after.commits if commit.built.id in both]),
        names,
    )


def held_against(
    own: Replay,
    other: Replay,
    other_file: str,
    costs: Costs = no_costs,
    price: Price | None = None,
    *,
    include_cold: bool = False,
) -> ReplayedCosts:
    """A history beside the same one with another Dockerfile: both sum up what both can build, and nothing else."""
    both = comparable(own, other, include_cold=include_cold)
    names = "as it was", f"with {other_file}"
    compared = compared_history(own, other, names, include_cold=include_cold)
    found = [
        replace(
            summed_up([commit.built for commit in one.commits], costs, counted=both),
            policy=one.policy,
            assumptions=one.assumptions,
        )
        for one in (own, other)
    ]
    return ReplayedCosts.of(found[0], found[1], other_file, compared, price)


def comparable(before: Replay, after: Replay, *, include_cold: bool = False) -> frozenset[str]:
    """The commits that count on both sides.

    A build on an empty cache is held against nothing but another one, and these count only where they are asked for.
    """
    cold = _first_built(before), _first_built(after)
    found = set()
    for was, now in zip(before.commits, after.commits, strict=True):
        is_cold = [commit.built.id == first for commit, first in zip((was, now), cold, strict=True)]
        if was.buildable and now.buildable and (not any(is_cold) or (include_cold and all(is_cold))):
            found.add(was.built.id)
    return frozenset(found)


def _first_built(replayed: Replay) -> str | None:
    return next((commit.built.id for commit in replayed.commits if commit.buildable), None)


def _lost(replayed: Replay, side: Literal["before", "after"]) -> Iterator[LostCommit]:
    for commit in replayed.commits:
        if commit.built.error is not None:
            yield LostCommit(commit.built.id, side, commit.built.error)


def _sum(commits: Sequence[ReplayedCommit]) -> HistorySum:
    known = round(sum([commit.known_seconds for commit in commits]), 3)
    unknown = any(commit.seconds is None for commit in commits)
    source = source_of(commit.cost_source for commit in commits)
    maybe = [
        step
        for commit in commits
        for _, step in commit.built.ran
        if step.outcome == Outcome.OUTPUT_DEPENDENT and step.counted
    ]
    rebuilt = sum(commit.rebuilt for commit in commits)
    return HistorySum(rebuilt, None if unknown else known, known, source, len(maybe))
