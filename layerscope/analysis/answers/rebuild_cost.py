"""What a rebuild costs in all, as rows: the figures that are known, each with how far open steps may raise it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerscope.analysis.answers.summary import Summary
from layerscope.answer import Cell, Column, Document, Rows, Sentence, Words
from layerscope.figures import Figure, count, seconds, size
from layerscope.values import Value

if TYPE_CHECKING:
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


class RebuildCost(Value):
    """What is known of costs beside the interface's summary: of what must be sent, and in money."""

    summary: Summary
    layers: RebuiltLayers | None = None
    context: SentContext | None = None
    price: Price | None = None

    @property
    def members(self) -> Document:
        """The document's `cost`; None where nothing tells it."""
        summary, price = self.summary, self.price
        return {
            "source": summary.cost_source,
            "source_max": summary.cost_source_max,
            "measured_seconds": summary.measured_seconds,
            "path_seconds_max": summary.path_seconds_max,
            "context": None if self.context is None else self.context.members,
            "export": None if self.layers is None else self.layers.export_members,
            "price": None
            if price is None
            else {
                **price.members,
                "rebuild": price.of(summary.rebuild_seconds),
                "rebuild_max": price.of(summary.rebuild_seconds_max),
            },
        }

    def tables(self) -> tuple[Rows, ...]:
        """The one table of costs; none where no cost is known."""
        rows = [row for row in self._rows() if row is not None]
        if not rows:
            return ()
        exact = all(row.least == row.most for row in rows)
        return (Rows(_EXACT if exact else _RANGE, rows, name="costs", title="What it costs"),)

    def _rows(self) -> Iterator[_CostRow | None]:
        summary, price = self.summary, self.price
        if summary.rebuilt or summary.output_dependent:
            yield from _seconds_rows(summary)
        if price is not None:
            yield _price_row(price, price.of(summary.rebuild_seconds), price.of(summary.rebuild_seconds_max))
        if self.layers is not None:
            yield from _layer_rows(self.layers)
        if self.context is not None:
            yield _context_row(self.context)


def _seconds_rows(summary: Summary) -> list[_CostRow | None]:
    source = summary.widest_source
    # Where only a part is known, that is what it costs at least.
    work = summary.rebuild_seconds if summary.rebuild_seconds is not None else summary.known_seconds or None
    return [
        _row("work, all steps summed", seconds(work, source), seconds(summary.rebuild_seconds_max, source)),
        _row(
            "until done, stages side by side",
            seconds(summary.path_seconds, source),
            seconds(summary.path_seconds_max, source),
        ),
    ]


def _price_row(price: Price, least: float | None, most: float | None) -> _CostRow | None:
    if least is None and most is None:
        return None
    what = f"price, at {price.text(price.per_minute)} a minute"
    return _CostRow(what, None if least is None else price.text(least), _UNKNOWN if most is None else price.text(most))


def _layer_rows(layers: RebuiltLayers) -> list[_CostRow | None]:
    number = count(layers.least.layers_sent, "layer", layers.most.layers_sent)
    return [
        _row(Sentence(("to export: ", number)), size(layers.export_bytes), size(layers.export_bytes_max)),
        _row("to push, and to pull for a host with the last image", layers.least.figure, layers.most.figure),
    ]


def _context_row(context: SentContext) -> _CostRow | None:
    what = Sentence((f"context to send: {context.changed_files} of ", count(context.files, "file"), " changed"))
    return _row(what, size(context.changed_bytes), size(context.bytes))


def _row(what: Words, least: Figure, most: Figure) -> _CostRow | None:
    if least.value is None and most.value is None:
        return None
    return _CostRow(what, least, _UNKNOWN if most.value is None else most)
