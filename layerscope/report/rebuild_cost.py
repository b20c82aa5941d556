"""What a rebuild costs in all, as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from layerscope.analysis.simulate import Simulation
from layerscope.report.page import Table
from layerscope.report.units import counted, human_bytes, human_seconds

if TYPE_CHECKING:
    from layerscope.analysis.transfer import RebuiltLayers

_Figure = TypeVar("_Figure", int, float)


def rebuild_cost_table(simulation: Simulation) -> Table | None:
    """The figures that are known, each with how far open steps may raise it; None where none is."""
    rows = [row for row in _rows(simulation) if row is not None]
    if not rows:
        return None
    if all(least == most for _, least, most in rows):
        return Table(("", ""), "lr", tuple(row[:2] for row in rows), "What it costs")
    return Table(("", "at least", "at most"), "lrr", tuple(rows), "What it costs")


def _rows(simulation: Simulation) -> list[tuple[str, str, str] | None]:
    summary, price, layers, context = simulation.summary, simulation.price, simulation.layers, simulation.context

    def seconds(figure: float) -> str:
        return ("~" if "estimated" in {summary.cost_source, summary.cost_source_max} else "") + human_seconds(figure)

    rows = []
    if summary.rebuilt or summary.output_dependent:
        known = None if summary.rebuild_seconds is not None or not summary.known_seconds else summary.known_seconds
        rows += [
            _row("work, all steps summed", summary.rebuild_seconds, summary.rebuild_seconds_max, seconds, known),
            _row("until done, stages side by side", summary.path_seconds, summary.path_seconds_max, seconds),
        ]
    if price is not None:
        least, most = price.of(summary.rebuild_seconds), price.of(summary.rebuild_seconds_max)
        rows.append(_row(f"price, at {price.text(price.per_minute)} a minute", least, most, price.text))
    if layers is not None:
        rows += [
            _row(f"to export: {_counted(layers)}", layers.export_bytes, layers.export_bytes_max, human_bytes),
            _row(
                "to push, and to pull for a host with the last image",
                layers.least.bytes,
                layers.most.bytes,
                human_bytes,
            ),
        ]
    if context is not None:
        what = f"context to send: {context.changed_files} of {counted(context.files, 'file')} changed"
        rows.append(_row(what, context.changed_bytes, context.bytes, human_bytes))
    return rows


def _counted(layers: RebuiltLayers) -> str:
    least, most = layers.least.layers_sent, layers.most.layers_sent
    return counted(least, "layer") if least == most else f"{least} to {counted(most, 'layer')}"


def _row(
    what: str,
    least: _Figure | None,
    most: _Figure | None,
    shown: Callable[[_Figure], str],
    known: _Figure | None = None,
) -> tuple[str, str, str] | None:
    """Where only a part is known, that is what it costs at least."""
    low = least if least is not None else known
    if low is None and most is None:
        return None
    return what, "-" if low is None else shown(low), "unknown" if most is None else shown(most)
