"""Two Dockerfiles side by side: what moved is joined by a line, and each step says what a change does to it."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.analysis.answers.comparison import Comparison
from layerscope.analysis.answers.instruction_cost import shown_text
from layerscope.analysis.answers.scenarios import Scenario
from layerscope.analysis.answers.simulation import Simulation
from layerscope.analysis.answers.step_changes import ComparedRow, StepChange
from layerscope.analysis.verdicts import Change
from layerscope.graph.outcomes import Outcome
from layerscope.report.html.comparison_charts import after_rows, before_rows
from layerscope.report.html.outcomes import member_badge
from layerscope.report.html.page import badge
from layerscope.report.html.text import code
from layerscope.report.outcomes import look_of
from layerscope.report.units import human_bytes, human_seconds

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


def _outcomes(simulation: Simulation) -> Mapping[str, Outcome]:
    return {step.name: step.outcome for step in simulation.steps if step.counted}


def _item(row: ComparedRow, change: StepChange, side: str, outcomes: Mapping[str, Outcome]) -> str:
    outcome = outcomes.get(row.name)
    figures = [human_seconds(row.seconds)] if row.seconds is not None else []
    figures += [human_bytes(row.size)] if row.size is not None else []
    meta = f'<span class="figures">{" · ".join(figures)}</span>' if figures else ""
    return (
        f'<li class="step {change.change.value}"><span class="number">{_line(row)}</span>'
        f"{code(shown_text(row.text), 400)}"
        f'<span class="meta">{_change_badge(change, side)}{meta}</span>'
        f"{member_badge(outcome) if outcome else ''}</li>\n"
    )


def _change_badge(change: StepChange, side: str) -> str:
    look = look_of(change.change)
    words = look.word
    if change.change is Change.MOVED and change.before is not None and change.after is not None:
        here, there = (change.before, change.after) if side == "before" else (change.after, change.before)
        if here.line and there.line:
            words = f"moves to line {there.line}" if side == "before" else f"moved from line {there.line}"
    return badge(change.change.value, look.sign, words)


def _joins(comparison: Comparison, before: list[ComparedRow], after: list[ComparedRow]) -> str:
    height = _ROW_HEIGHT * max(len(before), len(after), 1)
    at_before = {id(row): at for at, row in enumerate(before)}
    at_after = {id(row): at for at, row in enumerate(after)}
    curves = "".join(
        _curve(change.change.value, at_before[id(change.before)], at_after[id(change.after)])
        for change in sorted(comparison.steps, key=lambda change: change.change is Change.MOVED)
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
