"""The charts of a comparison: seconds per change, what fills the images, both builds from nothing."""

from __future__ import annotations

from layerscope.analysis.answers.comparison import ComparedSide, Comparison
from layerscope.analysis.answers.instruction_cost import shown_text
from layerscope.analysis.answers.scenarios import Scenario
from layerscope.analysis.answers.simulation import Simulation
from layerscope.analysis.answers.step_changes import ComparedRow
from layerscope.report.html.charts import BLUE, GREY, ORANGE, VIOLET, Bar, BarRow, Chart, Series, bar_chart, end_of
from layerscope.report.html.text import chart_text
from layerscope.report.units import counted, human_bytes, human_seconds

_BEFORE = Series("before", GREY)
_AFTER = Series("after", BLUE)
BASE = Series("base image", GREY)
_OF_KEYWORD = {"RUN": Series("RUN", BLUE), "COPY": Series("COPY, ADD", ORANGE), "ADD": Series("COPY, ADD", ORANGE)}
_OTHER = Series("other", VIOLET)


def series_of(instruction_text: str) -> Series:
    """One colour per kind of instruction, the same on every page."""
    return _OF_KEYWORD.get(instruction_text.split(" ", 1)[0].upper(), _OTHER)


def scenario_chart(comparison: Comparison) -> Chart | None:
    """Seconds of each rebuild, before above after; None where no second is known."""
    if not any(_seconds(s.before) is not None or _seconds(s.after) is not None for s in comparison.scenarios):
        return None
    rows = [_scenario_row(scenario) for scenario in comparison.scenarios]
    summary = "Seconds a rebuild takes after each change, before and after; the table below holds the same figures."
    return bar_chart("chart-scenarios", "Seconds of a rebuild", summary, rows, "seconds")


def _scenario_row(scenario: Scenario) -> BarRow:
    label = chart_text(f"{', '.join(scenario.change)} changes")

    def bar(series: Series, simulation: Simulation) -> Bar:
        seconds = _seconds(simulation)
        steps = counted(simulation.summary.rebuilt, "step")
        shown = f"{steps}, seconds unknown" if seconds is None else f"{human_seconds(seconds)}, {steps}"
        return Bar(series, seconds, shown, f"{label}<br>{series.name}: {shown}")

    return BarRow(label, (bar(_BEFORE, scenario.before), bar(_AFTER, scenario.after)))


def _seconds(simulation: Simulation) -> float | None:
    return simulation.summary.rebuild_seconds


def size_chart(comparison: Comparison) -> Chart | None:
    """Both images as stacked bars, oldest layer first; None where no size is known."""
    rows = [
        row
        for row in (
            _size_row("before", comparison.before, before_rows(comparison)),
            _size_row("after", comparison.after, after_rows(comparison)),
        )
        if row is not None
    ]
    if not rows:
        return None
    summary = "Bytes of each instruction in both images, the base image first."
    return bar_chart("chart-sizes", "Bytes per instruction", summary, rows, "bytes")


def _size_row(name: str, side: ComparedSide, steps: list[ComparedRow]) -> BarRow | None:
    if side.size is None:
        return None
    bars: list[Bar] = []
    start = 0.0
    for series, size, said in _parts(side, steps):
        words = "base" if series == BASE else chart_text(said, 34)
        hover = f"{chart_text(said, 90)}<br>{human_bytes(size)}"
        bars.append(Bar(series, size, f"{words}<br>{human_bytes(size)}", hover, start))
        start += size
    return BarRow(f"{name}: {human_bytes(side.size)}", tuple(bars), stacked=True) if bars else None


def _parts(side: ComparedSide, steps: list[ComparedRow]) -> list[tuple[Series, int, str]]:
    """The base, then what was put on it. An image's rows hold its base's own, a Dockerfile's steps do not."""
    base = side.base_size or 0
    sized = [(step.size, shown_text(step.text)) for step in steps if step.size]
    if base + sum(size for size, _ in sized) <= (side.size or 0):
        own = [(series_of(said), size, said) for size, said in sized]
        return [(BASE, base, "the base image"), *own] if base else own
    parts: list[tuple[Series, int, str]] = []
    for size, said in sized:
        base -= size
        parts.append((BASE if base >= 0 else series_of(said), size, said))
    return parts


def cold_charts(comparison: Comparison) -> tuple[Chart, ...]:
    """Each build from nothing as a waterfall, to one scale; nothing where no second is known.

    Of images only the instructions with known seconds are drawn: nobody has timed the base's.
    """
    whole = is_of_contexts(comparison)
    sides = [
        ("before", _BEFORE, comparison.before, before_rows(comparison)),
        ("after", _AFTER, comparison.after, after_rows(comparison)),
    ]
    drawn = [
        (name, side, _waterfall(series, [step for step in steps if whole or step.seconds is not None]))
        for name, series, side, steps in sides
    ]
    all_rows = [row for _, _, rows in drawn for row in rows]
    if not end_of(all_rows):
        return ()
    return tuple(
        bar_chart(
            f"chart-cold-{name}",
            name if side.cold_seconds is None else f"{name}: {human_seconds(side.cold_seconds)}",
            f"Seconds of each step of the build from nothing, {name}.",
            rows,
            "seconds",
            all_rows,
        )
        for name, side, rows in drawn
        if rows
    )


def _waterfall(series: Series, steps: list[ComparedRow]) -> list[BarRow]:
    rows: list[BarRow] = []
    start = 0.0
    for step in steps:
        if not step.works:
            continue
        shown = "unknown" if step.seconds is None else human_seconds(step.seconds)
        hover = f"{chart_text(step.name, 90)}<br>{shown}"
        rows.append(BarRow(chart_text(shown_text(step.text)), (Bar(series, step.seconds, shown, hover, start),)))
        start += step.seconds or 0.0
    return rows


def is_of_contexts(comparison: Comparison) -> bool:
    """Two builds are compared; images have neither scenarios nor a build from nothing."""
    return bool(comparison.scenarios) or any(
        side.cold_seconds is not None for side in (comparison.before, comparison.after)
    )


def before_rows(comparison: Comparison) -> list[ComparedRow]:
    """The steps of the before side in the order of its Dockerfile."""
    return _in_file_order([change.before for change in comparison.steps if change.before is not None])


def after_rows(comparison: Comparison) -> list[ComparedRow]:
    return _in_file_order([change.after for change in comparison.steps if change.after is not None])


def _in_file_order(rows: list[ComparedRow]) -> list[ComparedRow]:
    """Rows of an image's base have no line and come first; without lines all stay as the comparison lists them."""
    unlined = sum(row.line is None for row in rows)
    if any(row.line is not None for row in rows[:unlined]):
        return rows
    return [*rows[:unlined], *sorted(rows[unlined:], key=lambda row: row.line or 0)]
