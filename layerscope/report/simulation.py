"""`simulate` as a page: the answer first, then the steps."""

from __future__ import annotations

from layerscope.analysis.simulate import Simulation, StepOutcome
from layerscope.figures import Source
from layerscope.graph.outcomes import Outcome
from layerscope.report.assumptions import assumption_notes
from layerscope.report.outcomes import OUTCOMES
from layerscope.report.page import Cell, Page, Table
from layerscope.report.rebuild_cost import rebuild_cost_table
from layerscope.report.units import ESTIMATED, counted, human_bytes, human_seconds, marked_seconds, shortened


def simulation_page(simulation: Simulation) -> Page:
    sized = any(step.size is not None for step in simulation.steps)
    headers = ("line", "step", "outcome", "seconds", *(("size",) if sized else ()), "because")
    rows = tuple(_row(step, sized) for step in simulation.steps)
    table = Table(headers, "rllr" + ("r" if sized else "") + "l", rows)
    costs = rebuild_cost_table(simulation)
    return Page(headline(simulation), (table, *((costs,) if costs is not None else ())), tuple(_notes(simulation)))


def headline(simulation: Simulation) -> str:
    """`3 of 9 steps re-run, 41 s: app.rb changed (line 4).`"""
    summary = simulation.summary
    total = summary.cached + summary.rebuilt + summary.output_dependent
    if not summary.rebuilt and not summary.output_dependent:
        return f"Nothing re-runs: {counted(total, 'step')}, all cached."
    text = f"{summary.rebuilt} of {total} steps re-run"
    if summary.output_dependent:
        text += f", {summary.output_dependent} more may"
    about = "about " if summary.cost_source == Source.ESTIMATED else ""
    if summary.rebuild_seconds is not None and summary.rebuilt:
        text += f", {about}{human_seconds(summary.rebuild_seconds)}"
    elif summary.known_seconds:
        text += f", at least {about}{human_seconds(summary.known_seconds)}"
    first = next((step for step in simulation.steps if step.outcome != Outcome.CACHED), None)
    if first is None:
        return f"{text}."
    place = "" if " at line " in first.reason else f" (line {first.line})"
    return f"{text}: {first.reason}{place}."


def _row(step: StepOutcome, sized: bool) -> tuple[str | Cell, ...]:
    because = ", ".join(step.because[:3]) + (f" and {len(step.because) - 3} more" if len(step.because) > 3 else "")
    figures: list[str | Cell] = [
        Cell(marked_seconds(step.cost.seconds, step.cost.source), "" if step.outcome != Outcome.CACHED else "dim")
    ]
    if sized:
        figures.append(human_bytes(step.size))
    return (
        str(step.line),
        Cell(shortened(step.name, 60), "" if step.counted else "dim"),
        Cell(OUTCOMES[step.outcome].word, OUTCOMES[step.outcome].style),
        *figures,
        shortened(because, 48),
    )


def _notes(simulation: Simulation) -> list[str]:
    notes = assumption_notes(simulation.assumptions)
    if all(step.cost.seconds is None for step in simulation.steps):
        notes.append(
            "Seconds are unknown: --timings FILE takes a build log with times, rawjson or plain; --estimate guesses."
        )
    if any(step.cost.source == Source.ESTIMATED for step in simulation.steps):
        notes.append(ESTIMATED)
    notes += [f"{path}: no step reads it (or it is ignored)." for path in simulation.unread]
    return notes
