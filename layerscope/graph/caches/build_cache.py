"""All that one BuildKit builder has built: its records by definition, and which of their results may be the same."""

from __future__ import annotations

from collections.abc import Hashable

from layerscope.graph.buildkit.build_graph import BuildGraph, Selectors
from layerscope.graph.caches.entries import Entries, numbers
from layerscope.graph.files.content import counted, searched_directory
from layerscope.graph.operations import Selector, Vertex
from layerscope.values import Entity, field

_WHOLE = (Selector(""),)


class Input(Entity):
    """How an input of a vertex is looked up: by its maker and, where something is read of it, by that.

    number: of the selectors that are its own. read, read_number: the selectors that count of what is read, and a number
    for them; () is nothing.
    """

    number: int
    read: Selectors
    read_number: int


class Place(Entity):
    """Where a vertex is looked up: the records of its definition, and what counts of its inputs.

    searched: the paths that must be there for the vertex to run, beside those that are read, and in which input.
    """

    entries: Entries
    inputs: list[Input]
    searched: list[tuple[int, str]]


class BuildCache(Entity):
    """named: whether all files have digests at no cost, as those of git have; contents are then found by name."""

    named: bool = False
    has_hollow: bool = False
    entries: dict[Hashable, Entries] = field(default_factory=dict)
    identities: int = 0
    groups: dict[int, int] = field(default_factory=dict)  # results that may be others, by the first of their group
    kin: dict[int, set[int]] = field(default_factory=dict)  # results that may be some of a group, not all
    selectors: dict[Selectors, int] = field(default_factory=lambda: {(): 0})
    places: dict[Vertex, Place] = field(default_factory=dict)  # of the graph that was evaluated last
    _alike: dict[BuildGraph, dict[Entries, list[Vertex]]] = field(default_factory=dict)  # of that before it

    def new_identity(self) -> int:
        self.identities += 1
        return self.identities

    def place(self, vertex: Vertex) -> Place:
        found = self.places.get(vertex)
        if found is None:
            inputs = vertex.inputs
            key = (vertex.operation.kind, vertex.operation.definition, len(inputs))
            entries = self.entries.get(key)
            if entries is None:
                entries = self.entries[key] = Entries.of(len(inputs))
            searched = [(number, path) for number, each in enumerate(inputs) for path in _searched(vertex, *each)]
            found = Place(entries, [self._input(vertex, *each) for each in inputs], searched)
            self.places[vertex] = found
        return found

    def _input(self, vertex: Vertex, source: Vertex, selectors: Selectors) -> Input:
        read = selectors
        if source is vertex.chain:
            # COPY matches its own chain by the maker alone, RUN by the bytes of its whole root.
            mounted = any(chosen for other, chosen in vertex.sources if other is source)
            read = _WHOLE if mounted and vertex.operation.kind == "exec" else ()
        return Input(self.number(selectors), counted(read), self.number(read))

    def share_place(self, vertex: Vertex, twin: Vertex) -> None:
        """A vertex of another graph is just so."""
        self.places[vertex] = self.place(twin)

    def keep_places(self, graph: BuildGraph) -> None:
        """A Dockerfile has hundreds of versions, of which none but the newest is asked for any more."""
        self.places = {vertex: place for vertex in graph.vertices if (place := self.places.get(vertex)) is not None}

    def alike(self, graph: BuildGraph, entries: Entries) -> list[Vertex]:
        """The vertices of the last graph that have a definition."""
        found = self._alike.get(graph)
        if found is None:
            found = {}
            for vertex in graph.vertices:
                if vertex.operation.kind != "context":
                    found.setdefault(self.place(vertex).entries, []).append(vertex)
            self._alike = {graph: found}
        return found.get(entries, [])

    def number(self, selectors: Selectors) -> int:
        return self.selectors.setdefault(selectors, len(self.selectors))

    def record(self, entries: Entries, may_be: int) -> int:
        """A new record for a result that may turn out to be that of some others; its number."""
        identity = self.new_identity()
        number = entries.add(identity)
        bit = 1 << number
        if may_be:
            first = entries.results[(may_be & -may_be).bit_length() - 1]
            group = self.groups.get(first, first)
            if entries.groups[group] & entries.alive == may_be:
                # It may be any of them, and they each other.
                entries.groups[group] |= bit
                self.groups[identity] = group
                return number
            for other in numbers(may_be):
                self.kin.setdefault(entries.results[other], set()).add(identity)
                self.kin.setdefault(identity, set()).add(entries.results[other])
        entries.groups[identity] = bit
        return number


def _searched(vertex: Vertex, source: Vertex, selectors: Selectors) -> list[str]:
    if source is not vertex.chain and len(selectors) == 1 and not selectors[0].lists:
        return []  # it is read itself
    paths = [searched_directory(selector) if selector.wildcard else selector.path for selector in selectors]
    return [path for path in paths if path]
