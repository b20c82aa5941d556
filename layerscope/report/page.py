"""One declared report, rendered as a terminal table or as markdown, so that the two cannot disagree."""

from __future__ import annotations

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
        blocks.append(title + _grid(table, "plain", colour))
    if page.notes:
        blocks.append("\n".join(_styled(printable(note), "dim", colour) for note in page.notes))
    return "\n\n".join(blocks) + "\n"


def render_markdown(page: Page) -> str:
    """For a pull request's comment."""
    blocks = [f"**{_escaped(printable(page.headline))}**", *(_escaped(printable(p)) for p in page.paragraphs)]
    for table in page.tables:
        title = f"### {table.title}\n\n" if table.title else ""
        blocks.append(title + _grid(table, "github", False))
    if page.notes:
        blocks.append("\n".join(f"- {_escaped(printable(note))}" for note in page.notes))
    return "\n\n".join(blocks) + "\n"


def _grid(table: Table, form: str, colour: bool) -> str:
    from tabulate import tabulate

    def shown(cell: str | Cell) -> str:
        if isinstance(cell, str):
            cell = Cell(cell)
        text = printable(cell.text)
        return _styled(text, cell.style, colour) if form == "plain" else _escaped(text)

    rows = [[shown(cell) for cell in row] for row in table.rows]
    headers = [_styled(header, "dim", colour) for header in table.headers]
    align = ["right" if letter == "r" else "left" for letter in table.align]
    text = tabulate(rows, headers, tablefmt=form, colalign=align if rows else None, disable_numparse=True)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _styled(text: str, style: str, colour: bool) -> str:
    return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if colour and style and text else text
