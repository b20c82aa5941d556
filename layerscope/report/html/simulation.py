"""What a page shows of `simulate` beside its tables: what re-runs and what that costs as tiles, each step as a bar."""

from __future__ import annotations

from layerscope.analysis.answers.notes import NO_SECONDS_OR_ESTIMATE, RERUN_WITHOUT_SECONDS
from layerscope.analysis.answers.simulation import Simulation, StepOutcome
from layerscope.figures import count, seconds
from layerscope.report.html.charts import Bar, BarRow, Chart, bar_chart
from layerscope.report.html.figures import figure, tile, tiles
from layerscope.report.html.outcomes import outcome_series
from layerscope.report.html.page import Section, missing, section
from layerscope.report.html.pictures import Pictures
from layerscope.report.html.text import chart_text
from layerscope.report.outcomes import OUTCOMES
from layerscope.report.units import figure_words


def simulation_pictures(simulation: Simulation) -> Pictures:
    """Tiles first, and the chart of all steps last."""
    return Pictures(above=(_tiles(simulation),), below=(_costs(simulation),))


def _tiles(simulation: Simulation) -> Section:
    summary = simulation.summary
    maybe = f"{summary.output_dependent} more may" if summary.output_dependent else "the rest is cached"
    path = seconds(summary.path_seconds, summary.cost_source)
    shown = [
        tile("Steps that re-run", None, f"{summary.rebuilt} of {summary.steps}", maybe),
        tile("Seconds of work", None, figure(summary.seconds), _range(simulation)),
        tile("Until all is done", None, figure(path), "the longest path, as stages run side by side"),
    ]
    if simulation.layers is not None:
        sent = simulation.layers.least
        words = f"in {figure_words(count(sent.layers_sent, 'layer'))}; {sent.layers_reused} there already"
        shown.append(tile("To fetch for a host with the last image", None, figure(sent.figure), words))
    return Section(tiles(shown))


def _range(simulation: Simulation) -> str:
    summary = simulation.summary
    if summary.rebuild_seconds is None:
        return RERUN_WITHOUT_SECONDS
    if summary.output_dependent and summary.rebuild_seconds_max is None:
        return "the seconds of a step that may re-run are not known"
    if summary.output_dependent:
        return (
            f"up to {figure(seconds(summary.rebuild_seconds_max, summary.widest_source))} if those that may re-run do"
        )
    return "the sum over the steps that re-run"


def _costs(simulation: Simulation) -> Section:
    chart = _cost_chart(simulation)
    return section("What each step costs", chart or missing(NO_SECONDS_OR_ESTIMATE))


def _cost_chart(simulation: Simulation) -> Chart | None:
    steps = [step for step in simulation.steps if step.counted and not step.link]
    if all(step.cost.seconds is None for step in steps):
        return None
    summary = "Seconds of each step if it runs, coloured by what the cache does for it; the table holds the figures."
    return bar_chart("chart-costs", "Seconds if the step runs", summary, [_cost_row(step) for step in steps], "seconds")


def _cost_row(step: StepOutcome) -> BarRow:
    known = step.cost.seconds
    amount = "seconds unknown" if known is None else figure_words(seconds(known, step.cost.source))
    shown = f"{amount}, {OUTCOMES[step.outcome].word}"
    hover = f"{chart_text(step.name, 90)}<br>{shown}"
    return BarRow(chart_text(step.name, 52), (Bar(outcome_series(step.outcome), known, shown, hover),))
