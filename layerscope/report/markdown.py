"""An answer for a pull request's comment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from layerscope.answer import Column, Rows, Statement
from layerscope.errors import printable
from layerscope.report.cells import cell_text, names_apart, note_lines, sentence_text, short_header, title_text
from layerscope.report.text import text_width
from layerscope.report.units import shortened

# What a renderer takes for markup, GitHub's mentions and references among it.
_MARKUP = re.compile(r"[*`\\<|]|~~|\]\(|(?<![^\W_])_|_(?![^\W_])|@\w|#\d|&[#\w]")
_WORD = re.compile(r"(\s+)")
_AROUND = re.compile(r"([(\[\"']*)(.*?)([.,;:!?)\]\"']*)", re.DOTALL)
_BACKTICKS = re.compile("`+")
_NO_CODE = re.compile(r"<|\\\||\]\(")  # what does not stand in a code span as it is everywhere


def render_markdown(said: Statement) -> str:
    """The answer first, then sentences, tables and notes."""
    blocks = [f"**{inert(sentence_text(said.headline))}**"]
    blocks += [inert(sentence_text(paragraph)) for paragraph in said.paragraphs]
    blocks += map(_table, said.tables)
    if said.notes:
        blocks.append("\n".join(f"- {inert(note)}" for note in note_lines(said.notes)))
    return "\n\n".join(blocks) + "\n"


def inert(sentence: str, *, in_cell: bool = False) -> str:
    """A sentence that opens no cell, no tag and no link, and loads no picture: what is written stays what is read."""
    pieces = names_apart(printable(sentence))
    return "".join(code(piece, in_cell) if is_name else _words(piece, in_cell) for piece, is_name in pieces)


def name(text: str, in_cell: bool) -> str:
    """A name of the input: as it is, or as code where a renderer would take a part of it for markup."""
    text = printable(text)
    return code(text, in_cell) if _MARKUP.search(text) else text


def code(text: str, in_cell: bool) -> str:
    """A name in a code span, in which nothing is markup but, in a table, the bar that ends a cell."""
    if _NO_CODE.search(text) or not text.strip():
        return _escaped(text)
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(text)), default=0))
    blank = " " if len(fence) > 1 else ""
    return fence + blank + (text.replace("|", "\\|") if in_cell else text) + blank + fence


def _words(text: str, in_cell: bool) -> str:
    """Words of ours with names among them that are not set apart: those that hold markup are."""
    return "".join(_word(word, in_cell) if _MARKUP.search(word) else word for word in _WORD.split(text))


def _word(word: str, in_cell: bool) -> str:
    found = _AROUND.fullmatch(word)
    before, inside, after = found.groups() if found is not None else ("", word, "")
    if not inside:
        return _escaped(word)
    return _escaped(before) + name(inside, in_cell) + _escaped(after)


def _escaped(text: str) -> str:
    """The same signs, none of them markup."""
    text = re.sub(r"&(?=[#\w])", "&amp;", text).replace("<", "&lt;")
    return re.sub(r"[\\`*_~|\[\]]", r"\\\g<0>", text).replace("](", "]\\(")


def _table(rows: Rows) -> str:
    title = inert(title_text(rows))
    return (f"### {title}\n\n" if title else "") + _grid(rows)


def _grid(rows: Rows) -> str:
    columns = rows.in_a_table
    lines = [[inert(short_header(column), in_cell=True) for column in columns]]
    lines += [[_cell(column, item) for column in columns] for item in rows.first_items]
    widths = [max(3, *map(text_width, column)) for column in zip(*lines, strict=True)]
    rights = [column.right for column in columns]
    ruled = list(zip(widths, rights, strict=True))
    rules = ["-" * (width - 1) + ":" if right else "-" * width for width, right in ruled]
    padded = [[_padded(text, *rule) for text, rule in zip(line, ruled, strict=True)] for line in lines]
    return "\n".join(map(_line, (padded[0], rules, *padded[1:])))


def _cell(column: Column, item: Any) -> str:
    cell = column.cell_of(item)
    if column.is_name and isinstance(cell, tuple):
        first = len(cell) if column.first is None else column.first
        more = f" and {len(cell) - first} more" if len(cell) > first else ""
        shown = ", ".join(name(_short(each, column), in_cell=True) for each in cell[:first]) + more
    else:
        shown = _short(cell_text(cell, column.first), column)
        shown = name(shown, in_cell=True) if column.is_name else inert(shown, in_cell=True)
    return shown if column.tail is None else shown + inert(sentence_text(column.tail(item)), in_cell=True)


def _short(text: str, column: Column) -> str:
    return text if column.most is None else shortened(text, column.most)


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - text_width(text))
    return space + text if right else text + space
