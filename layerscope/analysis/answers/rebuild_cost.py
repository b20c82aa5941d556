"""What a rebuild costs in all, as rows: the figures that are known, each with how far open steps may raise it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.answer import Cell, Column, Document, Rows, Sentence, Words
from layerscope.figures import Figure, count, seconds, size
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.analysis.answers.simulation import Simulation
    from layerscope.analysis.answers.transfer import RebuiltLayers, SentContext
    from layerscope.analysis.price import Price

_UNKNOWN = "unknown"


class _CostRow(Value):
    """One cost. least: None where it is not known; most: `unknown` where it is not."""

    what: Words
    least: Cell
    most: Cell


_WHAT = Column("", lambda row: row.what, "")
_RANGE = (
    _WHAT,
    Column("", lambda row: row.least, "at least", right=True),
    Column("", lambda row: row.most, "at most", right=True),
)
_EXACT = (_WHAT, Column("", lambda row: row.least, "", right=True))


def rebuild_costs(simulation: Simulation) -> tuple[Rows, ...]:
    """The one table of costs; none where no cost is known."""
    rows = [row for row in _rows(simulation) if row is not None]
    if not rows:
        return ()
    exact = all(row.least == row.most for row in rows)
    return (Rows(_EXACT if exact else _RANGE, rows, name="costs", title="What it costs"),)


def cost_members(simulation: Simulation) -> Document:
    """What is known of costs beside the interface's summary; None where nothing tells it."""
    summary, layers, context, price = simulation.summary, simulation.layers, simulation.context, simulation.price
    return {
        "source": summary.cost_source,
        "source_max": summary.cost_source_max,
        "measured_seconds": summary.measured_seconds,
        "path_seconds_max": summary.path_seconds_max,
        "context": None if context is None else context.members,
        "export": None if layers is None else layers.export_members,
        "price": None
        if price is None
        else {
            **price.members,
            "rebuild": price.of(summary.rebuild_seconds),
            "rebuild_max": price.of(summary.rebuild_seconds_max),
        },
    }


def _rows(simulation: Simulation) -> list[_CostRow | None]:
    summary, price, layers, context = simulation.summary, simulation.price, simulation.layers, simulation.context
    rows: list[_CostRow | None] = []
    if summary.rebuilt or summary.output_dependent:
        work, work_max, path, path_max = (
            seconds(figure, summary.widest_source)
            for figure in (
                # Where only a part is known, that is what it costs at least.
                summary.known_seconds or None if summary.rebuild_seconds is None else summary.rebuild_seconds,
                summary.rebuild_seconds_max,
                summary.path_seconds,
                summary.path_seconds_max,
            )
        )
        rows += [
            _row("work, all steps summed", work, work_max),
            _row("until done, stages side by side", path, path_max),
        ]
    if price is not None:
        least, most = price.of(summary.rebuild_seconds), price.of(summary.rebuild_seconds_max)
        rows.append(_price_row(price, least, most))
    if layers is not None:
        rows += _layer_rows(layers)
    if context is not None:
        rows.append(_context_row(context))
    return rows


def _price_row(price: Price, least: float | None, most: float | None) -> _CostRow | None:
    if least is None and most is None:
        return None
    what = f"price, at {price.text(price.per_minute)} a minute"
    return _CostRow(what, None if least is None else price.text(least), _UNKNOWN if most is None else price.text(most))


def _layer_rows(layers: RebuiltLayers) -> list[_CostRow | None]:
    number = count(layers.least.layers_sent, "layer", layers.most.layers_sent)
    return [
        _row(Sentence(("to export: ", number)), size(layers.export_bytes), size(layers.export_bytes_max)),
        _row("to push, and to pull for a host with the last image", size(layers.least.bytes), size(layers.most.bytes)),
    ]


def _context_row(context: SentContext) -> _CostRow | None:
    what = Sentence((f"context to send: {context.changed_files} of ", count(context.files, "file"), " changed"))
    return _row(what, size(context.changed_bytes), size(context.bytes))


def _row(what: Words, least: Figure, most: Figure) -> _CostRow | None:
    if least.value is None and most.value is None:
        return None
    return _CostRow(what, least, _UNKNOWN if most.value is None else most)
