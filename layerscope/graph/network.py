"""The layer graph as a `networkx.DiGraph`: steps, the files they read, the layers they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step

if TYPE_CHECKING:
    import networkx


class NodeKind(Enum):
    """What a node is; the values are its `kind`."""

    STEP = "step"
    FILE = "file"
    LAYER = "layer"


class EdgeKind(Enum):
    """How the target uses the source; the values are the edge's `kind`."""

    PARENT = "parent"
    COPIES_FROM = "copies_from"
    MOUNTS = "mounts"
    READS = "reads"
    PRODUCES = "produces"

    @property
    def is_chain(self) -> bool:
        """Whether it is of the chain that an image consists of: what a step stands on, and what it leaves."""
        return self in {EdgeKind.PARENT, EdgeKind.PRODUCES}


def step_graph(
    steps: Iterable[Step], files: Mapping[Step, Iterable[tuple[str, int | None]]] | None = None
) -> networkx.DiGraph[str]:
    """Steps, and the files given per step, with what uses what.

    Node ids are step names and `file:PATH`; an edge runs from what is used to what uses it.
    """
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    ordered = list(steps)
    for step in ordered:
        graph.add_node(step.label.name, **_of_step(step))
    for step in ordered:
        for source, kind in _inputs(step):
            if source.label.name not in graph:
                graph.add_node(source.label.name, **_of_step(source))
            if source.label.name != step.label.name:
                graph.add_edge(source.label.name, step.label.name, kind=kind.value)
        for path, size in (files or {}).get(step, ()):
            graph.add_node(f"file:{path}", **attributes(NodeKind.FILE, path, size=size))
            graph.add_edge(f"file:{path}", step.label.name, kind=EdgeKind.READS.value)
    return graph


def add_layers(graph: networkx.DiGraph[str], layers: Iterable[tuple[str, str, int | None]]) -> None:
    """Layers and what makes them: (digest, id of the step or instruction, size in bytes) per layer."""
    for digest, origin, size in layers:
        graph.add_node(digest, **attributes(NodeKind.LAYER, digest, size=size))
        graph.add_edge(origin, digest, kind=EdgeKind.PRODUCES.value)


def attributes(
    kind: NodeKind,
    name: str,
    *,
    stage: str | None = None,
    line: int | None = None,
    size: int | None = None,
    outcome: Outcome | None = None,
) -> dict[str, Any]:
    """What every node has: plain values, for any tool."""
    told = None if outcome is None else outcome.value
    return {"kind": kind.value, "name": name, "stage": stage, "line": line, "size": size, "outcome": told}


def _of_step(step: Step) -> dict[str, Any]:
    label = step.label
    outcome = None if step.hidden else step.outcome
    line = label.instruction.line or None
    return attributes(NodeKind.STEP, label.name, stage=label.stage or None, line=line, outcome=outcome)


def _inputs(step: Step) -> list[tuple[Step, EdgeKind]]:
    found: list[tuple[Step, EdgeKind]] = []
    if step.parent is not None:
        found.append((step.parent, EdgeKind.PARENT))
    kind = EdgeKind.MOUNTS if step.label.keyword == "RUN" else EdgeKind.COPIES_FROM
    found += [(source, kind) for source in step.sources if not (source.is_context or source.is_heredoc)]
    return found
