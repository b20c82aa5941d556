"""Cells on a page: the words of a terminal, whole; names in fixed pitch, members of closed sets as badges."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from layerscope.answer import Column, Rows, Sentence, Tone
from layerscope.figures import Figure
from layerscope.report.cells import cell_text, sentence_text, tone_of
from layerscope.report.html.figures import UNKNOWN_WORD
from layerscope.report.html.outcomes import member_badge
from layerscope.report.html.page import table
from layerscope.report.html.text import code, quoted, text

_CLASSES = {Tone.GOOD: "good", Tone.BAD: "bad", Tone.OPEN: "open", Tone.QUIET: "quiet", Tone.STRONG: "strong"}


def rows_table(rows: Rows) -> str:
    """A terminal's items in one table; those that it leaves out are folded below it."""
    title = heading_of(rows)
    columns = rows.on_a_page
    headers = [text(column.header or "") for column in columns]
    names = next((column for column in columns if column.is_name), None)
    detailed = columns[-1] if names is None else names
    align = "".join(
        "n" if column is names else "r" if column.right else "w" if column.is_name else "l" for column in columns
    )

    def part(items: Sequence[Any], caption: str) -> str:
        cells = [[_cell(column, item, rows if column is detailed else None) for column in columns] for item in items]
        return table(headers, align, cells, caption)

    shown, folded = part(rows.first_items, title), rows.folded_items
    if not folded:
        return shown
    left_out = len(rows.other_items)
    number = f"{len(folded)} more" if len(folded) == left_out else f"{len(folded)} of {left_out} more"
    return f"{shown}\n<details><summary>{number}</summary>\n{part(folded, f'{title}: the others')}\n</details>"


def heading_of(rows: Rows) -> str:
    """What stands above a table where each has a heading."""
    return sentence_text(rows.title) + rows.title_end or rows.heading or rows.name.capitalize()


def _cell(column: Column, item: Any, detailed: Rows | None) -> str:
    cell = column.cell_of(item)
    shown = _shown(column, cell)
    tone = Tone.PLAIN if isinstance(cell, Enum) else tone_of(column, item, cell)
    if shown and tone is not Tone.PLAIN:
        shown = f'<span class="{_CLASSES[tone]}">{shown}</span>'
    if column.tail is not None:
        shown += text(sentence_text(column.tail(item)))
    detail = detailed.detail(item) if detailed is not None and detailed.detail is not None else ""
    return shown + (f'<p class="why">{quoted(detail)}</p>' if detail else "")


def _shown(column: Column, cell: Any) -> str:
    if isinstance(cell, Enum):
        return member_badge(cell)
    if cell is None or (isinstance(cell, Figure) and cell.value is None and not cell.is_at_least):
        return UNKNOWN_WORD
    if isinstance(cell, tuple):
        return ", ".join(code(str(name)) if column.is_name else text(str(name)) for name in cell)
    if isinstance(cell, Sentence):
        return text(cell_text(cell))
    shown = cell_text(cell)
    return code(shown) if column.is_name and shown else text(shown)
