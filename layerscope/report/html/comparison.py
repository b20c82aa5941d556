"""What a page shows of `compare` beside its tables: the answer as tiles, and both sides as pictures."""

from __future__ import annotations

from layerscope.analysis.answers.compared_history import ComparedHistory
from layerscope.analysis.answers.comparison import ComparedSide, Comparison
from layerscope.analysis.answers.notes import NO_SECONDS
from layerscope.analysis.answers.scenarios import Scenario, steps_of
from layerscope.answer import Sentence
from layerscope.figures import count, size
from layerscope.report.cells import sentence_text
from layerscope.report.html.comparison_charts import cold_charts, is_of_contexts, scenario_chart, size_chart
from layerscope.report.html.figures import became, figure, split_bar, tile, tiles
from layerscope.report.html.page import Section, drawn, missing, section, side_by_side
from layerscope.report.html.pictures import Pictures
from layerscope.report.html.step_pairs import step_pairs
from layerscope.report.html.text import paths
from layerscope.report.units import figure_words, human_bytes, human_seconds

_NO_SIZES = "No chart of sizes: --image REF and --after-image REF name the built images."


def comparison_pictures(comparison: Comparison) -> Pictures:
    """Tiles and the steps of both sides in place of their tables, which are folded below them."""
    return Pictures(
        above=(_tiles(comparison),),
        beside={"scenarios": _scenarios(comparison), "steps": _steps(comparison)},
        below=(_sizes(comparison), *_cold_builds(comparison)),
        folded=frozenset({"sides", "steps"}),
    )


def _tiles(comparison: Comparison) -> Section:
    before, after, telling = comparison.before, comparison.after, comparison.most_telling
    shown = [_rebuild_tile(telling)] if telling is not None else []
    if comparison.history is not None:
        shown.append(_history_tile(comparison.history))
    words = became(before.size, after.size, lambda delta: human_bytes(int(delta)), "smaller", "larger")
    words += _base_and_own(before, after)
    shown.append(tile("Image size", figure(size(before.size)), figure(size(after.size)), words))
    if is_of_contexts(comparison):
        words = became(before.cold_seconds, after.cold_seconds, human_seconds, "less", "more")
        shown.append(tile("Build from nothing", figure(before.cold), figure(after.cold), words))
    transfer = comparison.transfer
    if transfer is not None:
        words = f"to fetch, in {_layers(transfer.layers_sent)}; {transfer.layers_reused} there already"
        shown.append(tile("Update of a host that runs the first", None, figure(size(transfer.bytes)), words))
    return Section(tiles(shown))


def _layers(number: int) -> str:
    return figure_words(count(number, "layer"))


def _rebuild_tile(scenario: Scenario) -> str:
    title = f"Rebuild after a change of {paths(scenario.change, 2)}"
    before, after = scenario.before.summary, scenario.after.summary
    steps = figure_words(steps_of(scenario.before, "step")), figure_words(steps_of(scenario.after, "step"))
    if before.seconds.is_unknown and after.seconds.is_unknown:
        return tile(title, *steps, "seconds unknown")
    words = became(before.rebuild_seconds, after.rebuild_seconds, human_seconds, "less", "more")
    words += f" {steps[0]} before, {steps[1]} after"
    return tile(title, figure(before.seconds), figure(after.seconds), words)


def _history_tile(history: ComparedHistory) -> str:
    title = f"Over the last {figure_words(count(history.comparable, 'commit'))}"
    before, after = history.before, history.after
    lost = sentence_text(Sentence(history.lost_words))
    if before.figure.is_unknown and after.figure.is_unknown:
        return tile(title, str(before.rebuilt), str(after.rebuilt), f"steps that re-run; seconds unknown{lost}")
    words = f"{figure_words(count(before.rebuilt, 'step'))} before, {after.rebuilt} after{lost}"
    return tile(title, figure(before.figure), figure(after.figure), words)


def _base_and_own(before: ComparedSide, after: ComparedSide) -> str:
    """Two bars to one scale, the base's part grey."""
    longest = max(before.size or 0, after.size or 0)
    return "".join(
        split_bar(
            [("base", side.base_size), ("own", side.size - side.base_size)],
            longest,
            f"{name}: {human_bytes(side.base_size)} base, {human_bytes(side.size - side.base_size)} own",
        )
        for name, side in (("before", before), ("after", after))
        if side.size and side.base_size
    )


def _scenarios(comparison: Comparison) -> Section:
    return drawn(scenario_chart(comparison) or missing(NO_SECONDS))


def _steps(comparison: Comparison) -> Section:
    telling = comparison.most_telling
    words = f"{comparison.differing} of {figure_words(count(len(comparison.steps), 'step'))} differ."
    if telling is not None:
        words += f" The sign at the right says what the step does after a change of {paths(telling.change)}."
    return Section(f'<p class="lead">{words}</p>\n{step_pairs(comparison, telling)}')


def _sizes(comparison: Comparison) -> Section:
    chart = size_chart(comparison)
    return section("What fills the image", chart or missing(_NO_SIZES))


def _cold_builds(comparison: Comparison) -> list[Section]:
    charts = cold_charts(comparison)
    if not charts:
        return []
    if not is_of_contexts(comparison):
        lead = "Laid end to end; instructions without known seconds are left out."
        return [section("Seconds of each instruction", side_by_side(*charts), lead=lead)]
    lead = "Seconds of every step, laid end to end; base images are there already, transfer and export are left out."
    return [section("The build from nothing", side_by_side(*charts), lead=lead)]
