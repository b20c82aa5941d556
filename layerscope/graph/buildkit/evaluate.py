"""How BuildKit decides: which vertices of a build it would take for ones that it has built.

A vertex hits where one record of its key has, for every input, the same result *or* the same selected files. The
parent counts by its result alone. Records are never replaced, so going back hits the old ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from itertools import chain
from typing import TYPE_CHECKING

from layerscope.context.paths import LinkLoopError
from layerscope.graph.buildkit.build_graph import BuildGraph
from layerscope.graph.buildkit.cache import BuildCache, CacheMap, CacheMapInput
from layerscope.graph.buildkit.records import ByContent, InputKey, ReadContent, Records, numbers
from layerscope.graph.files.content import Content, MissingSource, is_shared, select
from layerscope.graph.files.filesystem import Tree, resolve
from layerscope.graph.files.vertex_files import files_of
from layerscope.graph.operations import LocalSource
from layerscope.graph.outcomes import Outcome
from layerscope.graph.vertices import Vertex
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.graph.files.content_digest import ContentDigest


class Result(Entity):
    """What became of one vertex. identity: a name of its result; number: of its record among those of its key."""

    vertex: Vertex
    outcome: Outcome
    identity: int
    number: int = -1
    nearest: Vertex | None = None  # of a miss: the recorded vertex it comes closest to
    failing: tuple[int, ...] = ()  # inputs that do not match there: 0 is the parent, then the sources
    possible: int = 0  # of an open one: the records that it may turn out to be
    by_content: tuple[ByContent, ...] = ()  # of a hit in a cache that forgets: inputs that no key led from
    reads: tuple[ReadContent | None, ...] = ()  # of each input
    settled: bool = False  # with the very inputs of the build before
    files: Tree | None = None  # that it leaves, once somebody has asked
    taken_from: Vertex | None = None  # of a hit: the vertex of this very build that made it


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
    carried = _carried(cache, graph, last) if last is not None and last.whole and not lenient else {}
    evaluation = Evaluation(cache, last, carried)
    if lenient:
        results = evaluation.run_lenient(graph)
        touched = list(results)
    else:
        touched = evaluation.run(graph)
        results = {vertex: evaluation.results[vertex] for vertex in graph.vertices}
    if last is not None and graph is not last.graph:
        cache.keep_cache_maps(graph)
    return Evaluated(graph, results, touched, not lenient)


def _carried(cache: BuildCache, graph: BuildGraph, last: Evaluated) -> dict[Vertex, Result]:
    """The results of the last build, by the vertices of this one."""
    if graph is last.graph:
        return dict(last.results)
    found: dict[Vertex, Result] = {}
    for vertex, same in graph.same_in(last.graph).items():
        cache.share_cache_map(vertex, same)
        was = last.results[same]
        found[vertex] = Result(
            vertex, was.outcome, was.identity, was.number, reads=was.reads, settled=was.settled, files=was.files
        )
    return found


class Evaluation:
    """One build under way: the results that are known of it, and what was read of them."""

    def __init__(self, cache: BuildCache, last: Evaluated | None, results: dict[Vertex, Result]) -> None:
        """results: begins as what is known from the last build."""
        self.cache = cache
        self.last = last
        self.results = results
        self.read: dict[tuple[Vertex, int], ReadContent] = {}
        self.made: dict[Records, list[Result]] = {}  # those with a record of their own, by the records they are among

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
        changed = set(graph.on_contexts)
        for vertex, number in graph.readers:
            was = before.get(vertex)
            old = was.reads[number] if was is not None else None
            now = self.content(vertex.inputs[number][0], self.cache.cache_map(vertex).inputs[number], old)
            if now is not old and (old is None or now is None or now.digest is None or old.digest != now.digest):
                changed.add(vertex)
        return changed

    def settle(self, was: Result) -> Result:
        """Every input is what it was in the last build of this very vertex: its record is certain to match."""
        return Result(
            was.vertex,
            Outcome.CACHED,
            was.identity,
            was.number,
            reads=was.reads,
            settled=True,
            files=self.same_files(was),
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
            result.files = files_of(vertex, self.cache.written.get(result.identity, result.identity), self.files)
        return result.files

    def content(self, source: Vertex, given: CacheMapInput, old: ReadContent | None = None) -> ReadContent | None:
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
                read = ReadContent(content, self.digest(content), source.operation.tree is not None, given.read_number)
            self.read[key] = read
        return read

    def digest(self, content: Content) -> ContentDigest | None:
        """Where files have digests at no cost."""
        if not self.cache.named:
            return None
        from layerscope.graph.files.content_digest import content_digest

        return content_digest(content)

    def evaluate(self, vertex: Vertex) -> Result:
        operation = vertex.operation
        if isinstance(operation.op, LocalSource):  # never one that was made before
            return Result(vertex, Outcome.CACHED, self.cache.new_identity(), settled=True)
        cache_map = self.cache.cache_map(vertex)
        records = cache_map.records
        inputs = self.input_keys(vertex)
        reads = tuple([given.read for given in inputs])
        nearest: Vertex | None = None
        failing: tuple[int, ...] = ()
        certain = possible = unseen = 0
        if not operation.ignore_cache:
            matching = records.matching(inputs)
            certain, possible = records.alive & ~records.doubtful, records.alive
            for same, maybe in matching:
                certain &= same
                possible &= maybe
            unseen = self.unseen(vertex, records, possible) if possible else 0
            if found := certain & ~unseen:
                number = records.first(found)
                by_content = self.by_content(records, number, inputs)
                records.link(number, inputs)
                identity, found_in = records.results[number], self.maker(records, number)
                return Result(
                    vertex, Outcome.CACHED, identity, number, by_content=by_content, reads=reads, taken_from=found_in
                )
            nearest, failing = self.nearest(vertex, records, matching, unseen)
            if cache_map.searched:
                self.check_sources(vertex, cache_map)
        # What it makes may be one more result of a key that it could not find.
        number = next(numbers(certain)) if certain else self.cache.record(records, possible)
        records.link(number, inputs)
        found = possible & ~unseen
        outcome = Outcome.OUTPUT_DEPENDENT if found else Outcome.REBUILT
        result = Result(vertex, outcome, records.results[number], number, nearest, failing, found, reads=reads)
        self.made.setdefault(records, []).append(result)
        return result

    def maker(self, records: Records, number: int) -> Vertex | None:
        """The vertex of this build that made a record, where one did."""
        return next((one.vertex for one in self.made.get(records, ()) if one.number == number), None)

    def unseen(self, vertex: Vertex, records: Records, asked: int) -> int:
        """Of the records asked about those of this very build that the vertex looked for before they were there.

        A scheduler looks up an input's keys as soon as it knows them, which for a parent is at the beginning: a vertex
        that hangs on the one that makes a record finds it only through inputs that are known after that. Nor are the
        two merged into one, as twins are that do not hang on each other (`scheduler.dispatch`, `edge.isDep`).
        """
        found = 0
        for maker in self.made.get(records, ()):
            bit = 1 << maker.number
            if asked & bit and not found & bit and self.looks_before(vertex, maker.vertex):
                found |= bit
        return found

    def looks_before(self, vertex: Vertex, maker: Vertex) -> bool:
        """Whether it hangs on the maker, and some input of it is looked up before that is done, or never by its key."""
        after = [_hangs_on(source, maker) for source, _ in vertex.inputs]
        if not any(after):
            return False
        reads = self.cache.cache_map(vertex).inputs
        return not all(
            late and (bool(each.read) or self.results[source].outcome is Outcome.CACHED)
            for late, each, (source, _) in zip(after, reads, vertex.inputs, strict=True)
        )

    def by_content(self, records: Records, number: int, inputs: list[InputKey]) -> tuple[ByContent, ...]:
        """Of the inputs of a hit, those at which files lead to it and no key: where no result ever goes none counts."""
        if not self.cache.forgets:
            return ()
        return records.led_by_content(number, self.cache.alike(records, 1 << number), inputs)

    def same_files(self, was: Result) -> Tree | None:
        """What the last build knew of a result's files, where none of its inputs' files can be others now.

        A source may have been matched by what is read of it alone, or be a context, of which the rest may change.
        """
        if was.files is None:
            return None
        for source, selectors in was.vertex.inputs:
            if not self.results[source].settled or (isinstance(source.op, LocalSource) and selectors):
                return None
        return was.files

    def input_keys(self, vertex: Vertex) -> list[InputKey]:
        given = self.cache.cache_map(vertex).inputs
        return [self.input_key(source, each) for (source, _), each in zip(vertex.inputs, given, strict=True)]

    def input_key(self, source: Vertex, given: CacheMapInput) -> InputKey:
        """The result and the content of an input."""
        read = self.content(source, given) if given.read else None
        if isinstance(source.op, LocalSource):
            return InputKey(None, 0, (), given.number, read)
        cache = self.cache
        identity = self.results[source].identity
        group = -cache.groups.get(identity, identity)
        return InputKey(identity, group, cache.may_equal.get(identity, ()), given.number, read)

    def check_sources(self, vertex: Vertex, cache_map: CacheMap) -> None:
        """What a step that runs must find: its plain sources, and the directories in which its patterns search."""
        for number, path in cache_map.searched:
            if resolve(self.files(vertex.inputs[number][0]), path)[1] is None:
                raise MissingSource(path)

    def nearest(
        self, vertex: Vertex, records: Records, matching: list[tuple[int, int]], unseen: int
    ) -> tuple[Vertex | None, tuple[int, ...]]:
        """The vertex of the last build, or of this one, that most inputs are the same with, and which are not.

        That is the very same one as long as no other comes closer.
        """
        nearest: Vertex | None = None
        failing: tuple[int, ...] = ()
        alive, any_same = records.alive & ~unseen, 0
        for same, _ in matching:
            any_same |= same
        own = self.last.results.get(vertex) if self.last is not None else None
        for result in chain(() if own is None else (own,), self.with_key(records)):
            bit = 1 << result.number
            if not alive & bit or (nearest is not None and not any_same & bit):
                continue
            wrong = tuple([index for index, (same, _) in enumerate(matching) if not same & bit])
            if nearest is None or len(wrong) < len(failing):
                nearest, failing = result.vertex, wrong
                if len(wrong) == 1:
                    break  # where none is wrong there is a hit
        return nearest, failing

    def with_key(self, records: Records) -> Iterator[Result]:
        """What the last build had of one key, then what this one has made of it."""
        if self.last is not None:
            results = self.last.results
            yield from (results[v] for v in self.cache.with_records(self.last.graph, records) if v in results)
        yield from self.made.get(records, ())


def _hangs_on(vertex: Vertex, other: Vertex) -> bool:
    """Whether one is the other, or is built on it or reads it, at whatever distance."""
    waiting, seen = [vertex], {vertex}
    while waiting:
        one = waiting.pop()
        if one is other:
            return True
        sources = [source for source, _ in one.inputs if source not in seen]
        seen.update(sources)
        waiting.extend(sources)
    return False
