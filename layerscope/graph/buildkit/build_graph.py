"""The vertices of one Dockerfile with its options: who reads what of whom, and which of them another version has."""

from __future__ import annotations

from collections.abc import Hashable

from layerscope.graph.operations import Selector, Vertex
from layerscope.values import Entity

Selectors = tuple[Selector, ...]


class BuildGraph(Entity):
    """The vertices of a build, inputs first. Nothing of it hangs on a context's files."""

    vertices: list[Vertex]
    users: dict[Vertex, list[Vertex]]
    readers: list[tuple[Vertex, int]]  # of contexts: the reader, and the number of its input
    takers: list[Vertex]  # those that take a context whole, which is never one that was built before
    order: dict[Vertex, int]

    @classmethod
    def of(cls, vertices: list[Vertex]) -> BuildGraph:
        users: dict[Vertex, list[Vertex]] = {vertex: [] for vertex in vertices}
        readers: list[tuple[Vertex, int]] = []
        takers: list[Vertex] = []
        for vertex in vertices:
            for number, (source, selectors) in enumerate(vertex.inputs):
                users[source].append(vertex)
                if source.operation.kind == "context" and selectors and source is not vertex.chain:
                    readers.append((vertex, number))
                elif source.operation.kind == "context":
                    takers.append(vertex)
        return cls(vertices, users, readers, takers, {vertex: at for at, vertex in enumerate(vertices)})

    def twins(self, other: BuildGraph) -> dict[Vertex, Vertex]:
        """Of the vertices that another graph has just so, with all that they are built on: which one it is there."""
        themselves = {vertex: vertex for vertex in other.vertices}
        named = {_name(vertex, themselves): vertex for vertex in other.vertices}
        found: dict[Vertex, Vertex] = {}
        for vertex in self.vertices:
            twin = named.get(_name(vertex, found))
            if twin is not None:
                found[vertex] = twin
        return found


def _name(vertex: Vertex, known_as: dict[Vertex, Vertex]) -> Hashable:
    """A context is the same one whatever files it has; who reads it compares those."""
    operation = vertex.operation
    return (
        operation.kind,
        operation.definition,
        operation.ignore_cache,
        operation.reference,
        vertex.chain is None,
        *[(known_as.get(source), selectors) for source, selectors in vertex.inputs],
    )
