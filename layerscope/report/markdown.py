"""An answer for a pull request's comment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from layerscope.answer import Rows, Statement
from layerscope.errors import printable
from layerscope.report.cells import note_lines, sentence_text, short_header, short_text, title_text
from layerscope.report.text import text_width

_BAR = re.compile(r"(\\*)\|")


def render_markdown(said: Statement) -> str:
    """The answer first, then sentences, tables and notes."""
    blocks = [f"**{inert(sentence_text(said.headline))}**"]
    blocks += [inert(sentence_text(paragraph)) for paragraph in said.paragraphs]
    blocks += map(_table, said.tables)
    if said.notes:
        blocks.append("\n".join(f"- {inert(note)}" for note in note_lines(said.notes)))
    return "\n\n".join(blocks) + "\n"


def inert(text: str) -> str:
    """Words that open no cell, no tag and no link, and load no picture: what is written stays what is read."""
    # A backslash before a bar would otherwise escape our own one.
    barred = _BAR.sub(lambda found: 2 * found[1] + "\\|", printable(text))
    return barred.replace("<", "&lt;").replace("](", "]\\(")


def _table(rows: Rows) -> str:
    title = inert(title_text(rows))
    return (f"### {title}\n\n" if title else "") + _grid(rows)


def _grid(rows: Rows) -> str:
    columns = rows.in_a_table
    lines = [[inert(short_header(column)) for column in columns]]
    lines += [
        [inert(short_text(column, item, column.cell_of(item))) for column in columns] for item in rows.first_items
    ]
    widths = [max(3, *map(text_width, column)) for column in zip(*lines, strict=True)]
    rights = [column.right for column in columns]
    ruled = list(zip(widths, rights, strict=True))
    rules = ["-" * (width - 1) + ":" if right else "-" * width for width, right in ruled]
    padded = [[_padded(text, *rule) for text, rule in zip(line, ruled, strict=True)] for line in lines]
    return "\n".join(map(_line, (padded[0], rules, *padded[1:])))


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - text_width(text))
    return space + text if right else text + space
