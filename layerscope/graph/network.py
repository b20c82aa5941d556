"""The layer graph as a `networkx.DiGraph`: steps, the files they read, the layers they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from layerscope.graph.steps import Step

if TYPE_CHECKING:
    import networkx


def step_graph(
    steps: Iterable[Step], files: Mapping[Step, Iterable[tuple[str, int | None]]] | None = None
) -> networkx.DiGraph[str]:
    """Steps with edges `parent`, `copies_from`, `mounts`, and `reads` from the files given per step.

    Node ids are step names and `file:PATH`; an edge runs from what is used to what uses it.
    """
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    ordered = list(steps)
    for step in ordered:
        graph.add_node(step.label.name, **_attributes(step))
    for step in ordered:
        for source, kind in _inputs(step):
            if source.label.name not in graph:
                graph.add_node(source.label.name, **_attributes(source))
            if source.label.name != step.label.name:
                graph.add_edge(source.label.name, step.label.name, kind=kind)
        for path, size in (files or {}).get(step, ()):
            graph.add_node(f"file:{path}", kind="file", name=path, stage=None, line=None, size=size, outcome=None)
            graph.add_edge(f"file:{path}", step.label.name, kind="reads")
    return graph


def add_layers(graph: networkx.DiGraph[str], layers: Iterable[tuple[str, str, int | None]]) -> None:
    """Layers and what makes them: (digest, id of the step or instruction, size in bytes) per layer."""
    for digest, origin, size in layers:
        graph.add_node(digest, kind="layer", name=digest, stage=None, line=None, size=size, outcome=None)
        graph.add_edge(origin, digest, kind="produces")


def _attributes(step: Step) -> dict[str, Any]:
    return {
        "kind": "step",
        "name": step.label.name,
        "stage": step.label.stage or None,
        "line": step.label.instruction.line or None,
        "size": None,
        "outcome": step.outcome.value if not step.hidden else None,
    }


def _inputs(step: Step) -> list[tuple[Step, str]]:
    found: list[tuple[Step, str]] = []
    if step.parent is not None:
        found.append((step.parent, "parent"))
    kind = "mounts" if step.label.keyword == "RUN" else "copies_from"
    found += [(source, kind) for source in step.sources if not (source.is_context or source.is_heredoc)]
    return found
