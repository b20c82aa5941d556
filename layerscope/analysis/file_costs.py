"""Which files of a context break the most: what a change of each would re-run, in steps and seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from layerscope.analysis.answers.context_use import FileCost
from layerscope.analysis.edited_side import with_edits
from layerscope.analysis.side import Side
from layerscope.analysis.simulate import simulate
from layerscope.context.edits import changed_at
from layerscope.cost.model import Costs
from layerscope.values import replace

_EACH = 200  # files tried one by one where stages read from each other, before one stands for its kind


def file_costs(side: Side, read: Mapping[str, Iterable[str]], costs: Costs, *, stages: bool) -> tuple[FileCost, ...]:
    """What a change of each file would re-run, costliest first.

    read: the paths each step reads, by the step's name. stages: whether a step reads files of another stage, so
    that what a change breaks may hang on more than the steps that read it from the context.
    """
    steps_of: dict[str, list[str]] = {}
    for name, paths in read.items():
        for path in paths:
            steps_of.setdefault(path, []).append(name)
    kinds: dict[tuple[str, ...], list[str]] = {}
    for path, names in steps_of.items():
        kinds.setdefault(tuple(names), []).append(path)
    each = not stages or len(steps_of) <= _EACH
    groups = [[path] for path in steps_of] if stages and each else list(kinds.values())
    tried = [_cost(side, sorted(paths), costs, each) for paths in groups]
    return tuple(sorted(_merged(tried), key=lambda c: (-(c.known_seconds), -c.rebuilt, -c.output_dependent, c.path)))


def _cost(side: Side, paths: list[str], costs: Costs, alike: bool) -> FileCost:
    changed = with_edits(side, changed_at(side.tree, paths[0]))
    summary = simulate(side, changed, costs).summary
    return FileCost(
        paths[0],
        len(paths),
        alike or len(paths) == 1,
        summary.rebuilt,
        summary.output_dependent,
        summary.rebuild_seconds,
        summary.known_seconds,
    )


def _merged(costs: list[FileCost]) -> Iterable[FileCost]:
    """One row for all that costs the same."""
    rows: dict[tuple[object, ...], FileCost] = {}
    for cost in sorted(costs, key=lambda c: c.path):
        key = (cost.alike, cost.rebuilt, cost.output_dependent, cost.seconds, cost.known_seconds)
        row = rows.get(key)
        rows[key] = replace(row, files=row.files + cost.files) if row is not None else cost
    return rows.values()
