"""Charts by plotly: horizontal bars with their labels above them, so that long names fit a phone as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from layerscope.values import Value, replace

# Middle tones, readable on white and on near-black; told apart without red and green, and by pattern or word too.
GREY = "#8f98a6"
BLUE = "#3b7dd8"
ORANGE = "#d9731a"
VIOLET = "#9467c9"
HUES = {"blue": BLUE, "orange": ORANGE, "violet": VIOLET}

# Words inside a bar: whichever of black and white reads better on its colour.
_INSIDE = {GREY: "#0d1117", ORANGE: "#0d1117", BLUE: "#ffffff", VIOLET: "#ffffff"}

Unit = Literal["seconds", "bytes"]
_BYTES = {"tickformat": "~s", "ticksuffix": "B"}
_TIMES = ((7200, 3600, " h"), (180, 60, " min"), (0, 1, " s"))  # from so many seconds: how many are one, and its name
_SLOT = 19  # pixels a line of text or a bar takes
_TOP, _BOTTOM = 6, 30


class Chart(Value):
    """A plotly figure as plain data. summary: what it says, for those who do not see it."""

    id: str
    title: str
    summary: str
    figure: dict[str, Any]
    height: int


class Series(Value):
    """What bars of one colour have in common. hatched: striped, for what is not certain."""

    name: str
    colour: str
    hatched: bool = False


class Bar(Value):
    """One bar. length None: not known, written in words and not drawn. shown: the words at its end or inside it."""

    series: Series
    length: float | None
    shown: str
    hover: str
    start: float = 0.0


class BarRow(Value):
    """A label, and its bars below each other, or in one line where `stacked`."""

    label: str
    bars: tuple[Bar, ...]
    stacked: bool = False

    @property
    def slots(self) -> float:
        return 2.3 if self.stacked else float(len(self.bars))


def bar_chart(
    chart_id: str, title: str, summary: str, rows: Sequence[BarRow], unit: Unit, like: Sequence[BarRow] = ()
) -> Chart:
    """Rows of bars on one axis. like: rows of other charts, to draw all to the same scale."""
    import plotly.graph_objects as go

    one, axis = _scale(unit, end_of([*rows, *like]))
    rows, like = [_scaled(row, one) for row in rows], [_scaled(row, one) for row in like]
    longest = end_of([*rows, *like])
    room = 0 if rows[0].stacked else _room_for_words([*rows, *like])
    centres, total = _places(rows)
    series = list(dict.fromkeys(bar.series for row in rows for bar in row.bars))
    legend = len(series) > 1
    height = round(total * _SLOT) + _TOP + _BOTTOM + (_SLOT + 12 if legend else 0)
    figure = go.Figure(
        data=[_trace(one, rows, centres) for one in series],
        layout={
            "template": _template(),
            "meta": {"longest": longest or 1, "room": room},  # the page's script fits the axis to the window by these
            "barmode": "overlay",
            "height": height,
            "margin": {"l": 2, "r": 8, "t": height - round(total * _SLOT) - _BOTTOM, "b": _BOTTOM},
            "showlegend": legend,
            "xaxis": {**axis, "range": [0, longest or 1]},
            "yaxis": {"range": [total, 0], "visible": False},
            "annotations": [*_labels(rows, centres), *_unknowns(rows, centres)],
        },
    )
    return Chart(chart_id, title, summary, figure.to_plotly_json(), height)


def end_of(rows: Sequence[BarRow]) -> float:
    """Where the longest bar ends."""
    return max((bar.start + (bar.length or 0.0) for row in rows for bar in row.bars), default=0.0)


def _scale(unit: Unit, longest: float) -> tuple[int, dict[str, str]]:
    """What one on the axis is, and how its figures are written: nobody reads 10000 s as hours."""
    if unit == "bytes":
        return 1, _BYTES
    return next((one, {"ticksuffix": name}) for least, one, name in _TIMES if longest >= least)


def _scaled(row: BarRow, one: int) -> BarRow:
    if one == 1:
        return row
    bars = (
        replace(bar, start=bar.start / one, length=None if bar.length is None else bar.length / one) for bar in row.bars
    )
    return replace(row, bars=tuple(bars))


def _room_for_words(rows: Sequence[BarRow]) -> int:
    """Pixels that the words at the bars' ends need to the right of the longest bar."""
    return 14 + 7 * max((len(bar.shown) for row in rows for bar in row.bars), default=0)


def _places(rows: Sequence[BarRow]) -> tuple[list[float], float]:
    """The top of each row, counted in slots from above, and the height of all."""
    tops: list[float] = []
    at = 0.0
    for row in rows:
        tops.append(at)
        at += 1.0 + row.slots + 0.55
    return tops, at


def _middle(row: BarRow, top: float, number: int) -> float:
    return top + 1.0 + (row.slots / 2 if row.stacked else number + 0.5)


def _trace(series: Series, rows: Sequence[BarRow], tops: Sequence[float]) -> Any:
    import plotly.graph_objects as go

    placed = [
        (bar, _middle(row, top, number), row)
        for row, top in zip(rows, tops, strict=True)
        for number, bar in enumerate(row.bars)
        if bar.series == series and bar.length is not None
    ]
    return go.Bar(
        orientation="h",
        name=series.name,
        base=[bar.start for bar, _, _ in placed],
        x=[bar.length for bar, _, _ in placed],
        y=[middle for _, middle, _ in placed],
        width=[2.2 if row.stacked else 0.82 for _, _, row in placed],
        text=[bar.shown for bar, _, _ in placed],
        textposition=["inside" if row.stacked else "outside" for _, _, row in placed],
        insidetextanchor="middle",
        insidetextfont={"color": _INSIDE[series.colour]},
        cliponaxis=False,
        textangle=0,
        constraintext="none" if not any(row.stacked for _, _, row in placed) else "inside",
        hovertext=[bar.hover for bar, _, _ in placed],
        hoverinfo="text",
        marker={
            "color": series.colour,
            "pattern": {
                "fillmode": "overlay",
                "shape": "/" if series.hatched else "",
                "fgcolor": "#ffffff",
                "size": 6,
                "solidity": 0.35,
            },
        },
    )


def _labels(rows: Sequence[BarRow], tops: Sequence[float]) -> list[dict[str, Any]]:
    return [
        {"text": row.label, "x": 0, "xref": "paper", "xanchor": "left", "y": top + 0.5, "yref": "y", "showarrow": False}
        for row, top in zip(rows, tops, strict=True)
    ]


def _unknowns(rows: Sequence[BarRow], tops: Sequence[float]) -> list[dict[str, Any]]:
    return [
        {
            "text": f"<i>{bar.shown}</i>",
            "x": bar.start,
            "xref": "x",
            "xanchor": "left",
            "y": _middle(row, top, number),
            "yref": "y",
            "showarrow": False,
        }
        for row, top in zip(rows, tops, strict=True)
        for number, bar in enumerate(row.bars)
        if bar.length is None
    ]


def _template() -> Any:
    """Transparent, quiet, and its text and lines coloured by the page's style sheet."""
    import plotly.graph_objects as go

    font = {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif", "size": 12.5}
    axis = {"fixedrange": True, "zeroline": False, "showline": False, "ticks": "", "nticks": 6, "automargin": False}
    layout = {
        "font": font,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": axis,
        "yaxis": {"fixedrange": True, "zeroline": False, "showgrid": False},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "bottom",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "uniformtext": {"minsize": 11, "mode": "hide"},
        "hoverlabel": {"font": font, "align": "left"},
        "dragmode": False,
    }
    return go.layout.Template(layout=layout)
