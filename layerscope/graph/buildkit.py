"""BuildKit's cache: which vertices it would take for ones it has built.

A vertex hits where one recorded vertex of the same definition has, for every input, the same maker *or* the same
selected files. The chain counts by its maker alone. Entries are never replaced, so going back hits the old ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from layerscope.context.tree import LinkLoopError
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
    settled: bool = False  # the same as in the build before, in all that a step can show


class BuildCache(Entity):
    """All that one builder has built. `build` evaluates a graph against it and records what it would run.

    named: whether all files have digests at no cost, as those of git have; contents are then found by name.
    """

    named: bool = False
    entries: dict[Hashable, Entries] = field(default_factory=dict)
    builds: int = 0
    identities: int = 0
    groups: dict[int, int] = field(default_factory=dict)  # results that may be others, by the first of their group
    kin: dict[int, set[int]] = field(default_factory=dict)  # results that may be some of a group, not all
    selectors: dict[Selectors, int] = field(default_factory=lambda: {(): 0})
    of_vertex: dict[Vertex, tuple[Entries, tuple[int, ...]]] = field(default_factory=dict)

    def build(
        self, vertices: Iterable[Vertex], *, lenient: bool = False, before: Mapping[Vertex, Result] | None = None
    ) -> dict[Vertex, Result]:
        """Outcome per vertex, inputs first.

        lenient: a vertex whose source is missing is left out with all that needs it (the build that would have
        failed there); otherwise MissingSource is raised. before: what the last build of these very vertices gave, if
        nothing was forgotten since.
        """
        self.builds += 1
        return _Evaluation(self, lenient, before or {}).run(vertices)

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

    def record(self, vertex: Vertex, entries: Entries, may_be: int) -> int:
        """A new record for a result that may turn out to be that of some others; its number."""
        identity = self.new_identity()
        number = entries.add(vertex, identity)
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
        self.trees: dict[Vertex, Tree] = {}
        self.read: dict[tuple[Vertex, int], ReadContent] = {}

    def run(self, vertices: Iterable[Vertex]) -> dict[Vertex, Result]:
        ordered = list(vertices)
        if not self.lenient:
            self.read_contexts(ordered)
        for vertex in ordered:
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

    def read_contexts(self, vertices: list[Vertex]) -> None:
        """A builder asks for all that steps read of contexts before the first of them is done.

        So a build that fails for want of a file leaves nothing.
        """
        for vertex in vertices:
            if vertex.operation.kind == "context" or not vertex.sources:
                continue
            _, named = self.cache.looked_up(vertex)
            offset = len(named) - len(vertex.sources)
            for number, (source, selectors) in enumerate(vertex.sources, offset):
                if selectors and source.operation.tree is not None and source is not vertex.chain:
                    self.content(source, selectors, named[number])

    def files(self, vertex: Vertex) -> Tree:
        tree = self.trees.get(vertex)
        if tree is None:
            known = vertex.operation.tree
            tree = known if known is not None else files_of(vertex, self.results[vertex].identity, self.files)
            self.trees[vertex] = tree
        return tree

    def content(self, source: Vertex, selectors: Selectors, number: int) -> ReadContent:
        read = self.read.get((source, number))
        if read is None:
            try:
                content = select(self.files(source), selectors)
            except LinkLoopError as error:
                raise MissingSource(str(error)) from None
            read = ReadContent(content, shape_of(content) if self.cache.named else None)
            self.read[source, number] = read
        return read

    def evaluate(self, vertex: Vertex) -> Result:
        last = self.before.get(vertex)
        if vertex.operation.kind == "context":
            return Result(vertex, CACHED, self.cache.new_identity())  # never one that was made before
        if last is not None and self.unchanged(vertex, last):
            entries, _ = self.cache.looked_up(vertex)
            entries.used[last.number] = self.cache.builds
            if last.settled:
                return last
            return Result(vertex, CACHED, last.identity, last.number, reads=last.reads, settled=True)
        inputs = self.inputs(vertex)
        entries, _ = self.cache.looked_up(vertex)
        entries.begin(self.cache.builds)
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
            nearest, failing = _nearest(entries, matching)
            self.check_sources(vertex)
        number = self.cache.record(vertex, entries, possible)
        self.keep(entries, number, inputs)
        outcome = OUTPUT_DEPENDENT if possible else REBUILT
        return Result(vertex, outcome, entries.results[number], number, nearest, failing, reads)

    def keep(self, entries: Entries, number: int, inputs: list[GivenInput]) -> None:
        entries.link(number, inputs, [self.cache.group(given.maker or 0) for given in inputs])
        entries.take(number)

    def unchanged(self, vertex: Vertex, last: Result) -> bool:
        """Whether every input is what it was in the last build of this very vertex: its record is certain to match."""
        if vertex.operation.ignore_cache:
            return False
        offset = 0
        if vertex.chain is not None:
            offset = 1
            if self.results[vertex.chain].identity != self.before[vertex.chain].identity:
                return False
        _, named = self.cache.looked_up(vertex)
        for number, (source, selectors) in enumerate(vertex.sources, offset):
            if source.operation.kind == "context" and selectors:
                was, now = last.reads[number], self.content(source, selectors, named[number])
                if was is None or now.shape is None or was.shape != now.shape:
                    return False
            elif self.results[source].identity != self.before[source].identity:
                return False
        return True

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


def _nearest(entries: Entries, matching: list[tuple[int, int]]) -> tuple[Vertex | None, tuple[int, ...]]:
    """The recorded vertex with which the most inputs are the same, and the numbers of those that are not."""
    nearest: Vertex | None = None
    failing: tuple[int, ...] = ()
    for number in entries.candidates():
        wrong = tuple(index for index, (same, _) in enumerate(matching) if not same >> number & 1)
        if nearest is None or len(wrong) < len(failing):
            nearest, failing = entries.vertices[number], wrong
    return nearest, failing
