"""Cells and sentences in words, the same for terminals, markdown and pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from layerscope.answer import Assumption, Cell, Column, Name, Part, Past, Rows, Sentence, Tone, Words, set_apart
from layerscope.figures import Figure
from layerscope.report.outcomes import look_of
from layerscope.report.units import UNKNOWN, figure_cell, figure_words, shortened


def sentence_text(words: Words) -> str:
    """A sentence, its figures and members put into words."""
    if isinstance(words, str):
        return words
    return "".join(_part(part, figure_words(part) if isinstance(part, Figure) else "") for part in words.parts)


def names_apart(sentence: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a sentence in order, and whether each is a name that stands between backticks."""
    end = 0
    for found in _NAME.finditer(sentence):
        if found.start() > end:
            yield sentence[end : found.start()], False
        yield found[2][1:-1] if len(found[1]) > 1 else found[2], True
        end = found.end()
    if end < len(sentence):
        yield sentence[end:], False


_NAME = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)  # as `set_apart` writes them


def cell_text(cell: Cell, first: int | None = None) -> str:
    """What stands in a table. first: how many names of a list, None for all."""
    if isinstance(cell, Enum):  # before strings: the words of some sets are their members' values
        return look_of(cell).word
    if isinstance(cell, str):
        return cell
    if cell is None:
        return UNKNOWN
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Figure):
        return figure_cell(cell)
    if isinstance(cell, Past):
        return look_of(cell.member).past
    if isinstance(cell, Sentence):
        return "".join(_part(part, figure_cell(part) if isinstance(part, Figure) else "") for part in cell.parts)
    if isinstance(cell, tuple):
        return _names(cell, len(cell) if first is None else first)
    return str(cell)


def short_text(column: Column, item: Any, cell: Cell) -> str:
    """An item's cell where room is short."""
    text = cell_text(cell, column.first)
    if column.most is not None:
        text = shortened(text, column.most)
    return text if column.tail is None else text + sentence_text(column.tail(item))


def short_header(column: Column) -> str:
    """The head of a column where room is short; some are names of the input themselves."""
    header = column.header or ""
    return header if column.most is None else shortened(header, column.most)


def tone_of(column: Column, item: Any, cell: Cell) -> Tone:
    """How a cell is meant: as its column says, else as the member of a closed set in it is."""
    if column.tone is not None:
        return column.tone(item)
    if isinstance(cell, Enum):
        return look_of(cell).tone
    if isinstance(cell, Sentence):
        return next((look_of(part).tone for part in cell.parts if isinstance(part, Enum)), Tone.PLAIN)
    return Tone.PLAIN


def title_text(rows: Rows) -> str:
    """A table's title where room is short: with how many of its items are shown."""
    title = sentence_text(rows.title)
    if rows.cut is not None and rows.cut.words and len(rows.items) > rows.cut.most:
        title += f" ({rows.cut.words.format(rows.cut.most, len(rows.items))})"
    return title + rows.title_end


def note_lines(notes: Iterable[Words | Assumption]) -> list[str]:
    """A line for each note; what is taken for granted of one subject is told in one, where the first of it stands."""
    lines: dict[tuple[bool, str], list[str]] = {}
    for note in notes:
        if isinstance(note, Assumption):
            lines.setdefault((True, note.subject), []).append(note.text)
        else:
            lines[False, sentence_text(note)] = []
    return [
        f"Taken for granted: {text}: {'. Also, '.join(said)}." if is_assumed else text
        for (is_assumed, text), said in lines.items()
    ]


def _part(part: Part, figure: str) -> str:
    if isinstance(part, Figure):
        return figure
    if isinstance(part, Name):
        return set_apart(shortened(part.text, part.most))
    return look_of(part).word if isinstance(part, Enum) else part


def _names(names: tuple[str, ...], first: int) -> str:
    more = f" and {len(names) - first} more" if len(names) > first else ""
    return ", ".join(names[:first]) + more
