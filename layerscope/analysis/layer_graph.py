"""The layer graph of a context or an image, as a networkx graph: steps, files, layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.analysis.answers.image import ImageCost
from layerscope.analysis.build_pair import build_pair
from layerscope.analysis.side import Side
from layerscope.graph.network import EdgeKind, NodeKind, add_layers, attributes, step_graph

if TYPE_CHECKING:
    import networkx


def build_graph(before: Side | None, after: Side, image: ImageCost | None = None) -> networkx.DiGraph[str]:
    """The graph of a build: step, file and layer nodes.

    before: what was built, for the outcome of each step (None: None stands there). image: of this very build; its
    layers are tied to the steps of their lines. Raises InputError where the build would fail.
    """
    steps = build_pair(before, after).steps
    graph = step_graph(steps, {step: [(p, getattr(n, "size", None)) for p, n in step.read_files()] for step in steps})
    if before is None:
        for node in graph.nodes.values():
            node["outcome"] = None
    if image is not None:
        by_line = {step.label.instruction.line: step for step in steps if not step.link}
        layers: list[tuple[str, str, int | None]] = []
        for row in image.instructions:
            step = by_line.get(row.line) if row.line is not None else None
            if step is not None and row.layer_digest is not None:
                graph.nodes[step.label.name]["size"] = row.size
                layers.append((row.layer_digest, step.label.name, row.size))
        add_layers(graph, layers)
    return graph


def image_graph(image: ImageCost) -> networkx.DiGraph[str]:
    """The graph of an image: its history entries in order, each with the layer it made."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    previous: str | None = None
    layers: list[tuple[str, str, int | None]] = []
    for row in image.instructions:
        node = f"{row.index} {row.text}"
        graph.add_node(node, **attributes(NodeKind.STEP, row.text, line=row.line, size=row.size))
        if previous is not None:
            graph.add_edge(previous, node, kind=EdgeKind.PARENT.value)
        if row.layer_digest or row.diff_id:
            layers.append((row.layer_digest or row.diff_id or "", node, row.size))
        previous = node
    add_layers(graph, layers)
    return graph
