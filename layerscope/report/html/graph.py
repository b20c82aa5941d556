"""The layer graph as a page: files at the left, one column a stage, layers at the right; drawn as plain SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from layerscope.graph.network import EdgeKind, NodeKind
from layerscope.graph.outcomes import Outcome
from layerscope.report.graph_exports import graph_document
from layerscope.report.html.outcomes import member_badge
from layerscope.report.html.page import Section, html_page, section, table
from layerscope.report.html.text import code, text, visible
from layerscope.report.outcomes import OUTCOMES, Look
from layerscope.report.units import UNKNOWN, counted, human_bytes, shortened

if TYPE_CHECKING:
    import networkx

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 260, 40, 110, 16
_MOST_FILES = 60  # a larger context is told in the table; a drawing of it tells nothing

_ARROW = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 L8 4 L0 8 z" fill="var(--grey)"/></marker></defs>'
)

Point = tuple[int, int]


def graph_html(graph: networkx.DiGraph[str]) -> str:
    """One page with the drawing, a table of all nodes, and the node-link document for copying."""
    kinds = Counter(NodeKind(data["kind"]) for _, data in graph.nodes(data=True))
    said = ", ".join(counted(kinds[kind], kind.value) for kind in NodeKind if kinds[kind])
    notes = []
    if kinds[NodeKind.FILE] > _MOST_FILES:
        notes.append(f"Only the first {_MOST_FILES} files are drawn; the table and the document below have them all.")
    sections = [_drawing(graph), _nodes(graph)]
    headline = f"{said} and what depends on what."
    return html_page("<b>Layerscope</b> graph", headline, sections, notes, graph_document(graph))


def _drawing(graph: networkx.DiGraph[str]) -> Section:
    places = _places(graph)
    width = max((x for x, _ in places.values()), default=0) + _WIDTH + 8
    height = max((y for _, y in places.values()), default=0) + _HEIGHT + 8
    edges = [
        _edge(places[a], places[b], EdgeKind(data["kind"]))
        for a, b, data in graph.edges(data=True)
        if {a, b} <= places.keys()
    ]
    boxes = [_box(place, graph.nodes[node]) for node, place in places.items()]
    drawing = (
        f'<div class="scroll" role="region" aria-label="Drawing of the layer graph" tabindex="0">\n'
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="Layer graph" style="font: 12px ui-monospace, monospace">\n{_ARROW}\n'
        + "\n".join([*edges, *boxes])
        + "\n</svg>\n</div>"
    )
    return section("What depends on what", drawing, lead="Arrows run from what is used to what uses it.")


def _places(graph: networkx.DiGraph[str]) -> dict[str, Point]:
    """Where each node stands: a column per kind, a column per stage for the steps, in build order."""
    columns: dict[str, list[str]] = {"": []}
    layers: list[str] = []
    for node, data in graph.nodes(data=True):
        kind = NodeKind(data["kind"])
        if kind is NodeKind.FILE:
            if len(columns[""]) < _MOST_FILES:
                columns[""].append(node)
        elif kind is NodeKind.LAYER:
            layers.append(node)
        else:
            columns.setdefault(f"stage {data['stage']}", []).append(node)
    shown = [*filter(None, [columns.pop("")]), *columns.values(), *filter(None, [layers])]
    return {
        node: (4 + at * (_WIDTH + _GAP_X), 4 + row * (_HEIGHT + _GAP_Y))
        for at, column in enumerate(shown)
        for row, node in enumerate(column)
    }


def _box(place: Point, data: Mapping[str, Any]) -> str:
    x, y = place
    kind = NodeKind(data["kind"])
    look = _look(data)
    colour = look.hue if look is not None else None
    stroke = f"var(--{colour})" if colour else "var(--rule)"
    fill = f"var(--{colour}-wash)" if colour else "var(--raised)"
    name = visible(" ".join(str(data["name"]).split()))
    if kind is NodeKind.LAYER:
        name = name.removeprefix("sha256:")[:12]
    below = [look.word] if look is not None else []
    below += [f"line {data['line']}"] if data["line"] is not None else []
    below += [human_bytes(data["size"])] if data["size"] is not None else []
    radius = 18 if kind is NodeKind.FILE else 5
    return (
        f"<g><title>{escape(name)}</title>"
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="{radius}" fill="{fill}" stroke="{stroke}"/>'
        f'<text x="{x + 12}" y="{y + 17}" fill="var(--ink)">{escape(shortened(name, 33))}</text>'
        f'<text x="{x + 12}" y="{y + 32}" fill="var(--quiet)">{escape(", ".join(below) or kind.value)}</text></g>'
    )


def _edge(start: Point, end: Point, kind: EdgeKind) -> str:
    dash = "" if kind.is_chain else ' stroke-dasharray="4 4"'
    if start[0] == end[0]:
        x = start[0] + _WIDTH // 2
        path = f"M{x} {start[1] + _HEIGHT} L{x} {end[1]}"
        if end[1] - start[1] > _HEIGHT + _GAP_Y:  # past other boxes: around them
            side = start[0] + _WIDTH
            path = (
                f"M{side} {start[1] + 20} C{side + 40} {start[1] + 20} {side + 40} {end[1] + 20} {side} {end[1] + 20}"
            )
    else:
        x1, x2 = (start[0] + _WIDTH, end[0]) if end[0] > start[0] else (start[0], end[0] + _WIDTH)
        middle = (x1 + x2) // 2
        y1, y2 = start[1] + _HEIGHT // 2, end[1] + _HEIGHT // 2
        path = f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"
    look = f'fill="none" stroke="var(--grey)" marker-end="url(#head)"{dash}'
    return f'<path d="{path}" {look}><title>{kind.value}</title></path>'


def _nodes(graph: networkx.DiGraph[str]) -> Section:
    rows = [
        [
            data["kind"],
            member_badge(Outcome(data["outcome"])) if data["outcome"] else "",
            text(str(data["line"])) if data["line"] is not None else "",
            human_bytes(data["size"]) if data["size"] is not None else UNKNOWN,
            str(graph.in_degree(node)),
            str(graph.out_degree(node)),
            code(str(data["name"])),
        ]
        for node, data in graph.nodes(data=True)
    ]
    headers = ["kind", "outcome", "line", "size", "uses", "used by", "name"]
    return section("All nodes", table(headers, "llrrrrn", rows, "Nodes of the layer graph"))


def _look(data: Mapping[str, Any]) -> Look | None:
    return OUTCOMES[Outcome(data["outcome"])] if data["outcome"] else None
