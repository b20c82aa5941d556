"""`image` as a page and as the machine interface's document."""

from __future__ import annotations

from layerscope.analysis.image_cost import ImageCost, InstructionCost
from layerscope.report.assumptions import assumption_notes
from layerscope.report.json_document import Document, assumption_rows, document
from layerscope.report.page import Cell, Page, Table
from layerscope.report.units import UNKNOWN, counted, human_bytes, human_seconds, share, shortened

_SHOWN_WASTE = 10


def image_document(cost: ImageCost) -> Document:
    wasted = cost.wasted_files
    return document(
        "image",
        reference=cost.reference,
        platform=cost.platform,
        assumptions=assumption_rows(cost.assumptions),
        digest=cost.digest,
        config_digest=cost.config_digest,
        size=cost.size,
        size_source=cost.size_source,
        compressed_size=cost.compressed_size,
        layers=cost.layers,
        instructions=[_row_document(row) for row in cost.instructions],
        efficiency=cost.efficiency,
        wasted_bytes=cost.wasted_bytes,
        wasted_files=None
        if wasted is None
        else [{"path": w.path, "count": w.count, "wasted_bytes": w.wasted_bytes} for w in wasted],
    )


def _row_document(row: InstructionCost) -> Document:
    return {
        "index": row.index,
        "instruction": row.instruction,
        "created_by": row.created_by,
        "created": row.created,
        "line": row.line,
        "empty_layer": row.empty_layer,
        "layer_digest": row.layer_digest,
        "diff_id": row.diff_id,
        "base": row.base,
        "size": row.size,
        "compressed_size": row.compressed_size,
        "files_added": row.files_added,
        "files_modified": row.files_modified,
        "files_removed": row.files_removed,
        "cost_seconds": row.cost.seconds,
        "cost_source": row.cost.source,
    }


def image_page(cost: ImageCost) -> Page:
    return Page(_headline(cost), tuple(_tables(cost)), tuple(_notes(cost)))


def _headline(cost: ImageCost) -> str:
    size = human_bytes(cost.size) if cost.size is not None else "of unknown size"
    text = f"{cost.reference}: {size}"
    if cost.compressed_size is not None:
        text += f", {human_bytes(cost.compressed_size)} compressed"
    text += f" in {counted(cost.layers, 'layer')}"
    if cost.base_size and cost.own_size is not None:
        text += f"; {human_bytes(cost.base_size)} of it from the base"
    if cost.wasted_bytes is not None and cost.efficiency is not None:
        text += f"; {human_bytes(cost.wasted_bytes)} wasted (efficiency {cost.efficiency:.1%})"
    return text + "."


def _tables(cost: ImageCost) -> list[Table]:
    has = {
        "line": any(row.line is not None for row in cost.instructions),
        "files": any(row.files_added is not None and not row.empty_layer for row in cost.instructions),
        "seconds": any(row.cost.seconds is not None for row in cost.instructions),
    }
    headers = (
        *(("line",) if has["line"] else ()),
        *("size", "share", "compressed"),
        *(("added", "modified", "removed") if has["files"] else ()),
        *(("seconds",) if has["seconds"] else ()),
        "instruction",
    )
    rows = tuple(_row(row, cost, has) for row in cost.instructions)
    tables = [Table(headers, "r" * (len(headers) - 1) + "l", rows)]
    if cost.wasted_files:
        shown = cost.wasted_files[:_SHOWN_WASTE]
        wasted = tuple((human_bytes(w.wasted_bytes), str(w.count), shortened(w.path, 70)) for w in shown)
        title = "Written more than once, or deleted later"
        if len(cost.wasted_files) > len(shown):
            title += f" (the largest {len(shown)} of {len(cost.wasted_files)})"
        tables.append(Table(("wasted", "copies", "path"), "rrl", wasted, title))
    return tables


def _row(row: InstructionCost, cost: ImageCost, has: dict[str, bool]) -> tuple[str | Cell, ...]:
    cells: list[str | Cell] = []
    if has["line"]:
        cells.append(str(row.line) if row.line is not None else ("base" if row.base else UNKNOWN))
    cells += [human_bytes(row.size), share(row.size, cost.size), human_bytes(row.compressed_size)]
    if has["files"]:
        cells += [_count(row.files_added), _count(row.files_modified), _count(row.files_removed)]
    if has["seconds"]:
        cells.append(human_seconds(row.cost.seconds))
    text = shortened(row.text, 68) or "(no instruction recorded)"
    return (*cells, Cell(text, "dim" if row.base or row.empty_layer else ""))


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else str(number)


def _notes(cost: ImageCost) -> list[str]:
    notes = assumption_notes(cost.assumptions)
    if cost.size is None:
        notes.append("Sizes are unknown: no layers were read; --files fetches a registry's, --history FILE tells them.")
    elif cost.size_source == "history_rounded":
        notes.append("Sizes are the three digits that `docker history` printed; --human=false there gives bytes.")
    if cost.efficiency is None:
        notes.append("Files, waste and efficiency are unknown: no layers were read.")
    return notes
