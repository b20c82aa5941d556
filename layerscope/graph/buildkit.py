"""BuildKit's cache: which vertices it would take for ones it has built.

A vertex hits where one recorded vertex of the same definition has, for every input, the same maker *or* the same
selected files. The chain counts by its maker alone. Entries are never replaced, so going back hits the old ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any

from layerscope.context.paths import LinkLoopError
from layerscope.graph.cache_entries import Entries, GivenInput, ReadContent, numbers
from layerscope.graph.content import MissingSource, searched_directory, select
from layerscope.graph.filesystem import Tree, resolve
from layerscope.graph.operations import Selector, Vertex
from layerscope.graph.shapes import shape_of
from layerscope.graph.vertex_files import files_of
from layerscope.values import Entity, field

CACHED = "cached"
REBUILT = "rebuilt"
OUTPUT_DEPENDENT = "output_dependent"

Selectors = tuple[Selector, ...]


class Result(Entity):
    """What became of one vertex. identity: a name of its result; number: of its record among its definition's."""

    vertex: Vertex
    outcome: str
    identity: int
    number: int = -1
    nearest: Vertex | None = None  # of a miss: the recorded vertex it comes closest to
    failing: tuple[int, ...] = ()  # inputs that do not match there: 0 is the chain, then the sources
    reads: tuple[ReadContent | None, ...] = ()  # of each input
    settled: bool = False  # with the very inputs of the build before
    files: Tree | None = None  # that it leaves, once somebody has asked


class BuildGraph(Entity):
    """The vertices of a build, inputs first, and who reads what of whom. Nothing of it hangs on a context's files."""

    vertices: list[Vertex]
    users: dict[Vertex, list[Vertex]]
    readers: list[tuple[Vertex, int, Vertex, Selectors]]  # of contexts: the reader, the number of its input, what
    takers: list[Vertex]  # those that take a context whole, which is never one that was built before

    @classmethod
    def of(cls, vertices: list[Vertex]) -> BuildGraph:
        users: dict[Vertex, list[Vertex]] = {vertex: [] for vertex in vertices}
        readers: list[tuple[Vertex, int, Vertex, Selectors]] = []
        takers: list[Vertex] = []
        for vertex in vertices:
            inputs = [(vertex.chain, ())] if vertex.chain is not None else []
            for number, (source, selectors) in enumerate([*inputs, *vertex.sources]):
                users[source].append(vertex)
                if source.operation.kind == "context" and selectors and source is not vertex.chain:
                    readers.append((vertex, number, source, selectors))
                elif source.operation.kind == "context":
                    takers.append(vertex)
        return cls(vertices, users, readers, takers)


class BuildCache(Entity):
    """All that one builder has built. `build` evaluates a graph against it and records what it would run.

    named: whether all files have digests at no cost, as those of git have; contents are then found by name.
    """

    named: bool = False
    has_hollow: bool = False
    entries: dict[Hashable, Entries] = field(default_factory=dict)
    identities: int = 0
    groups: dict[int, int] = field(default_factory=dict)  # results that may be others, by the first of their group
    kin: dict[int, set[int]] = field(default_factory=dict)  # results that may be some of a group, not all
    selectors: dict[Selectors, int] = field(default_factory=lambda: {(): 0})
    of_vertex: dict[Vertex, tuple[Entries, tuple[int, ...]]] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """All but what hangs on the vertices of one program's run."""
        return {**self.__dict__, "of_vertex": {}}

    def build(
        self,
        graph: BuildGraph,
        *,
        lenient: bool = False,
        last: Mapping[Vertex, Result] | None = None,
        again: bool = False,
    ) -> dict[Vertex, Result]:
        """Outcome per vertex, inputs first.

        lenient: a vertex whose source is missing is left out with all that needs it (the build that would have
        failed there); otherwise MissingSource is raised. last: what the last build gave, that misses are held
        against. again: it was of this very graph, and nothing was forgotten since; a vertex to which nothing happened
        keeps its result.
        """
        evaluation = _Evaluation(self, lenient, last or {})
        results = evaluation.again(graph) if again else evaluation.run(graph)
        if self.has_hollow:
            self._run_hollow(results)
        return results

    def _run_hollow(self, results: dict[Vertex, Result]) -> None:
        """What a step that runs is built on must be there: where only its key was kept, it runs again, too."""
        needed: set[Vertex] = set()
        for vertex, result in reversed(list(results.items())):
            if result.outcome == CACHED:
                if vertex not in needed or result.number < 0:
                    continue
                entries, _ = self.looked_up(vertex)
                if not entries.hollow >> result.number & 1:
                    continue
                results[vertex] = Result(vertex, REBUILT, result.identity, result.number, reads=result.reads)
            needed.update(source for source, _ in vertex.sources)
            if vertex.chain is not None:
                needed.add(vertex.chain)

    def new_identity(self) -> int:
        self.identities += 1
        return self.identities

    def looked_up(self, vertex: Vertex) -> tuple[Entries, tuple[int, ...]]:
        """The entries of a vertex's definition, and a number for what it reads of each input."""
        found = self.of_vertex.get(vertex)
        if found is None:
            read: list[Selectors] = [()] if vertex.chain is not None else []
            read += [selectors for _, selectors in vertex.sources]
            key = (vertex.operation.kind, vertex.operation.definition, len(read))
            entries = self.entries.get(key)
            if entries is None:
                entries = self.entries[key] = Entries.of(len(read))
            named = tuple(self.selectors.setdefault(selectors, len(self.selectors)) for selectors in read)
            found = self.of_vertex[vertex] = entries, named
        return found

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

    def group(self, identity: int) -> int:
        return self.groups.get(identity, identity)


