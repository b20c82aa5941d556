"""The formats that every answer is shown in: a new one is a renderer of statements, and its line here."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx

    from layerscope.analysis.answers.context_use import ContextUse
    from layerscope.answer import Answer, Statement

    Renderer = Callable[[Statement, bool], str]  # of a statement, and whether colours are seen


class Format(str, Enum):
    """How to print an answer."""

    table = "table"
    json = "json"
    markdown = "markdown"


class GraphFormat(str, Enum):
    """How to export a graph."""

    json = "json"
    dot = "dot"
    mermaid = "mermaid"
    graphml = "graphml"
    html = "html"


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


def export(graph: networkx.DiGraph[str], output: str) -> str:
    """A graph for another tool.

    Args:
        graph: of `graph` or `build_graph`.
        output: `json` (node-link), `dot`, `mermaid`, `graphml`, or `html` for a page with a drawing.

    Returns:
        The text of a file.

    Raises:
        ValueError: there is no such format.
    """
    from layerscope.report import graph_exports

    match GraphFormat(output):
        case GraphFormat.json:
            from layerscope.report.json import dumps

            return dumps(graph_exports.graph_document(graph))
        case GraphFormat.dot:
            return graph_exports.graph_dot(graph)
        case GraphFormat.mermaid:
            return graph_exports.graph_mermaid(graph)
        case GraphFormat.graphml:
            return graph_exports.graph_graphml(graph)
        case GraphFormat.html:
            from layerscope.report.html.graph import graph_html

            return graph_html(graph)


def prerequisites(use: ContextUse) -> str:
    """What an image depends on, as a rule for make.

    Args:
        use: of `context`.

    Returns:
        One rule: the files that the build's steps read, and those that describe it.
    """
    from layerscope.report.prerequisites import prerequisites as rule

    return rule(use)
