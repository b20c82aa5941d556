"""Two Dockerfiles side by side: what moved is joined by a line, and each step says what a change does to it."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.analysis.answers.simulation import Simulation
from layerscope.analysis.compare import ComparedRow, Comparison, Scenario, StepChange
from layerscope.graph.outcomes import Outcome
from layerscope.report.html.comparison_charts import NO_TEXT, after_rows, before_rows
from layerscope.report.html.figures import signed_bytes, signed_seconds
from layerscope.report.html.outcomes import member_badge
from layerscope.report.html.page import badge, table
from layerscope.report.html.text import code
from layerscope.report.units import human_bytes, human_seconds

_ICONS = {"same": "=", "moved": "↕", "edited": "✎", "added": "+", "removed": "\u2212"}
_ROW_HEIGHT = 62  # pixels, as in the style sheet: the joining lines are drawn to it
_GAP = 100  # units across the space between the two lists


def step_pairs(comparison: Comparison, scenario: Scenario | None) -> str:
    """Both lists of steps, and the lines between them."""
    before, after = before_rows(comparison), after_rows(comparison)
    of_before = {id(change.before): change for change in comparison.steps if change.before is not None}
    of_after = {id(change.after): change for change in comparison.steps if change.after is not None}
    outcomes_before = _outcomes(scenario.before) if scenario else {}
    outcomes_after = _outcomes(scenario.after) if scenario else {}
    left = [_item(row, of_before[id(row)], "before", outcomes_before) for row in before]
    right = [_item(row, of_after[id(row)], "after", outcomes_after) for row in after]
    return (
        '<div class="pairs">\n'
        f'<div class="column"><h3>before</h3>\n<ol>\n{"".join(left)}</ol></div>\n'
        f"{_joins(comparison, before, after)}\n"
        f'<div class="column"><h3>after</h3>\n<ol>\n{"".join(right)}</ol></div>\n</div>'
    )


def step_table(comparison: Comparison) -> str:
    """Every row of the comparison with its whole command and what it gains or loses."""
    rows = [
        [
            badge(change.change, _ICONS[change.change], change.change),
            _line(change.before),
            _line(change.after),
            _commands(change),
            signed_bytes(change.size_delta),
            signed_seconds(change.cost_delta),
        ]
        for change in comparison.steps
    ]
    headers = ("change", "line before", "line after", "step", "size", "seconds")
    return table(headers, "lrrwrr", rows, "Every step, before and after")


def _outcomes(simulation: Simulation) -> Mapping[str, Outcome]:
    return {step.name: step.outcome for step in simulation.steps if step.counted}


def _item(row: ComparedRow, change: StepChange, side: str, outcomes: Mapping[str, Outcome]) -> str:
    outcome = outcomes.get(row.name)
    figures = [human_seconds(row.seconds)] if row.seconds is not None else []
    figures += [human_bytes(row.size)] if row.size is not None else []
    meta = f'<span class="figures">{" · ".join(figures)}</span>' if figures else ""
    return (
        f'<li class="step {change.change}"><span class="number">{_line(row)}</span>{code(row.text or NO_TEXT, 400)}'
        f'<span class="meta">{_change_badge(change, side)}{meta}</span>'
        f"{member_badge(outcome) if outcome else ''}</li>\n"
    )


def _change_badge(change: StepChange, side: str) -> str:
    words = change.change
    if change.change == "moved" and change.before is not None and change.after is not None:
        here, there = (change.before, change.after) if side == "before" else (change.after, change.before)
        if here.line and there.line:
            words = f"moves to line {there.line}" if side == "before" else f"moved from line {there.line}"
    return badge(change.change, _ICONS[change.change], words)


def _joins(comparison: Comparison, before: list[ComparedRow], after: list[ComparedRow]) -> str:
    height = _ROW_HEIGHT * max(len(before), len(after), 1)
    at_before = {id(row): at for at, row in enumerate(before)}
    at_after = {id(row): at for at, row in enumerate(after)}
    curves = "".join(
        _curve(change.change, at_before[id(change.before)], at_after[id(change.after)])
        for change in sorted(comparison.steps, key=lambda change: change.change == "moved")
        if change.before is not None and change.after is not None
    )
    return (
        f'<svg class="joins" aria-hidden="true" viewBox="0 0 {_GAP} {height}" style="height:{height}px" '
        f'preserveAspectRatio="none">{curves}</svg>'
    )


def _curve(kind: str, before_at: int, after_at: int) -> str:
    start, end = (_ROW_HEIGHT * (at + 0.5) for at in (before_at, after_at))
    return f'<path class="{kind}" d="M0 {start:g}C50 {start:g} 50 {end:g} {_GAP} {end:g}"/>'


def _line(row: ComparedRow | None) -> str:
    return "" if row is None or row.line is None else str(row.line)


def _commands(change: StepChange) -> str:
    if change.change == "edited" and change.before is not None and change.after is not None:
        return f"<del>{code(change.before.text)}</del><br><ins>{code(change.after.text)}</ins>"
    shown = change.after or change.before
    assert shown is not None
    return code(shown.text or NO_TEXT)
