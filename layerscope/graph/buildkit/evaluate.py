"""How BuildKit decides: which vertices of a build it would take for ones that it has built.

A vertex hits where one recorded vertex of the same definition has, for every input, the same maker *or* the same
selected files. The chain counts by its maker alone. Entries are never replaced, so going back hits the old ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from itertools import chain

from layerscope.context.paths import LinkLoopError
from layerscope.graph.buildkit.build_graph import BuildGraph
from layerscope.graph.caches.build_cache import BuildCache, Input, Place
from layerscope.graph.caches.entries import Entries, GivenInput, ReadContent, numbers
from layerscope.graph.files.content import MissingSource, is_shared, select
from layerscope.graph.files.filesystem import Tree, resolve
from layerscope.graph.files.shapes import shape_of
from layerscope.graph.files.vertex_files import files_of
from layerscope.graph.operations import Vertex
from layerscope.graph.outcomes import Outcome
from layerscope.values import Entity


class Result(Entity):
    """What became of one vertex. identity: a name of its result; number: of its record among its definition's."""

    vertex: Vertex
    outcome: Outcome
    identity: int
    number: int = -1
    nearest: Vertex | None = None  # of a miss: the recorded vertex it comes closest to
    failing: tuple[int, ...] = ()  # inputs that do not match there: 0 is the chain, then the sources
    reads: tuple[ReadContent | None, ...] = ()  # of each input
    settled: bool = False  # with the very inputs of the build before
    files: Tree | None = None  # that it leaves, once somebody has asked


class Evaluated(Entity):
    """A build. results: inputs first. touched: those vertices whose results are not the very ones of the build before.

    whole: whether nothing was left out, and nothing of it forgotten since.
    """

    graph: BuildGraph
    results: dict[Vertex, Result]
    touched: list[Vertex]
    whole: bool


def evaluate(
    cache: BuildCache, graph: BuildGraph, last: Evaluated | None = None, *, lenient: bool = False
) -> Evaluated:
    """What would become of each vertex; what would run is recorded in the cache.

    lenient: a vertex whose source is missing is left out with all that needs it (the build that would have failed
    there); otherwise MissingSource is raised. After a whole last build a vertex that was in it and to which nothing
    happened keeps its result.
    """
    evaluation = _Evaluation(cache, last)
    if lenient:
        results = evaluation.run_lenient(graph)
        touched = list(results)
    else:
        evaluation.results = _carried(cache, graph, last) if last is not None and last.whole else {}
        touched = evaluation.run(graph)
        results = {vertex: evaluation.results[vertex] for vertex in graph.vertices}
    if last is not None and graph is not last.graph:
        cache.keep_places(graph)
    if cache.has_hollow:
        _run_hollow(cache, results)
        touched = [v for v in results if last is None or results[v] is not last.results.get(v)]
    return Evaluated(graph, results, touched, not lenient)


def _carried(cache: BuildCache, graph: BuildGraph, last: Evaluated) -> dict[Vertex, Result]:
    """The results of the last build, by the vertices of this one."""
    if graph is last.graph:
        return dict(last.results)
    found: dict[Vertex, Result] = {}
    for vertex, twin in graph.twins(last.graph).items():
        cache.share_place(vertex, twin)
        was = last.results[twin]
        found[vertex] = Result(
            vertex, was.outcome, was.identity, was.number, None, (), was.reads, was.settled, was.files
        )
    return found


def _run_hollow(cache: BuildCache, results: dict[Vertex, Result]) -> None:
    """What a step that runs is built on must be there: where only its key was kept, it runs again, too."""
    needed: set[Vertex] = set()
    for vertex, result in reversed(list(results.items())):
        if result.outcome == Outcome.CACHED:
            if vertex not in needed or result.number < 0:
                continue
            if not cache.place(vertex).entries.hollow >> result.number & 1:
                continue
            results[vertex] = Result(vertex, Outcome.REBUILT, result.identity, result.number, reads=result.reads)
        needed.update(source for source, _ in vertex.inputs)


