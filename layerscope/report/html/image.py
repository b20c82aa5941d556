"""`image` as a page: what each instruction costs in bytes, and what is wasted."""

from __future__ import annotations

from layerscope.analysis.image_cost import ImageCost, InstructionCost
from layerscope.image.layers.efficiency import WastedFile
from layerscope.report.html.charts import Bar, BarRow, Chart, bar_chart
from layerscope.report.html.comparison_charts import BASE, NO_TEXT, series_of
from layerscope.report.html.figures import about_seconds, known_bytes, split_bar, tile, tiles
from layerscope.report.html.page import Section, badge, html_page, section, table
from layerscope.report.html.text import chart_text, code, text
from layerscope.report.image import image_document, image_page
from layerscope.report.units import counted, human_bytes, share

_SHOWN_WASTE = 50
_SHOWN_BARS = 24
_NO_SIZES = "No chart of sizes: the source holds no layers; <code>--history FILE</code> takes a saved history."


def image_html(cost: ImageCost) -> str:
    """The whole report as one HTML file that needs no network."""
    page = image_page(cost)
    platform = f", {text(cost.platform)}" if cost.platform else ""
    eyebrow = f"<b>Layerscope</b> image {code(cost.reference, 80)}{platform}"
    sections = [_tiles(cost), _map(cost), _instructions(cost)]
    if cost.wasted_files is not None:  # else a note says that no layers were read
        sections.append(_waste(cost.wasted_files))
    return html_page(eyebrow, page.headline, sections, page.notes, image_document(cost))


def _tiles(cost: ImageCost) -> Section:
    shown = [
        tile("Size", None, known_bytes(cost.size), _base_and_own(cost)),
        tile("To pull", None, known_bytes(cost.compressed_size), f"compressed, in {counted(cost.layers, 'layer')}"),
    ]
    if cost.wasted_bytes is not None and cost.efficiency is not None:
        words = f"written more than once, or deleted later; efficiency {cost.efficiency:.1%}"
        if cost.size:
            words += split_bar(
                [("waste", cost.wasted_bytes)], cost.size, f"{share(cost.wasted_bytes, cost.size)} of all"
            )
        shown.append(tile("Wasted", None, known_bytes(cost.wasted_bytes), words))
    return Section(tiles(shown))


def _base_and_own(cost: ImageCost) -> str:
    if not cost.size or not cost.base_size or cost.own_size is None:
        return ""
    words = f"{human_bytes(cost.base_size)} base, {human_bytes(cost.own_size)} own"
    return split_bar([("base", cost.base_size), ("own", cost.own_size)], cost.size, words)


def _map(cost: ImageCost) -> Section:
    chart = _size_chart(cost)
    return section("What fills the image", chart or f'<p class="missing">{_NO_SIZES}</p>')


def _size_chart(cost: ImageCost) -> Chart | None:
    largest = sorted((row for row in cost.instructions if row.size), key=lambda row: -(row.size or 0))[:_SHOWN_BARS]
    if not largest:
        return None
    drawn = [_size_row(row, cost) for row in cost.instructions if row in largest]
    left_out = sum(not row.empty_layer for row in cost.instructions) - len(drawn)
    title = "Bytes per instruction, oldest first"
    if left_out:
        title += f" ({counted(left_out, 'layer')} without bytes, of unknown size or too small left out)"
    summary = "Bytes of each instruction, the base image apart; the table below holds the figures."
    return bar_chart("chart-sizes", title, summary, drawn, "bytes")


def _size_row(row: InstructionCost, cost: ImageCost) -> BarRow:
    said = row.text or NO_TEXT
    shown = f"{human_bytes(row.size)}, {share(row.size, cost.size)}" if cost.size else human_bytes(row.size)
    hover = f"{chart_text(said, 90)}<br>{shown}"
    return BarRow(chart_text(said, 52), (Bar(BASE if row.base else series_of(row.text), row.size, shown, hover),))


def _instructions(cost: ImageCost) -> Section:
    timed = any(row.cost.seconds is not None for row in cost.instructions)
    counted_files = any(row.files_added is not None and not row.empty_layer for row in cost.instructions)
    lined = any(row.line is not None or row.base for row in cost.instructions)
    headers = [*(["line"] if lined else []), "instruction", "size", "share", "compressed"]
    headers += ["added", "modified", "removed"] if counted_files else []
    headers += ["seconds"] if timed else []
    rows = [_row(row, cost, lined, timed, counted_files) for row in cost.instructions]
    align = "r" * lined + "w" + "r" * (len(headers) - 1 - lined)
    figures = table(headers, align, rows, "Every instruction of the image, oldest first")
    return section("Instruction by instruction", figures, lead="Oldest first.")


def _row(row: InstructionCost, cost: ImageCost, lined: bool, timed: bool, counted_files: bool) -> list[str]:
    line = str(row.line) if row.line is not None else badge("base", "◆", "base") if row.base else ""
    cells = [
        *([line] if lined else []),
        code(row.text or NO_TEXT),
        _amount(known_bytes(row.size), row.empty_layer),
        _amount(share(row.size, cost.size) if row.size is not None else "", row.empty_layer),
        _amount(known_bytes(row.compressed_size), row.empty_layer),
    ]
    if counted_files:
        counts = (row.files_added, row.files_modified, row.files_removed)
        cells += [_amount("" if count is None else str(count), not count) for count in counts]
    if timed:
        cells.append(
            ""
            if row.cost.seconds is None and (row.base or row.empty_layer)
            else about_seconds(row.cost.seconds, row.cost.source)
        )
    return cells


def _amount(shown: str, quiet: bool) -> str:
    return f'<span class="quiet">{shown}</span>' if quiet else shown


def _waste(files: tuple[WastedFile, ...]) -> Section:
    title = "Written more than once, or deleted later"
    if not files:
        return section(title, "<p>No file is wasted.</p>")
    shown = files[:_SHOWN_WASTE]
    rows = [[code(file.path), str(file.count), human_bytes(file.wasted_bytes)] for file in shown]
    lead = ""
    if len(shown) < len(files):
        lead = f"The largest {len(shown)} of {len(files)}."
    return section(title, table(["path", "copies", "wasted"], "wrr", rows, title), lead=lead)
