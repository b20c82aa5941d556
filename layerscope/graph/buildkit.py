"""BuildKit's cache: which vertices it would take for ones it has built.

A vertex hits where one recorded vertex of the same definition has, for every input, the same maker *or* the same
selected files. The chain counts by its maker alone. Entries are never replaced, so going back hits the old ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from layerscope.context.tree import LinkLoopError
from layerscope.graph.content import Content, MissingSource, compare_contents, searched_directory, select
from layerscope.graph.filesystem import Match, Tree, resolve
from layerscope.graph.operations import Selector, Vertex
from layerscope.graph.vertex_files import files_of
from layerscope.values import Entity, field

CACHED = "cached"
REBUILT = "rebuilt"
OUTPUT_DEPENDENT = "output_dependent"


class Result(Entity):
    """What became of one vertex. identity: a name of its result; may_be: results it may turn out to be."""

    vertex: Vertex
    outcome: str
    identity: int
    may_be: frozenset[int] = frozenset()
    record: Record | None = None
    nearest: Record | None = None  # of a miss: the recorded vertex it comes closest to
    failing: tuple[int, ...] = ()  # inputs that do not match there: 0 is the chain, then the sources


class _Input(Entity):
    """One input of a recorded vertex: the makers and the contents it is known under."""

    makers: set[tuple[int, tuple[Selector, ...]]]
    contents: list[Content]


class Record(Entity):
    """A vertex the cache has an entry for."""

    vertex: Vertex
    identity: int
    inputs: list[_Input]


class BuildCache(Entity):
    """All that one builder has built. `build` evaluates a graph against it and records what it would run."""

    records: dict[Hashable, list[Record]] = field(default_factory=dict)
    identities: int = 0

    def build(self, vertices: Iterable[Vertex], *, lenient: bool = False) -> dict[Vertex, Result]:
        """Outcome per vertex, inputs first.

        lenient: a vertex whose source is missing is left out with all that needs it (the build that would have
        failed there); otherwise MissingSource is raised.
        """
        return _Evaluation(self, lenient).run(vertices)

    def new_identity(self) -> int:
        self.identities += 1
        return self.identities


class _Evaluation:
    def __init__(self, cache: BuildCache, lenient: bool) -> None:
        self.cache = cache
        self.lenient = lenient
        self.results: dict[Vertex, Result] = {}
        self.trees: dict[Vertex, Tree] = {}
        self.may_be: dict[int, frozenset[int]] = {}

    def run(self, vertices: Iterable[Vertex]) -> dict[Vertex, Result]:
        for vertex in vertices:
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

    def files(self, vertex: Vertex) -> Tree:
        tree = self.trees.get(vertex)
        if tree is None:
            tree = files_of(vertex, self.results[vertex].identity, self.files)
            self.trees[vertex] = tree
        return tree

    def evaluate(self, vertex: Vertex) -> Result:
        key = (vertex.operation.kind, vertex.operation.definition)
        records = self.cache.records.setdefault(key, [])
        contents = self.read_contents(vertex)
        if vertex.operation.kind == "context":
            return Result(vertex, CACHED, self.cache.new_identity())
        if vertex.operation.ignore_cache:
            return self.record(vertex, records, contents, REBUILT, frozenset(), None, ())
        possible: set[int] = set()
        nearest: Record | None = None
        failing: tuple[int, ...] = ()
        for record in records:
            matches = self.match(vertex, record, contents)
            worst = min(matches, default=Match.YES)
            if worst is Match.YES:
                self.link(vertex, record, contents)
                return Result(vertex, CACHED, record.identity, record=record)
            if worst is Match.MAYBE:
                possible |= {record.identity}
            wrong = tuple(index for index, match in enumerate(matches) if match is not Match.YES)
            if nearest is None or len(wrong) < len(failing):
                nearest, failing = record, wrong
        self.check_sources(vertex)
        outcome = OUTPUT_DEPENDENT if possible else REBUILT
        return self.record(vertex, records, contents, outcome, frozenset(possible), nearest, failing)

    def record(
        self,
        vertex: Vertex,
        records: list[Record],
        contents: list[Content | None],
        outcome: str,
        may_be: frozenset[int],
        nearest: Record | None,
        failing: tuple[int, ...],
    ) -> Result:
        identity = self.cache.new_identity()
        self.may_be[identity] = may_be
        record = Record(vertex, identity, [_Input(set(), []) for _ in contents])
        self.link(vertex, record, contents)
        records.append(record)
        return Result(vertex, outcome, identity, may_be, record, nearest, failing)

    def read_contents(self, vertex: Vertex) -> list[Content | None]:
        """Per input the selected files, None where only the maker counts."""
        contents: list[Content | None] = []
        if vertex.chain is not None:
            contents.append(None)
        for source, selectors in vertex.sources:
            if not selectors:
                contents.append(None)
            elif source is vertex.chain:
                # The parent itself: COPY matches it by its maker alone, RUN by the bytes of its whole root.
                whole = (Selector(""),) if vertex.operation.kind == "exec" else ()
                content = select(self.files(source), whole) if whole else None
                contents.append(content)
                if content is not None:
                    contents[0] = content
            else:
                try:
                    contents.append(select(self.files(source), selectors))
                except LinkLoopError as error:
                    raise MissingSource(str(error)) from None
        return contents

    def check_sources(self, vertex: Vertex) -> None:
        """What a step that runs must find: its plain sources, and the directories in which its patterns search."""
        for source, selectors in vertex.sources:
            for selector in selectors:
                path = searched_directory(selector) if selector.wildcard else selector.path
                if path and resolve(self.files(source), path)[1] is None:
                    raise MissingSource(path)

    def inputs(self, vertex: Vertex) -> list[tuple[Result, tuple[Selector, ...]]]:
        chain = [(self.results[vertex.chain], ())] if vertex.chain is not None else []
        return [*chain, *((self.results[source], selectors) for source, selectors in vertex.sources)]

    def match(self, vertex: Vertex, record: Record, contents: list[Content | None]) -> list[Match]:
        inputs = self.inputs(vertex)
        if len(inputs) != len(record.inputs):
            return [Match.NO] * max(1, len(inputs))
        matches: list[Match] = []
        for (result, selectors), known, content in zip(inputs, record.inputs, contents, strict=True):
            found = Match.NO
            if (result.identity, selectors) in known.makers and result.vertex.operation.kind != "context":
                found = Match.YES
            elif any((identity, selectors) in known.makers for identity in self.closure(result.may_be)):
                found = Match.MAYBE
            if content is not None and found is not Match.YES:
                for recorded in known.contents:
                    found = max(found, compare_contents(content, recorded))
                    if found is Match.YES:
                        break
            matches.append(found)
        return matches

    def closure(self, identities: frozenset[int]) -> set[int]:
        seen: set[int] = set()
        stack = list(identities)
        while stack:
            identity = stack.pop()
            if identity not in seen:
                seen.add(identity)
                stack.extend(self.may_be.get(identity, ()))
        return seen

    def link(self, vertex: Vertex, record: Record, contents: list[Content | None]) -> None:
        """Remember under which makers and contents the record is known now."""
        for (result, selectors), known, content in zip(self.inputs(vertex), record.inputs, contents, strict=True):
            if result.vertex.operation.kind != "context":
                known.makers.add((result.identity, selectors))
            if content is not None and content not in known.contents:
                known.contents.append(content)