class _Evaluation:
    def __init__(self, cache: BuildCache, last: Evaluated | None) -> None:
        self.cache = cache
        self.last = last
        self.results: dict[Vertex, Result] = {}  # begins as what is known from the last build
        self.read: dict[tuple[Vertex, int], ReadContent] = {}
        self.made: dict[Entries, list[Result]] = {}  # those with a record of their own, by the entries it is in

    def run(self, graph: BuildGraph) -> list[Vertex]:
        """Look up what has no result yet, what reads other files, and what follows; which that was, in order."""
        results = self.results
        changed = self.changed(graph, results)
        order = graph.order
        waiting = sorted([order[vertex] for vertex in changed | self.open(graph)])
        touched: list[Vertex] = []
        while waiting:
            vertex = graph.vertices[heappop(waiting)]
            if touched and touched[-1] is vertex:
                continue
            touched.append(vertex)
            was = results.get(vertex)
            if was is not None and vertex not in changed and not vertex.operation.ignore_cache:
                results[vertex] = self.settle(was)
                continue
            result = results[vertex] = self.evaluate(vertex)
            if was is None or result.identity != was.identity:
                for user in graph.users[vertex]:
                    changed.add(user)
                    heappush(waiting, order[user])
        return touched

    def open(self, graph: BuildGraph) -> set[Vertex]:
        """The vertices whose results are not certain to come again as they are."""
        last = self.last
        repeated = last is not None and last.whole and graph is last.graph
        asked = last.touched if last is not None and repeated else graph.vertices
        results = self.results
        return {vertex for vertex in asked if (was := results.get(vertex)) is None or not was.settled}

    def changed(self, graph: BuildGraph, before: Mapping[Vertex, Result]) -> set[Vertex]:
        """Those that read a context, and find it otherwise.

        A builder asks for all that steps read of contexts before the first of them is done, so that a build which
        fails for want of a file leaves nothing.
        """
        changed = set(graph.takers)
        for vertex, number in graph.readers:
            was = before.get(vertex)
            old = was.reads[number] if was is not None else None
            now = self.content(vertex.inputs[number][0], self.cache.place(vertex).inputs[number], old)
            if now is not old and (old is None or now is None or now.shape is None or old.shape != now.shape):
                changed.add(vertex)
        return changed

    def settle(self, was: Result) -> Result:
        """Every input is what it was in the last build of this very vertex: its record is certain to match."""
        return Result(
            was.vertex, Outcome.CACHED, was.identity, was.number, None, (), was.reads, True, self.same_files(was)
        )

    def run_lenient(self, graph: BuildGraph) -> dict[Vertex, Result]:
        for vertex in graph.vertices:
            if all(source in self.results for source, _ in vertex.inputs):
                try:
                    self.results[vertex] = self.evaluate(vertex)
                except MissingSource:
                    continue
        return self.results

    def files(self, vertex: Vertex) -> Tree:
        if vertex.operation.tree is not None:
            return vertex.operation.tree
        result = self.results[vertex]
        if result.files is None:
            result.files = files_of(vertex, result.identity, self.files)
        return result.files

    def content(self, source: Vertex, given: Input, old: ReadContent | None = None) -> ReadContent | None:
        """What is read of an input; old: what it was in the last build, which it still is where no node is another."""
        if not given.read:
            return None
        key = source, given.read_number
        read = self.read.get(key)
        if read is None:
            try:
                content = select(self.files(source), given.read)
            except LinkLoopError as error:
                raise MissingSource(str(error)) from None
            if old is not None and is_shared(content, old.content):
                read = old
            else:
                shape = shape_of(content) if self.cache.named else None
                read = ReadContent(content, shape, source.operation.tree is not None, given.read_number)
            self.read[key] = read
        return read

    def evaluate(self, vertex: Vertex) -> Result:
        operation = vertex.operation
        if operation.kind == "context":  # never one that was made before
            return Result(vertex, Outcome.CACHED, self.cache.new_identity(), -1, None, (), (), True)
        place = self.cache.place(vertex)
        entries = place.entries
        inputs = [self.given(source, each) for (source, _), each in zip(vertex.inputs, place.inputs, strict=True)]
        reads = tuple([given.read for given in inputs])
        nearest: Vertex | None = None
        failing: tuple[int, ...] = ()
        possible = 0
        if not operation.ignore_cache:
            matching = entries.matching(inputs)
            certain = possible = entries.alive
            for same, maybe in matching:
                certain &= same
                possible &= maybe
            if certain:
                number = next(numbers(certain))
                entries.link(number, inputs)
                return Result(vertex, Outcome.CACHED, entries.results[number], number, None, (), reads)
            nearest, failing = self.nearest(vertex, entries, matching)
            if place.searched:
                self.check_sources(vertex, place)
        number = self.cache.record(entries, possible)
        entries.link(number, inputs)
        outcome = Outcome.OUTPUT_DEPENDENT if possible else Outcome.REBUILT
        result = Result(vertex, outcome, entries.results[number], number, nearest, failing, reads)
        self.made.setdefault(entries, []).append(result)
        return result

    def same_files(self, was: Result) -> Tree | None:
        """What the last build knew of a result's files, where none of its inputs' files can be others now.

        A source may have been matched by what is read of it alone, or be a context, of which the rest may change.
        """
        if was.files is None:
            return None
        for source, selectors in was.vertex.inputs:
            if not self.results[source].settled or (source.operation.kind == "context" and selectors):
                return None
        return was.files

    def given(self, source: Vertex, given: Input) -> GivenInput:
        """The maker and the content of an input."""
        read = self.content(source, given) if given.read else None
        if source.operation.kind == "context":
            return GivenInput(None, 0, (), given.number, read)
        cache = self.cache
        identity = self.results[source].identity
        group = -cache.groups.get(identity, identity)
        return GivenInput(identity, group, cache.kin.get(identity, ()), given.number, read)

    def check_sources(self, vertex: Vertex, place: Place) -> None:
        """What a step that runs must find: its plain sources, and the directories in which its patterns search."""
        for number, path in place.searched:
            if resolve(self.files(vertex.inputs[number][0]), path)[1] is None:
                raise MissingSource(path)

    def nearest(
        self, vertex: Vertex, entries: Entries, matching: list[tuple[int, int]]
    ) -> tuple[Vertex | None, tuple[int, ...]]:
        """The vertex of the last build, or of this one, that most inputs are the same with, and which are not.

        That is the very same one as long as no other comes closer.
        """
        nearest: Vertex | None = None
        failing: tuple[int, ...] = ()
        alive, any_same = entries.alive, 0
        for same, _ in matching:
            any_same |= same
        own = self.last.results.get(vertex) if self.last is not None else None
        for result in chain(() if own is None else (own,), self.alike(entries)):
            bit = 1 << result.number
            if not alive & bit or (nearest is not None and not any_same & bit):
                continue
            wrong = tuple([index for index, (same, _) in enumerate(matching) if not same & bit])
            if nearest is None or len(wrong) < len(failing):
                nearest, failing = result.vertex, wrong
                if len(wrong) == 1:
                    break  # where none is wrong there is a hit
        return nearest, failing

    def alike(self, entries: Entries) -> Iterator[Result]:
        """What the last build had of one definition, then what this one has made of it."""
        if self.last is not None:
            results = self.last.results
            yield from (results[v] for v in self.cache.alike(self.last.graph, entries) if v in results)
        yield from self.made.get(entries, ())
