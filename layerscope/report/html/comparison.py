"""`compare` as a page to send round: what a refactor changes for the builds and for the image, the answer first."""

from __future__ import annotations

from layerscope.analysis.answers.simulation import Simulation, Summary
from layerscope.analysis.compare import ComparedSide, Comparison, Scenario
from layerscope.analysis.compared_history import ComparedHistory
from layerscope.report.comparison import comparison_document, comparison_page
from layerscope.report.html.comparison_charts import cold_charts, is_of_contexts, scenario_chart, size_chart
from layerscope.report.html.figures import about_seconds, became, known_bytes, known_seconds, split_bar, tile, tiles
from layerscope.report.html.page import Section, html_page, section, side_by_side, table
from layerscope.report.html.step_pairs import step_pairs, step_table
from layerscope.report.html.text import code, paths
from layerscope.report.units import counted, human_bytes, human_seconds

_NO_SECONDS = "No chart of seconds: <code>--timings FILE</code> takes a build log and puts seconds beside the steps."
_NO_SIZES = "No chart of sizes: <code>--image REF</code> and <code>--after-image REF</code> name the built images."


def comparison_html(comparison: Comparison) -> str:
    """The whole report as one HTML file that needs no network."""
    page = comparison_page(comparison)
    telling = comparison.most_telling
    sections = [
        _tiles(comparison, telling),
        *([_scenarios(comparison)] if comparison.scenarios else []),
        _steps(comparison, telling),
        _sizes(comparison),
        *_cold_builds(comparison),
    ]
    return html_page(_eyebrow(comparison), page.headline, sections, page.notes, comparison_document(comparison))


def _eyebrow(comparison: Comparison) -> str:
    before, after = comparison.before.reference, comparison.after.reference
    return f"<b>Layerscope</b> compare {code(before, 60)} &rarr; {code(after, 60)}"


def _tiles(comparison: Comparison, telling: Scenario | None) -> Section:
    before, after = comparison.before, comparison.after
    shown = [_rebuild_tile(telling)] if telling is not None else []
    if comparison.history is not None:
        shown.append(_history_tile(comparison.history))
    words = became(before.size, after.size, lambda size: human_bytes(int(size)), "smaller", "larger")
    words += _base_and_own(before, after)
    shown.append(tile("Image size", known_bytes(before.size), known_bytes(after.size), words))
    if is_of_contexts(comparison):
        words = became(before.cold_seconds, after.cold_seconds, human_seconds, "less", "more")
        cold = known_seconds(before.cold_seconds), known_seconds(after.cold_seconds)
        shown.append(tile("Build from nothing", *cold, words))
    transfer = comparison.transfer
    if transfer is not None:
        words = f"to fetch, in {counted(transfer.layers_sent, 'layer')}; {transfer.layers_reused} there already"
        shown.append(tile("Update of a host that runs the first", None, known_bytes(transfer.bytes), words))
    return Section(tiles(shown))


def _rebuild_tile(scenario: Scenario) -> str:
    title = f"Rebuild after a change of {paths(scenario.change, 2)}"
    before, after = scenario.before.summary, scenario.after.summary
    if before.rebuild_seconds is None and after.rebuild_seconds is None:
        return tile(title, _steps_of(before), _steps_of(after), "seconds unknown")
    words = became(before.rebuild_seconds, after.rebuild_seconds, human_seconds, "less", "more")
    words += f" {_steps_of(before)} before, {_steps_of(after)} after"
    return tile(title, known_seconds(before.rebuild_seconds), known_seconds(after.rebuild_seconds), words)


def _history_tile(history: ComparedHistory) -> str:
    title = f"Over the last {counted(history.commits, 'commit')}"
    before, after = history.before, history.after
    words = f"{counted(before.rebuilt, 'step')} before, {after.rebuilt} after"
    if before.seconds is None or after.seconds is None:
        return tile(title, str(before.rebuilt), str(after.rebuilt), "steps that re-run; seconds unknown")
    about = "about " if "estimated" in (before.cost_source, after.cost_source) else ""
    return tile(title, about + human_seconds(before.seconds), about + human_seconds(after.seconds), words)


def _steps_of(summary: Summary) -> str:
    if summary.output_dependent:
        return f"{summary.rebuilt} to {counted(summary.rebuilt + summary.output_dependent, 'step')}"
    return counted(summary.rebuilt, "step")


def _base_and_own(before: ComparedSide, after: ComparedSide) -> str:
    """Two bars to one scale, the base's part grey."""
    longest = max(before.size or 0, after.size or 0)
    lines = [
        split_bar(
            [("base", side.base_size), ("own", side.size - side.base_size)],
            longest,
            f"{name}: {human_bytes(side.base_size)} base, {human_bytes(side.size - side.base_size)} own",
        )
        for name, side in (("before", before), ("after", after))
        if side.size and side.base_size
    ]
    return "".join(lines)


def _scenarios(comparison: Comparison) -> Section:
    sent = any(scenario.before.layers or scenario.after.layers for scenario in comparison.scenarios)
    rows = [
        [paths(scenario.change), *_scenario_side(scenario.before, sent), *_scenario_side(scenario.after, sent)]
        for scenario in comparison.scenarios
    ]
    more = ["to pull"] if sent else []
    headers = ["changed", "re-run before", "seconds", *more, "re-run after", "seconds", *more]
    figures = table(headers, "w" + "r" * (len(headers) - 1), rows, "What each change re-runs")
    lead = "One file changes; the build before is complete and its cache is warm."
    if comparison.chosen:
        lead += " The files were chosen here; <code>--change A,B</code> names others."
    chart = scenario_chart(comparison) or f'<p class="missing">{_NO_SECONDS}</p>'
    return section("What a change re-runs", chart, figures, lead=lead)


def _scenario_side(simulation: Simulation, sent: bool) -> list[str]:
    summary, layers = simulation.summary, simulation.layers
    pulled = [known_bytes(layers.least.bytes if layers is not None else None)] if sent else []
    return [_steps_of(summary), about_seconds(summary.rebuild_seconds, summary.cost_source), *pulled]


def _steps(comparison: Comparison, telling: Scenario | None) -> Section:
    changed = sum(change.change != "same" for change in comparison.steps)
    lead = f"{changed} of {counted(len(comparison.steps), 'step')} differ."
    if telling is not None:
        lead += f" The sign at the right says what the step does after a change of {paths(telling.change)}."
    whole = f"<details><summary>As a table, with the whole commands</summary>\n{step_table(comparison)}\n</details>"
    return section("Step by step", step_pairs(comparison, telling), whole, lead=lead)


def _sizes(comparison: Comparison) -> Section:
    chart = size_chart(comparison)
    if chart is None:
        return section("What fills the image", f'<p class="missing">{_NO_SIZES}</p>')
    return section("What fills the image", chart)


def _cold_builds(comparison: Comparison) -> list[Section]:
    charts = cold_charts(comparison)
    if not charts:
        return []
    if not is_of_contexts(comparison):
        lead = "Laid end to end; instructions without known seconds are left out."
        return [section("Seconds of each instruction", side_by_side(*charts), lead=lead)]
    lead = "Seconds of every step, laid end to end; base images are there already, transfer and export are left out."
    return [section("The build from nothing", side_by_side(*charts), lead=lead)]
