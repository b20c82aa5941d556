"""The formats that every answer is shown in: a new one is a renderer of statements, and its line here."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerscope.answer import Answer, Statement

    Renderer = Callable[[Statement, bool], str]  # of a statement, and whether colours are seen


class Format(str, Enum):
    """How to print an answer."""

    table = "table"
    json = "json"
    markdown = "markdown"


# Each imports what it needs when it is asked: a document needs no tables, a table no JSON.
def _table(said: Statement, colour: bool) -> str:
    from layerscope.report.text import render_text

    return render_text(said, colour=colour)


def _json(said: Statement, _colour: bool) -> str:
    from layerscope.report.json import render_json

    return render_json(said)


def _markdown(said: Statement, _colour: bool) -> str:
    from layerscope.report.markdown import render_markdown

    return render_markdown(said)


RENDERERS: dict[str, Renderer] = {
    Format.table: _table,
    Format.json: _json,
    Format.markdown: _markdown,
}


def render(answer: Answer, output: str, *, colour: bool = False) -> str:
    """An answer in one of the formats. colour: whether it goes to a terminal that shows colours."""
    return RENDERERS[output](answer.statement(), colour)


def headline(answer: Answer) -> str:
    """The sentence that answers, on one line."""
    from layerscope.errors import printable
    from layerscope.report.cells import sentence_text

    return printable(sentence_text(answer.statement().headline))


def page(answer: Answer) -> str:
    """An answer as one self-contained HTML file that needs no network."""
    from layerscope.report.html.answer import answer_page

    return answer_page(answer)


def cell(answer: Answer) -> str:
    """What a notebook shows below a cell: no pictures, no scripts."""
    from layerscope.report.html.answer import answer_cell

    return answer_cell(answer)
