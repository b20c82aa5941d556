"""One declared report, rendered as a terminal table or as markdown, so that the two cannot disagree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from layerscope.errors import printable
from layerscope.values import Value

Style = Literal["", "good", "bad", "open", "dim", "strong"]
_COLOURS: dict[str, str] = {"good": "32", "bad": "31", "open": "33", "dim": "2", "strong": "1"}


class Cell(Value):
    text: str
    style: Style = ""


class Table(Value):
    """Aligned rows. align: one letter per column, `l` or `r`."""

    headers: tuple[str, ...]
    align: str
    rows: tuple[tuple[str | Cell, ...], ...]
    title: str = ""


class Page(Value):
    """The answer first, then sentences, tables, and notes (what is taken for granted, what to do next)."""

    headline: str
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()


def render_text(page: Page, *, colour: bool = False) -> str:
    """For a terminal or a log; `colour` only where the stream is a terminal."""
    blocks = [_styled(printable(page.headline), "strong", colour), *map(printable, page.paragraphs)]
    for table in page.tables:
        title = f"{_styled(table.title, 'strong', colour)}\n" if table.title else ""
        blocks.append(title + _grid(table, colour))
    if page.notes:
        blocks.append("\n".join(_styled(printable(note), "dim", colour) for note in page.notes))
    return "\n\n".join(blocks) + "\n"


def render_markdown(page: Page) -> str:
    """For a pull request's comment."""
    blocks = [f"**{_escaped(printable(page.headline))}**", *(_escaped(printable(p)) for p in page.paragraphs)]
    for table in page.tables:
        title = f"### {table.title}\n\n" if table.title else ""
        blocks.append(title + _markdown_grid(table))
    if page.notes:
        blocks.append("\n".join(f"- {_escaped(printable(note))}" for note in page.notes))
    return "\n\n".join(blocks) + "\n"


def _grid(table: Table, colour: bool) -> str:
    def line(cells: list[Cell]) -> str:
        columns = zip(cells, widths, table.align, strict=True)
        return "  ".join(_padded(cell.text, width, letter, cell.style, colour) for cell, width, letter in columns)

    rows = [[Cell(header, "dim") for header in table.headers], *_cells(table)]
    widths = [max(map(_width, column)) for column in zip(*([c.text for c in row] for row in rows), strict=True)]
    return "\n".join(line(row).rstrip() for row in rows)


def _markdown_grid(table: Table) -> str:
    def line(texts: Iterable[str]) -> str:
        return f"| {' | '.join(texts)} |"

    rows = [list(table.headers), *([_escaped(cell.text) for cell in row] for row in _cells(table))]
    widths = [max(3, *map(_width, column)) for column in zip(*rows, strict=True)]
    rules = [
        "-" * (width - 1) + ":" if letter == "r" else "-" * width
        for width, letter in zip(widths, table.align, strict=True)
    ]
    columns = list(zip(widths, table.align, strict=True))
    padded = [[_padded(text, *column) for text, column in zip(row, columns, strict=True)] for row in rows]
    return "\n".join(map(line, (padded[0], rules, *padded[1:])))


def _cells(table: Table) -> list[list[Cell]]:
    def cell(given: str | Cell) -> Cell:
        return Cell(printable(given)) if isinstance(given, str) else Cell(printable(given.text), given.style)

    return [[cell(given) for given in row] for row in table.rows]


def _padded(text: str, width: int, letter: str, style: str = "", colour: bool = False) -> str:
    space = " " * (width - _width(text))
    shown = _styled(text, style, colour)
    return space + shown if letter == "r" else shown + space


def _width(text: str) -> int:
    """Columns of a terminal: wide letters take two, marks on the letter before them none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _styled(text: str, style: str, colour: bool) -> str:
    return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if colour and style and text else text
