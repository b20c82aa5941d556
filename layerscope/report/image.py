"""`image` as a page and as the machine interface's document."""

from __future__ import annotations

from layerscope.analysis.image_cost import ImageCost, InstructionCost
from layerscope.figures import Source
from layerscope.report.assumptions import assumption_notes
from layerscope.report.image_contents import (
    contents_document,
    contents_tables,
    duplicates_document,
    duplicates_table,
)
from layerscope.report.json_document import Document, assumption_rows, document
from layerscope.report.page import Cell, Page, Table
from layerscope.report.units import ESTIMATED, UNKNOWN, counted, human_bytes, marked_seconds, share, shortened

_SHOWN_WASTE = 10
_LAYER_LIMIT = 127
_MANY_LAYERS = 110  # what is built on top needs layers, too


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
        lines_from=cost.lines_from,
        instructions=[_row_document(row, cost.contents is not None) for row in cost.instructions],
        efficiency=cost.efficiency,
        wasted_bytes=cost.wasted_bytes,
        wasted_files=None
        if wasted is None
        else [{"path": w.path, "count": w.count, "wasted_bytes": w.wasted_bytes} for w in wasted],
        **(contents_document(cost.contents) if cost.contents is not None else {}),
        **({"duplicates": duplicates_document(cost.duplicates)} if cost.duplicates is not None else {}),
    )


def _row_document(row: InstructionCost, with_hidden: bool) -> Document:
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
        **({"hidden_size": row.hidden_size} if with_hidden else {}),
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
        "hidden": any(row.hidden_size for row in cost.instructions),
        "seconds": any(row.cost.seconds is not None for row in cost.instructions),
    }
    headers = (
        *(("line",) if has["line"] else ()),
        *("size", "share", "compressed"),
        *(("added", "modified", "removed") if has["files"] else ()),
        *(("hidden later",) if has["hidden"] else ()),
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
    if cost.contents is not None:
        tables += contents_tables(cost.contents)
    if cost.duplicates:
        tables.append(duplicates_table(cost.duplicates))
    return tables


def _row(row: InstructionCost, cost: ImageCost, has: dict[str, bool]) -> tuple[str | Cell, ...]:
    cells: list[str | Cell] = []
    if has["line"]:
        cells.append(str(row.line) if row.line is not None else ("base" if row.base else UNKNOWN))
    cells += [human_bytes(row.size), share(row.size, cost.size), human_bytes(row.compressed_size)]
    if has["files"]:
        cells += [_count(row.files_added), _count(row.files_modified), _count(row.files_removed)]
    if has["hidden"]:
        cells.append(human_bytes(row.hidden_size) if row.hidden_size != 0 else "")
    if has["seconds"]:
        cells.append(marked_seconds(row.cost.seconds, row.cost.source))
    text = shortened(row.text, 68) or "(no instruction recorded)"
    return (*cells, Cell(text, "dim" if row.base or row.empty_layer else ""))


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else str(number)


def _notes(cost: ImageCost) -> list[str]:
    notes = assumption_notes(cost.assumptions)
    if any(row.cost.source == Source.ESTIMATED for row in cost.instructions):
        notes.append(ESTIMATED)
    if cost.lines_from == "provenance":
        notes.append("Lines are exact: the builder noted them in the provenance attached to the image.")
    elif cost.lines_exact:
        notes.append("Lines are tied by the order and words of the history: each instruction found its entry.")
    if cost.layers >= _MANY_LAYERS:
        notes.append(
            f"{cost.layers} layers: an engine that stacks them by overlayfs takes at most {_LAYER_LIMIT}. "
            "Join RUN instructions, or copy what is built into a fresh stage."
        )
    if cost.duplicates == ():
        notes.append("No content lies under two paths.")
    if cost.size is None:
        notes.append("Sizes are unknown: no layers were read; --files fetches a registry's, --history FILE tells them.")
    elif cost.size_source == "history_rounded":
        notes.append("Sizes are the three digits that `docker history` printed; --human=false there gives bytes.")
    if cost.efficiency is None:
        notes.append("Files, waste and efficiency are unknown: no layers were read.")
    return notes
