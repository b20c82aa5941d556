"""`simulate` as a page: what re-runs, why, and what that costs, step by step."""

from __future__ import annotations

from layerscope.analysis.simulate import Simulation, StepOutcome
from layerscope.graph.outcomes import Outcome
from layerscope.report.html.charts import Bar, BarRow, Chart, bar_chart
from layerscope.report.html.figures import about_seconds, known_bytes, known_seconds, tile, tiles
from layerscope.report.html.outcomes import outcome_badge, outcome_series, outcome_word
from layerscope.report.html.page import Section, html_page, section, table
from layerscope.report.html.text import chart_text, code, paths, quoted, text
from layerscope.report.json_document import simulation_document
from layerscope.report.rebuild_cost import rebuild_cost_table
from layerscope.report.simulation import simulation_page
from layerscope.report.units import counted, human_seconds

_NO_SECONDS = (
    "No chart of seconds: <code>--timings FILE</code> takes a build log and puts seconds beside the steps; "
    "<code>--estimate</code> guesses them."
)


def simulation_html(simulation: Simulation) -> str:
    """The whole report as one HTML file that needs no network."""
    page = simulation_page(simulation)
    eyebrow = (
        f"<b>Layerscope</b> simulate {code(simulation.dockerfile, 80)}, "
        f"{text(simulation.builder)} {text(simulation.builder_version)}"
    )
    sections = [_tiles(simulation), _steps(simulation), *_in_all(simulation), _costs(simulation)]
    return html_page(eyebrow, page.headline, sections, page.notes, simulation_document(simulation))


def _tiles(simulation: Simulation) -> Section:
    summary = simulation.summary
    total = summary.cached + summary.rebuilt + summary.output_dependent
    maybe = f"{summary.output_dependent} more may" if summary.output_dependent else "the rest is cached"
    shown = [
        tile("Steps that re-run", None, f"{summary.rebuilt} of {total}", maybe),
        tile("Seconds of work", None, about_seconds(summary.rebuild_seconds, summary.cost_source), _range(simulation)),
        tile(
            "Until all is done",
            None,
            about_seconds(summary.path_seconds, summary.cost_source),
            "the longest path, as stages run side by side",
        ),
    ]
    if simulation.layers is not None:
        sent = simulation.layers.least
        words = f"in {counted(sent.layers_sent, 'layer')}; {sent.layers_reused} there already"
        shown.append(tile("To fetch for a host with the last image", None, known_bytes(sent.bytes), words))
    return Section(tiles(shown))


def _range(simulation: Simulation) -> str:
    summary = simulation.summary
    if summary.rebuild_seconds is None:
        return f"at least {human_seconds(summary.known_seconds)}" if summary.known_seconds else ""
    if summary.output_dependent:
        return f"up to {known_seconds(summary.rebuild_seconds_max)} if those that may re-run do"
    return "the sum over the steps that re-run"


def _in_all(simulation: Simulation) -> list[Section]:
    costs = rebuild_cost_table(simulation)
    if costs is None:
        return []
    rows = [[text(str(cell)) for cell in row] for row in costs.rows]
    return [section("What it costs in all", table(costs.headers, costs.align, rows, "What the rebuild costs"))]


def _steps(simulation: Simulation) -> Section:
    timed = any(step.cost.seconds is not None for step in simulation.steps)
    sized = any(step.size is not None for step in simulation.steps)
    headers = ["line", "outcome", "step", *(["seconds"] if timed else []), *(["size"] if sized else [])]
    align = "rlw" + "r" * (timed + sized)
    rows = [_row(step, timed, sized) for step in simulation.steps]
    lead = (
        "In build order. Seconds are what a step costs if it runs, on cached rows too." if timed else "In build order."
    )
    return section("Step by step", table(headers, align, rows, "Every step of the build to come"), lead=lead)


def _row(step: StepOutcome, timed: bool, sized: bool) -> list[str]:
    lines = ", ".join(str(line) for line in (step.line, *step.also_lines))
    figures = ([_seconds(step)] if timed else []) + ([_size(step)] if sized else [])
    why = ""
    if step.outcome != Outcome.CACHED:
        inherited = any(cause not in step.own for cause in step.causes)
        because = f" Root cause: {paths(step.because, 5)}." if inherited else ""
        why = f'<p class="why">{quoted(_sentence(step.reason))}{because}</p>'
    return [lines, outcome_badge(step.outcome), code(step.name) + why, *figures]


def _sentence(reason: str) -> str:
    return reason if reason.endswith((".", "?", "!")) else f"{reason}."


def _seconds(step: StepOutcome) -> str:
    if not step.counted:
        return ""
    return about_seconds(step.cost.seconds, step.cost.source)


def _size(step: StepOutcome) -> str:
    return known_bytes(step.size) if step.counted else ""


def _costs(simulation: Simulation) -> Section:
    chart = _cost_chart(simulation)
    return section("What each step costs", chart or f'<p class="missing">{_NO_SECONDS}</p>')


def _cost_chart(simulation: Simulation) -> Chart | None:
    steps = [step for step in simulation.steps if step.counted and not step.link]
    if all(step.cost.seconds is None for step in steps):
        return None
    summary = "Seconds of each step if it runs, coloured by what the cache does for it; the table holds the figures."
    return bar_chart("chart-costs", "Seconds if the step runs", summary, [_cost_row(step) for step in steps], "seconds")


def _cost_row(step: StepOutcome) -> BarRow:
    seconds = step.cost.seconds
    amount = "seconds unknown" if seconds is None else human_seconds(seconds)
    shown = f"{amount}, {outcome_word(step.outcome)}"
    hover = f"{chart_text(step.name, 90)}<br>{shown}"
    return BarRow(chart_text(step.name, 52), (Bar(outcome_series(step.outcome), seconds, shown, hover),))
