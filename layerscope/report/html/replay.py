"""What a page shows of `replay` beside its tables: tiles, and the seconds of weeks and steps as bars."""

from __future__ import annotations

from layerscope.analysis.answers.notes import NO_SECONDS_OR_ESTIMATE
from layerscope.analysis.answers.replay import Replay, ReplayedCosts
from layerscope.analysis.answers.replayed_totals import Week, dearest
from layerscope.figures import count, seconds, share
from layerscope.report.html.charts import BLUE, ORANGE, Bar, BarRow, Chart, Series, bar_chart
from layerscope.report.html.figures import figure, tile, tiles
from layerscope.report.html.page import Section, missing, section
from layerscope.report.html.pictures import Pictures
from layerscope.report.html.text import chart_text
from layerscope.report.units import figure_words

_WEEKS = 26
_STEPS = 15
_OWN = Series("as it was", ORANGE)
_OTHER = Series("with the other Dockerfile", BLUE)


def replay_pictures(answer: Replay) -> Pictures:
    """All above the tables; the weeks, where they are drawn, are folded."""
    costs = answer if isinstance(answer, ReplayedCosts) else ReplayedCosts.of(answer)
    folded = frozenset({"weeks"}) if costs.own.known_seconds else frozenset()
    return Pictures(above=(_tiles(costs), _charts(costs)), folded=folded)


def _tiles(costs: ReplayedCosts) -> Section:
    own, other = costs.own, costs.other
    now = other or own
    unbuildable = f"{figure_words(count(own.unbuildable, 'commit'))} cannot be built"
    shown = [
        tile("Commits", None, str(own.buildable), unbuildable),
        tile("Steps that re-ran", str(own.rebuilt) if other else None, str(now.rebuilt)),
        tile("Seconds of work", figure(own.figure) if other else None, figure(now.figure)),
        tile("A commit, on average", None, figure(now.per_commit)),
    ]
    return Section(tiles(shown))


def _charts(costs: ReplayedCosts) -> Section:
    own = costs.own
    if not own.known_seconds:
        return section("Over time", missing(NO_SECONDS_OR_ESTIMATE))
    return section("Over time", _by_week(costs), _by_step(own))


def _by_week(costs: ReplayedCosts) -> Chart:
    others = {week.monday: week for week in costs.other.weeks} if costs.other is not None else {}
    rows = []
    for week in costs.own.weeks[-_WEEKS:]:
        bars = [_week_bar(_OWN, week)]
        if week.monday in others:
            bars.append(_week_bar(_OTHER, others[week.monday]))
        rows.append(BarRow(f"week of {week.monday}", tuple(bars)))
    summary = f"Seconds of work in each of {len(rows)} weeks"
    return bar_chart("weeks", "Seconds of work by week", summary, rows, "seconds")


def _by_step(replay: Replay) -> Chart:
    rows = [
        BarRow(
            chart_text(step.name),
            (_bar(_OWN, step.known_seconds, f"{figure_words(share(step.rebuilt, step.commits))} of commits"),),
        )
        for step in dearest(replay.by_step)[:_STEPS]
        if step.known_seconds
    ]
    return bar_chart("steps", "Seconds of work by step", "Seconds of work of the dearest steps", rows, "seconds")


def _week_bar(series: Series, week: Week) -> Bar:
    return _bar(series, week.known_seconds, figure_words(count(week.commits, "commit")))


def _bar(series: Series, known: float, words: str) -> Bar:
    shown = figure_words(seconds(known))
    return Bar(series, known, shown, f"{shown}, {words}")