class _Evaluation:
    def __init__(self, cache: BuildCache, lenient: bool, before: Mapping[Vertex, Result]) -> None:
        self.cache = cache
        self.lenient = lenient
        self.before = before
        self.results: dict[Vertex, Result] = {}
        self.read: dict[tuple[Vertex, int], ReadContent] = {}
        self.made: dict[int, list[Result]] = {}  # those with a record of their own, by the entries it is in

    def again(self, graph: BuildGraph) -> dict[Vertex, Result]:
        """A build of the same graph as before: only what reads other files, and what follows, is looked up."""
        changed = set(graph.takers)
        for vertex, number, source, selectors in graph.readers:
            was, now = self.before[vertex].reads[number], self.read_context(vertex, number, source, selectors)
            if was is None or now.shape is None or was.shape != now.shape:
                changed.add(vertex)
        self.results = dict(self.before)
        for vertex in graph.vertices:
            last = self.before[vertex]
            if vertex not in changed and last.settled:
                continue
            if vertex.operation.kind == "context":
                self.results[vertex] = Result(vertex, CACHED, self.cache.new_identity(), settled=True)
                continue
            if vertex not in changed and not vertex.operation.ignore_cache:
                self.results[vertex] = self.settle(last)
                continue
            result = self.results[vertex] = self.evaluate(vertex)
            if result.identity != last.identity:
                changed.update(graph.users[vertex])
        return self.results

    def settle(self, last: Result) -> Result:
        """Every input is what it was in the last build of this very vertex: its record is certain to match."""
        files = self.same_files(last)
        return Result(last.vertex, CACHED, last.identity, last.number, reads=last.reads, settled=True, files=files)

    def run(self, graph: BuildGraph) -> dict[Vertex, Result]:
        if not self.lenient:
            # A builder asks for all that steps read of contexts before the first of them is done, so that a build
            # which fails for want of a file leaves nothing.
            for reader in graph.readers:
                self.read_context(*reader)
        for vertex in graph.vertices:
            inputs = [vertex.chain] if vertex.chain is not None else []
            inputs += [source for source, _ in vertex.sources]
            if any(source not in self.results for source in inputs):
                continue  # only where lenient: an input would have failed the build
            try:
                self.results[vertex] = self.evaluate(vertex)
            except MissingSource:
                if not self.lenient:
                    raise
        return self.results

    def read_context(self, reader: Vertex, number: int, source: Vertex, selectors: Selectors) -> ReadContent:
        return self.content(source, selectors, self.cache.looked_up(reader)[1][number])

    def files(self, vertex: Vertex) -> Tree:
        if vertex.operation.tree is not None:
            return vertex.operation.tree
        result = self.results[vertex]
        if result.files is None:
            result.files = files_of(vertex, result.identity, self.files)
        return result.files

    def content(self, source: Vertex, selectors: Selectors, number: int) -> ReadContent:
        read = self.read.get((source, number))
        if read is None:
            try:
                content = select(self.files(source), selectors)
            except LinkLoopError as error:
                raise MissingSource(str(error)) from None
            shape = shape_of(content) if self.cache.named else None
            read = ReadContent(content, shape, source.operation.tree is not None, number)
            self.read[source, number] = read
        return read

    def evaluate(self, vertex: Vertex) -> Result:
        if vertex.operation.kind == "context":
            return Result(vertex, CACHED, self.cache.new_identity(), settled=True)  # never one that was made before
        inputs = self.inputs(vertex)
        entries, _ = self.cache.looked_up(vertex)
        matching = list(entries.matching(inputs))
        certain = possible = entries.alive
        for same, maybe in matching:
            certain &= same
            possible &= maybe
        reads = tuple(given.read for given in inputs)
        if certain and not vertex.operation.ignore_cache:
            number = next(numbers(certain))
            self.keep(entries, number, inputs)
            return Result(vertex, CACHED, entries.results[number], number, reads=reads)
        if vertex.operation.ignore_cache:
            possible = 0
            nearest: Vertex | None = None
            failing: tuple[int, ...] = ()
        else:
            nearest, failing = self.nearest(entries, matching)
            self.check_sources(vertex)
        number = self.cache.record(entries, possible)
        self.keep(entries, number, inputs)
        outcome = OUTPUT_DEPENDENT if possible else REBUILT
        result = Result(vertex, outcome, entries.results[number], number, nearest, failing, reads, False, None)
        self.made.setdefault(id(entries), []).append(result)
        return result

    def keep(self, entries: Entries, number: int, inputs: list[GivenInput]) -> None:
        entries.link(number, inputs, [self.cache.group(given.maker or 0) for given in inputs])

    def same_files(self, last: Result) -> Tree | None:
        """What the last build knew of a result's files, where none of its inputs' files can be others now.

        A source may have been matched by what is read of it alone, or be a context, of which the rest may change.
        """
        vertex = last.vertex
        if any(source.operation.kind == "context" for source, _ in vertex.sources):
            return None
        sources = [source for source, _ in vertex.sources]
        inputs = [vertex.chain, *sources] if vertex.chain is not None else sources
        return last.files if all(self.results[i].settled for i in inputs) else None

    def inputs(self, vertex: Vertex) -> list[GivenInput]:
        """Makers and contents of the inputs; no contents where only the maker counts."""
        _, named = self.cache.looked_up(vertex)
        given: list[GivenInput] = []
        offset = 0
        if vertex.chain is not None:
            offset = 1
            given.append(self.given(vertex.chain, 0, self.whole_parent(vertex)))
        for number, (source, selectors) in enumerate(vertex.sources, offset):
            read: ReadContent | None = None
            if selectors and source is vertex.chain:
                read = given[0].read
            elif selectors:
                read = self.content(source, selectors, named[number])
            given.append(self.given(source, named[number], read))
        return given

    def whole_parent(self, vertex: Vertex) -> ReadContent | None:
        """The parent itself as a source: COPY matches it by its maker alone, RUN by the bytes of its whole root."""
        for source, selectors in vertex.sources:
            if source is vertex.chain and selectors and vertex.operation.kind == "exec":
                whole = (Selector(""),)
                number = self.cache.selectors.setdefault(whole, len(self.cache.selectors))
                return self.content(source, whole, number)
        return None

    def given(self, source: Vertex, selectors: int, read: ReadContent | None) -> GivenInput:
        if source.operation.kind == "context":
            return GivenInput(None, (), selectors, read)
        identity = self.results[source].identity
        kin = (-self.cache.group(identity), *self.cache.kin.get(identity, ()))
        return GivenInput(identity, kin, selectors, read)

    def check_sources(self, vertex: Vertex) -> None:
        """What a step that runs must find: its plain sources, and the directories in which its patterns search."""
        for source, selectors in vertex.sources:
            for selector in selectors:
                path = searched_directory(selector) if selector.wildcard else selector.path
                if path and resolve(self.files(source), path)[1] is None:
                    raise MissingSource(path)

    @cached_property
    def by_definition(self) -> dict[int, list[Result]]:
        """What the last build had, by the entries it was looked up in."""
        found: dict[int, list[Result]] = {}
        for result in self.before.values():
            if result.number >= 0:
                found.setdefault(id(self.cache.looked_up(result.vertex)[0]), []).append(result)
        return found

    def nearest(self, entries: Entries, matching: list[tuple[int, int]]) -> tuple[Vertex | None, tuple[int, ...]]:
        """The vertex of the last build, or of this one, that most inputs are the same with, and which are not."""
        nearest: Vertex | None = None
        failing: tuple[int, ...] = ()
        for result in (*self.by_definition.get(id(entries), ()), *self.made.get(id(entries), ())):
            if not entries.alive >> result.number & 1:
                continue
            bit = 1 << result.number
            wrong = tuple([index for index, (same, _) in enumerate(matching) if not same & bit])
            if nearest is None or len(wrong) < len(failing):
                nearest, failing = result.vertex, wrong
        return nearest, failing
