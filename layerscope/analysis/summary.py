"""What a rebuild costs in all: machine seconds, seconds until it is done, and how far open steps may raise both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from layerscope.analysis.answers.simulation import StepOutcome
from layerscope.analysis.answers.summary import Summary
from layerscope.figures import Source, source_of
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step


def summarize(outcomes: Mapping[Step, StepOutcome], *, one_at_a_time: bool) -> Summary:
    """Sum up the steps of one build. one_at_a_time: the builder runs no two steps side by side."""
    counted = {step: row for step, row in outcomes.items() if row.counted}
    rows = list(counted.values())
    rebuilt = [row for row in rows if row.outcome == Outcome.REBUILT]
    perhaps = [row for row in rows if row.outcome in {Outcome.REBUILT, Outcome.OUTPUT_DEPENDENT}]
    least, most = _total(rebuilt), _total(perhaps)
    path, path_max = least, most
    if not one_at_a_time:
        path = None if least is None else _longest_path(counted, lambda row: row.outcome == Outcome.REBUILT)
        path_max = None if most is None else _longest_path(counted, lambda row: row.outcome != Outcome.CACHED)
    return Summary(
        sum(row.outcome == Outcome.CACHED for row in rows),
        len(rebuilt),
        len(perhaps) - len(rebuilt),
        least,
        _known(rebuilt),
        path,
        most,
        path_max,
        _source(rebuilt),
        _source(perhaps),
        _known(row for row in rebuilt if row.cost.source is Source.MEASURED),
    )


def _total(rows: Iterable[StepOutcome]) -> float | None:
    total = 0.0
    for row in rows:
        if row.cost.seconds is None and not row.link:
            return None
        total += row.cost.seconds or 0.0
    return round(total, 3)


def _known(rows: Iterable[StepOutcome]) -> float:
    return round(sum((row.cost.seconds or 0.0 for row in rows), 0.0), 3)


def _source(rows: Iterable[StepOutcome]) -> Source:
    return source_of(row.cost.source for row in rows if row.cost.known)


def _longest_path(outcomes: Mapping[Step, StepOutcome], runs: Callable[[StepOutcome], bool]) -> float:
    """Seconds until all is done when a step starts as soon as its inputs are there; one that does not run waits
    for them, too, since its result is looked up by theirs."""
    done: dict[Step, float] = {}
    for step in _inputs_first(outcomes):
        row = outcomes.get(step)
        own = (row.cost.seconds or 0.0) if row is not None and runs(row) else 0.0
        done[step] = own + max((done[i] for i in _inputs(step)), default=0.0)
    return round(max(done.values(), default=0.0), 3)


def _inputs(step: Step) -> tuple[Step, ...]:
    return step.sources if step.parent is None else (*step.sources, step.parent)


def _inputs_first(outcomes: Mapping[Step, StepOutcome]) -> list[Step]:
    ordered: list[Step] = []
    seen: set[Step] = set()
    stack: list[tuple[Step, bool]] = [(step, False) for step in outcomes]
    while stack:
        step, ready = stack.pop()
        if ready:
            ordered.append(step)
        elif step not in seen:
            seen.add(step)
            stack.append((step, True))
            stack.extend((i, False) for i in _inputs(step) if i not in seen)
    return ordered
