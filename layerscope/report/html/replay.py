"""`replay` as a page: what the history cost, week by week, step by step and cause by cause."""

from __future__ import annotations

from layerscope.analysis.replay import Replay
from layerscope.analysis.replayed_costs import ReplayedCosts
from layerscope.figures import Source
from layerscope.report.html.charts import BLUE, ORANGE, Bar, BarRow, Chart, Series, bar_chart
from layerscope.report.html.figures import known_seconds, tile, tiles
from layerscope.report.html.page import Section, html_page, section, table
from layerscope.report.html.text import chart_text, text
from layerscope.report.replay import replay_document, replay_page
from layerscope.report.units import counted, human_seconds, share

_WEEKS = 26
_STEPS = 15
_OWN = Series("as it was", ORANGE)
_OTHER = Series("with the other Dockerfile", BLUE)
_NO_SECONDS = (
    "No chart of seconds: <code>--timings FILE</code> takes a build log and puts seconds beside the steps; "
    "<code>--estimate</code> guesses them."
)


def replay_html(costs: ReplayedCosts) -> str:
    """The whole report as one HTML file that needs no network."""
    page = replay_page(costs)
    eyebrow = f"<b>Layerscope</b> replay, cache {text(costs.own.policy)}"
    tables = [
        section(text(one.title), table([text(h) for h in one.headers], one.align, _cells(one.rows), one.title))
        for one in page.tables
    ]
    sections = [_tiles(costs), _charts(costs), *tables]
    return html_page(eyebrow, page.headline, sections, page.notes, replay_document(costs))


def _cells(rows: tuple[tuple[object, ...], ...]) -> list[list[str]]:
    return [[text(str(getattr(cell, "text", cell))) for cell in row] for row in rows]


def _tiles(costs: ReplayedCosts) -> Section:
    own, other = costs.own, costs.other
    now = other or own
    shown = [
        tile("Commits", None, str(own.buildable), f"{counted(own.unbuildable, 'commit')} cannot be built"),
        tile("Steps that re-ran", str(own.rebuilt) if other else None, str(now.rebuilt)),
        tile("Seconds of work", _in_all(own) if other else None, _in_all(now), _least(now)),
        tile("A commit, on average", None, _average(now)),
    ]
    return Section(tiles(shown))


def _in_all(replay: Replay) -> str:
    return ("about " if replay.cost_source == Source.ESTIMATED else "") + known_seconds(replay.seconds)


def _least(replay: Replay) -> str:
    return f"at least {human_seconds(replay.known_seconds)}" if replay.seconds is None and replay.known_seconds else ""


def _average(replay: Replay) -> str:
    if not replay.buildable or replay.seconds is None:
        return known_seconds(None)
    return human_seconds(replay.seconds / replay.buildable)


def _charts(costs: ReplayedCosts) -> Section:
    own = costs.own
    if not own.known_seconds:
        return section("Over time", f"<p>{_NO_SECONDS}</p>")
    return section("Over time", _by_week(costs), _by_step(own))


def _by_week(costs: ReplayedCosts) -> Chart:
    others = {week.monday: week for week in costs.other.weeks} if costs.other is not None else {}
    rows = []
    for week in costs.own.weeks[-_WEEKS:]:
        bars = [_bar(_OWN, week.known_seconds, f"{counted(week.commits, 'commit')}")]
        if week.monday in others:
            bars.append(_bar(_OTHER, others[week.monday].known_seconds, f"{counted(week.commits, 'commit')}"))
        rows.append(BarRow(f"week of {week.monday}", tuple(bars)))
    summary = f"Seconds of work in each of {len(rows)} weeks"
    return bar_chart("weeks", "Seconds of work by week", summary, rows, "seconds")


def _by_step(replay: Replay) -> Chart:
    dearest = sorted(replay.by_step, key=lambda step: (-step.known_seconds, step.line))[:_STEPS]
    rows = [
        BarRow(
            chart_text(step.name), (_bar(_OWN, step.known_seconds, f"{share(step.rebuilt, step.commits)} of commits"),)
        )
        for step in dearest
        if step.known_seconds
    ]
    return bar_chart("steps", "Seconds of work by step", "Seconds of work of the dearest steps", rows, "seconds")


def _bar(series: Series, seconds: float, words: str) -> Bar:
    return Bar(series, seconds, human_seconds(seconds), f"{human_seconds(seconds)}, {words}")
