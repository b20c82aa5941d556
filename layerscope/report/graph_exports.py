"""The layer graph for other tools: node-link JSON, Graphviz, Mermaid, GraphML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layerscope.answer import SCHEMA_VERSION, Document
from layerscope.errors import printable
from layerscope.graph.network import EdgeKind, NodeKind
from layerscope.report.outcomes import OUTCOMES
from layerscope.report.units import human_bytes, shortened

if TYPE_CHECKING:
    import networkx

_SHAPES = {NodeKind.STEP: "box", NodeKind.FILE: "note", NodeKind.LAYER: "cylinder"}
_BRACKETS = {NodeKind.STEP: ("[", "]"), NodeKind.FILE: ("([", "])"), NodeKind.LAYER: ("[(", ")]")}
_FILLS = {outcome.value: look.fill for outcome, look in OUTCOMES.items()}


def graph_document(graph: networkx.DiGraph[str]) -> Document:
    import networkx

    return {"schema_version": SCHEMA_VERSION, "command": "graph", **networkx.node_link_data(graph, edges="edges")}


def graph_dot(graph: networkx.DiGraph[str]) -> str:
    """Graphviz: `dot -Tsvg`."""
    ids = {node: f"n{number}" for number, node in enumerate(graph)}
    lines = ["digraph layers {", "  rankdir=LR;", '  node [fontname="sans-serif", fontsize=10, style=filled];']
    for node, data in graph.nodes(data=True):
        fill = _FILLS.get(str(data["outcome"]), "#f4f4f4")
        label = _quoted(_label(data))
        lines.append(f'  {ids[node]} [label={label}, shape={_SHAPES[NodeKind(data["kind"])]}, fillcolor="{fill}"];')
    for source, target, data in graph.edges(data=True):
        style = "" if EdgeKind(data["kind"]).is_chain else ", style=dashed"
        lines.append(f"  {ids[source]} -> {ids[target]} [label={_quoted(data['kind'])}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def graph_mermaid(graph: networkx.DiGraph[str]) -> str:
    """Mermaid, as markdown renderers draw it."""
    ids = {node: f"n{number}" for number, node in enumerate(graph)}
    lines = ["flowchart LR"]
    for node, data in graph.nodes(data=True):
        opening, closing = _BRACKETS[NodeKind(data["kind"])]
        lines.append(f'  {ids[node]}{opening}"{_entities(_label(data))}"{closing}')
    for source, target, data in graph.edges(data=True):
        arrow = "-->" if EdgeKind(data["kind"]).is_chain else "-.->"
        lines.append(f"  {ids[source]} {arrow}|{data['kind']}| {ids[target]}")
    for outcome, fill in _FILLS.items():
        members = [ids[node] for node, data in graph.nodes(data=True) if data["outcome"] == outcome]
        if members:
            lines += [f"  classDef {outcome} fill:{fill},color:#222", f"  class {','.join(members)} {outcome}"]
    return "\n".join(lines) + "\n"


def graph_graphml(graph: networkx.DiGraph[str]) -> str:
    """GraphML, for yEd, Gephi and the like; unknown figures are left out."""
    import networkx

    plain: networkx.DiGraph[str] = networkx.DiGraph()
    for node, data in graph.nodes(data=True):
        known = {key: _xml(value) for key, value in data.items() if value is not None}
        plain.add_node(_xml(node), **known)
    for source, target, data in graph.edges(data=True):
        plain.add_edge(_xml(source), _xml(target), **data)
    return "\n".join(networkx.generate_graphml(plain)) + "\n"


def _label(data: dict[str, Any]) -> str:
    name = str(data["name"])
    if NodeKind(data["kind"]) is NodeKind.LAYER:
        name = name.removeprefix("sha256:")[:12]
    size = f" ({human_bytes(data['size'])})" if data["size"] is not None else ""
    return printable(shortened(name, 60)) + size


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _entities(text: str) -> str:
    return "".join(c if c.isalnum() or c in " ./:_-@,=+()[]…" else f"#{ord(c)};" for c in text)


def _xml(value: Any) -> Any:
    """XML 1.0 has no way to say control characters."""
    return printable(value) if isinstance(value, str) else value
