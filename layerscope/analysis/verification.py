"""A prediction held against what an engine did, step by step."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.analysis.answers.verification import Verification, VerifiedStep
from layerscope.analysis.build_pair import build_pair
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.graph.builder import builder_named, builder_version
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step, twins

_OLD_CACHE = (
    "a linked copy has the same key on any base, and the engine's cache was not empty: that it was taken from the "
    "cache may be due to an older build"
)


def predict(before: Side, after: Side) -> tuple[tuple[Step, ...], tuple[Assumption, ...]]:
    """The steps of the after build that tell of the cache, FROM rows left out, and what was assumed."""
    built = build_pair(before, after).built
    return tuple(s for s in built.steps if s.is_counted), built.assumptions


def verification(
    steps: tuple[Step, ...],
    ran: Mapping[str, bool],
    uncertain: bool,
    assumptions: tuple[Assumption, ...],
    after: Side,
) -> Verification:
    """Compare by name.

    ran: what the engine printed, and whether it took it from its cache. uncertain: whether what has no base of its
    own may have been cached by an older build.
    """
    excused = builder_named(after.options.builder).may_show_as_run(steps)
    raced = _raced(steps, ran)
    rows: list[VerifiedStep] = []
    assumed = dict.fromkeys(assumptions)
    open_steps = 0
    for step in steps:
        name, line = step.label.name, step.label.instruction.line
        cached = ran.get(name)
        if cached is None:
            rows.append(VerifiedStep(name, step.outcome, None, agrees=False, line=line))
            continue
        agrees = (step.outcome == Outcome.CACHED) == cached
        if step.outcome == Outcome.OUTPUT_DEPENDENT:
            agrees, open_steps = True, open_steps + 1
        elif not agrees and (name in raced or (step.outcome == Outcome.CACHED and name in excused)):
            agrees = True
        elif not agrees and cached and uncertain and not _on_an_image(step):
            agrees, open_steps = True, open_steps + 1
            assumed[Assumption("builder-cache", name, _OLD_CACHE)] = None
        rows.append(VerifiedStep(name, step.outcome, Outcome.CACHED if cached else Outcome.REBUILT, agrees, line))
    predicted = {step.label.name for step in steps}
    rows += [
        VerifiedStep(name, None, Outcome.CACHED if cached else Outcome.REBUILT, agrees=False)
        for name, cached in ran.items()
        if name not in predicted
    ]
    options = after.options
    return Verification(
        options.builder, builder_version(options), tuple(rows), open_steps, tuple(assumed), after.dockerfile.place
    )


def _raced(steps: tuple[Step, ...], ran: Mapping[str, bool]) -> frozenset[str]:
    """Steps that are one to the cache: one of them runs, the others find its result; which one that is is a race."""
    return frozenset(
        step.label.name
        for one, other in twins(steps)
        if (one.outcome != Outcome.CACHED or other.outcome != Outcome.CACHED)
        and (ran.get(one.label.name) is False or ran.get(other.label.name) is False)
        for step in (one, other)
    )


def _on_an_image(step: Step) -> bool:
    """Whether its own chain begins with an image, whose stand-in makes its key new to every cache."""
    chain: Step | None = step
    while chain is not None:
        if chain.is_image:
            return True
        chain = chain.parent
    return False
