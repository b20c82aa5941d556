"""The questions of the demo: what an image costs, what a change re-runs, what a refactor saves."""

from __future__ import annotations

from layerscope.analysis.answers.story import Story, StoryVersion
from layerscope.analysis.compare import ContextSide, compare_contexts
from layerscope.analysis.edited_side import edited_side
from layerscope.analysis.simulate import simulate


def tell(before: ContextSide, same_base: ContextSide, after: ContextSide, changed: str) -> Story:
    """Ask of all three what changing one file re-runs, and compare the first with the last."""
    comparison = compare_contexts(before, after)
    return Story(changed, _told(before, changed), _told(same_base, changed), _told(after, changed), comparison)


def _told(given: ContextSide, changed: str) -> StoryVersion:
    assert given.image is not None
    after, paths = edited_side(given.side, change=[changed])
    rebuild = simulate(given.side, after, given.costs, given.image, paths)
    cold = simulate(given.side, given.side, given.costs, cold=True)
    return StoryVersion(given.side.reference, given.image, rebuild, cold.summary.rebuild_seconds)
