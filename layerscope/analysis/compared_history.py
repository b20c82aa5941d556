"""Two replays of one history, each with one Dockerfile for all commits, over the commits that both can build."""

from __future__ import annotations

from layerscope.analysis.answers.compared_history import ComparedHistory, HistorySum
from layerscope.analysis.answers.replay import Replay
from layerscope.analysis.answers.replayed_commits import ReplayedCommit
from layerscope.figures import source_of


def compared_history(before: Replay, after: Replay) -> ComparedHistory:
    """Of two replays of the same commits. The first builds, on empty caches, are left out on both sides."""
    pairs = list(zip(before.commits, after.commits, strict=True))
    both = [(was, now) for was, now in pairs if was.buildable and now.buildable and was.summed and now.summed]
    return ComparedHistory(
        len(both),
        sum(not (was.buildable and now.buildable) for was, now in pairs),
        _sum([was for was, _ in both]),
        _sum([now for _, now in both]),
    )


def _sum(commits: list[ReplayedCommit]) -> HistorySum:
    known = round(sum([commit.known_seconds for commit in commits]), 3)
    unknown = any(commit.seconds is None for commit in commits)
    source = source_of(commit.cost_source for commit in commits)
    return HistorySum(sum(commit.rebuilt for commit in commits), None if unknown else known, known, source)
