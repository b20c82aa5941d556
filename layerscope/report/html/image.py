"""What a page shows of `image` beside its tables: sizes as tiles, and what fills the image as bars."""

from __future__ import annotations

from layerscope.analysis.answers.image import ImageCost
from layerscope.analysis.answers.instruction_cost import InstructionCost, shown_text
from layerscope.answer import Sentence
from layerscope.figures import count, share, size
from layerscope.report.cells import sentence_text
from layerscope.report.html.charts import Bar, BarRow, Chart, bar_chart
from layerscope.report.html.comparison_charts import BASE, series_of
from layerscope.report.html.figures import figure, split_bar, tile, tiles
from layerscope.report.html.page import Section, missing, section
from layerscope.report.html.pictures import Pictures
from layerscope.report.html.text import chart_text
from layerscope.report.units import figure_words

_SHOWN_BARS = 24
_NO_SIZES = "No chart of sizes: the source holds no layers; --history FILE takes a saved history."


def image_pictures(cost: ImageCost) -> Pictures:
    """All above the tables."""
    return Pictures(above=(_tiles(cost), _map(cost)))


def _tiles(cost: ImageCost) -> Section:
    layers = sentence_text(Sentence((cost.layer_count,)))
    shown = [
        tile("Size", None, figure(size(cost.size)), _base_and_own(cost)),
        tile("To pull", None, figure(cost.compressed), f"{cost.compressed_word}, in {layers}"),
    ]
    if cost.wasted_bytes is not None and cost.efficiency is not None:
        words = f"written more than once, or deleted later; efficiency {cost.efficiency:.1%}"
        if cost.size:
            part = f"{figure_words(share(cost.wasted_bytes, cost.size))} of all"
            words += split_bar([("waste", cost.wasted_bytes)], cost.size, part)
        shown.append(tile("Wasted", None, figure(size(cost.wasted_bytes)), words))
    return Section(tiles(shown))


def _base_and_own(cost: ImageCost) -> str:
    if not cost.size or not cost.base_size or cost.own_size is None:
        return ""
    words = f"{figure_words(size(cost.base_size))} base, {figure_words(size(cost.own_size))} own"
    return split_bar([("base", cost.base_size), ("own", cost.own_size)], cost.size, words)


def _map(cost: ImageCost) -> Section:
    chart = _size_chart(cost)
    return section("What fills the image", chart or missing(_NO_SIZES))


def _size_chart(cost: ImageCost) -> Chart | None:
    largest = sorted((row for row in cost.instructions if row.size), key=lambda row: -(row.size or 0))[:_SHOWN_BARS]
    if not largest:
        return None
    drawn = [_size_row(row, cost) for row in cost.instructions if row in largest]
    left_out = sum(not row.empty_layer for row in cost.instructions) - len(drawn)
    title = "Bytes per instruction, oldest first"
    if left_out:
        layers = figure_words(count(left_out, "layer"))
        title += f" ({layers} without bytes, of unknown size or too small left out)"
    summary = "Bytes of each instruction, the base image apart; the table below holds the figures."
    return bar_chart("chart-sizes", title, summary, drawn, "bytes")


def _size_row(row: InstructionCost, cost: ImageCost) -> BarRow:
    said = shown_text(row.text)
    shown = figure_words(size(row.size))
    if cost.size:
        shown += f", {figure_words(share(row.size, cost.size))}"
    hover = f"{chart_text(said, 90)}<br>{shown}"
    return BarRow(chart_text(said, 52), (Bar(BASE if row.base else series_of(row.text), row.size, shown, hover),))
