"""All that one BuildKit has built: its records by key, and which of their results may be the same."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from layerscope.graph.buildkit.build_graph import BuildGraph
from layerscope.graph.buildkit.records import Records, numbers
from layerscope.graph.files.content import counted, searched_directory
from layerscope.graph.operations import ExecOp, LocalSource, Selector
from layerscope.graph.vertices import Selectors, Vertex
from layerscope.values import Entity, field

if TYPE_CHECKING:
    from layerscope.graph.buildkit.record_links import RecordLinks

_WHOLE = (Selector(""),)


class CacheMapInput(Entity):
    """How an input of a vertex is looked up: by its result and, where something is read of it, by that.

    number: of the selectors that are its own. read, read_number: the selectors that count of what is read, and a number
    for them; () is nothing.
    """

    number: int
    read: Selectors
    read_number: int


class CacheMap(Entity):
    """How a vertex is looked up: the records of its key, and what counts of its inputs.

    searched: the paths that must be there for the vertex to run, beside those that are read, and in which input.
    """

    records: Records
    inputs: list[CacheMapInput]
    searched: list[tuple[int, str]]


class BuildCache(Entity):
    """named: whether all files have digests at no cost, as those of git have; contents are then found by name."""

    named: bool = False
    records: dict[Hashable, Records] = field(default_factory=dict)
    identities: int = 0
    groups: dict[int, int] = field(default_factory=dict)  # results that may be others, by the first of their group
    may_equal: dict[int, set[int]] = field(default_factory=dict)  # results that may be some of a group, not all
    links: RecordLinks | None = None  # of a cache that forgets
    held: dict[int, tuple[Records, int]] = field(
        default_factory=dict
    )  # records that its policy keeps, by their results
    written: dict[int, int] = field(default_factory=dict)  # what was written last under a result's key, if not first
    selectors: dict[Selectors, int] = field(default_factory=lambda: {(): 0})
    cache_maps: dict[Vertex, CacheMap] = field(default_factory=dict)  # of the graph that was evaluated last
    _by_records: dict[BuildGraph, dict[Records, list[Vertex]]] = field(default_factory=dict)  # of that before it

    @property
    def forgets(self) -> bool:
        """Whether it may lack records, and of others their results."""
        return self.links is not None

    def new_identity(self) -> int:
        self.identities += 1
        return self.identities

    def cache_map(self, vertex: Vertex) -> CacheMap:
        found = self.cache_maps.get(vertex)
        if found is None:
            inputs = vertex.inputs
            key = (vertex.op.key, len(inputs))
            records = self.records.get(key)
            if records is None:
                records = self.records[key] = Records.of(len(inputs))
            searched = [(number, path) for number, each in enumerate(inputs) for path in _searched(vertex, *each)]
            found = CacheMap(records, [self._input(vertex, *each) for each in inputs], searched)
            self.cache_maps[vertex] = found
        return found

    def _input(self, vertex: Vertex, source: Vertex, selectors: Selectors) -> CacheMapInput:
        read = selectors
        if source is vertex.parent:
            # COPY matches its own parent by the result alone, RUN by the bytes of its whole root.
            mounted = any(chosen for other, chosen in vertex.sources if other is source)
            read = _WHOLE if mounted and isinstance(vertex.op, ExecOp) else ()
        return CacheMapInput(self.number(selectors), counted(read), self.number(read))

    def share_cache_map(self, vertex: Vertex, same: Vertex) -> None:
        """A vertex of another graph is just so."""
        self.cache_maps[vertex] = self.cache_map(same)

    def keep_cache_maps(self, graph: BuildGraph) -> None:
        """A Dockerfile has hundreds of versions, of which none but the newest is asked for any more."""
        kept = ((vertex, self.cache_maps.get(vertex)) for vertex in graph.vertices)
        self.cache_maps = {vertex: found for vertex, found in kept if found is not None}

    def with_records(self, graph: BuildGraph, records: Records) -> list[Vertex]:
        """The vertices of the last graph that are looked up among some records."""
        found = self._by_records.get(graph)
        if found is None:
            found = {}
            for vertex in graph.vertices:
                if not isinstance(vertex.op, LocalSource):
                    found.setdefault(self.cache_map(vertex).records, []).append(vertex)
            self._by_records = {graph: found}
        return found.get(records, [])

    def number(self, selectors: Selectors) -> int:
        return self.selectors.setdefault(selectors, len(self.selectors))

    def record(self, records: Records, may_be: int) -> int:
        """A new record for a result that may turn out to be that of some others; its number."""
        identity = self.new_identity()
        number = records.add(identity)
        bit = 1 << number
        if may_be:
            first = records.results[(may_be & -may_be).bit_length() - 1]
            group = self.groups.get(first, first)
            if records.groups[group] & records.alive == may_be:
                # It may be any of them, and they each other.
                records.groups[group] |= bit
                self.groups[identity] = group
                return number
            for other in numbers(may_be):
                self.may_equal.setdefault(records.results[other], set()).add(identity)
                self.may_equal.setdefault(identity, set()).add(records.results[other])
        records.groups[identity] = bit
        return number

    def alike(self, records: Records, some: int) -> int:
        """Some records, with those that each of them may turn out to be."""
        found, asked = some, some
        while asked:
            number = (asked & -asked).bit_length() - 1
            result = records.results[number]
            group = records.groups.get(self.groups.get(result, result), 0)
            for other in self.may_equal.get(result, ()):
                found |= records.groups.get(self.groups.get(other, other), 0)
            found |= group
            asked &= ~(1 << number) if self.may_equal else ~(1 << number | group)
        return found


def _searched(vertex: Vertex, source: Vertex, selectors: Selectors) -> list[str]:
    if source is not vertex.parent and len(selectors) == 1 and not selectors[0].lists:
        return []  # it is read itself
    paths = [searched_directory(selector) if selector.wildcard else selector.path for selector in selectors]
    return [path for path in paths if path]
