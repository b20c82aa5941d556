"""What BuildKit prints otherwise than it is."""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step


def shown_as_run(steps: Iterable[Step]) -> frozenset[str]:
    """Names of the steps that may be shown as run although they were cached.

    The key of one without any input (a WORKDIR first thing on scratch) is computed under its name; a merge is put
    together only when the first step runs on it, also where it was taken from the cache.
    """
    steps = tuple(steps)
    leaves = {step for step in steps if step.parent is None and not step.sources}
    merges = {step.parent for step in steps if step.outcome != Outcome.CACHED and step.parent and step.parent.link}
    return frozenset(step.label.name for step in leaves | merges)
