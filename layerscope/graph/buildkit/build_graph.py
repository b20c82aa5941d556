"""The vertices of one Dockerfile with its options: who reads what of whom, and which of them another version has."""

from __future__ import annotations

from collections.abc import Hashable

from layerscope.graph.operations import LocalSource
from layerscope.graph.vertices import Vertex
from layerscope.values import Entity


class BuildGraph(Entity):
    """The vertices of a build, inputs first. Nothing of it hangs on a context's files."""

    vertices: list[Vertex]
    users: dict[Vertex, list[Vertex]]
    readers: list[tuple[Vertex, int]]  # of contexts: the reader, and the number of its input
    on_contexts: list[Vertex]  # those that begin with a context whole, which is never one that was built before
    order: dict[Vertex, int]

    @classmethod
    def of(cls, vertices: list[Vertex]) -> BuildGraph:
        users: dict[Vertex, list[Vertex]] = {vertex: [] for vertex in vertices}
        readers: list[tuple[Vertex, int]] = []
        on_contexts: list[Vertex] = []
        for vertex in vertices:
            for number, (source, selectors) in enumerate(vertex.inputs):
                users[source].append(vertex)
                if not isinstance(source.op, LocalSource):
                    continue
                if selectors and source is not vertex.parent:
                    readers.append((vertex, number))
                else:
                    on_contexts.append(vertex)
        return cls(vertices, users, readers, on_contexts, {vertex: at for at, vertex in enumerate(vertices)})

    def same_in(self, other: BuildGraph) -> dict[Vertex, Vertex]:
        """The vertices that another graph has, too, with all that they are built on: which one each is there."""
        themselves = {vertex: vertex for vertex in other.vertices}
        by_digest = {_digest(vertex, themselves): vertex for vertex in other.vertices}
        found: dict[Vertex, Vertex] = {}
        for vertex in self.vertices:
            same = by_digest.get(_digest(vertex, found))
            if same is not None:
                found[vertex] = same
        return found


def _digest(vertex: Vertex, known_as: dict[Vertex, Vertex]) -> Hashable:
    """Equal for two that are one vertex. A context is the same whatever files it has; who reads it compares those."""
    operation = vertex.operation
    return (
        operation.op.vertex_key,
        operation.ignore_cache,
        vertex.parent is None,
        *[(known_as.get(source), selectors) for source, selectors in vertex.inputs],
    )
