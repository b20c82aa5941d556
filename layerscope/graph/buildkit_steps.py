"""BuildKit behind the builder interface: frontend, merging, cache, then rows with their differences."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from layerscope.context.tree import EMPTY, Node
from layerscope.errors import InputError
from layerscope.graph.buildkit import CACHED, BuildCache, Record, Result
from layerscope.graph.content import MissingSource
from layerscope.graph.frontend import read_frontend
from layerscope.graph.operations import Definition, Label, Vertex, merge_operations
from layerscope.graph.selected_files import changed_paths, selected_files
from layerscope.graph.steps import BuildInput, BuiltSteps, Difference, Step


class BuildKitBuilder:
    def __init__(self) -> None:
        self.cache = BuildCache()
        self.built: list[Vertex] = []

    def build(self, given: BuildInput, *, lenient: bool = False) -> BuiltSteps:
        frontend = read_frontend(given.dockerfile, given.context, given.options)
        vertices = merge_operations(frontend.target)
        cold = not self.built
        try:
            results = self.cache.build(vertices, lenient=lenient)
        except MissingSource as error:
            raise _not_found(error, vertices, given) from None
        rows = _Rows(results, self.built, cold)
        steps = [rows.step(result) for result in results.values()]
        self.built += results
        printed = sorted((s for s in steps if not s.hidden), key=lambda s: (s.label.stage_index, s.label.order))
        sent = (v.operation.tree for v in vertices if v.operation.tree is not None and not _context_name(v))
        return BuiltSteps(tuple(printed), tuple(frontend.assumptions), next(sent, EMPTY))


def _not_found(error: MissingSource, vertices: list[Vertex], given: BuildInput) -> InputError:
    for vertex in vertices:
        label = vertex.label
        selectors = [s for _, chosen in vertex.sources for s in chosen]
        if label is not None and any(s.path == error.path for s in selectors):
            message = f"{label.keyword} source {error}, in the context or because it is ignored"
            return InputError(message, given.dockerfile.path, label.instruction.line)
    return InputError(str(error), given.dockerfile.path)


class _Rows:
    """Makes steps of results; what differs is looked for only where a step is not cached."""

    def __init__(self, results: dict[Vertex, Result], built: list[Vertex], cold: bool) -> None:
        self.results = results
        self.built = built
        self.cold = cold
        self.made: dict[Vertex, Step] = {}

    def step(self, result: Result) -> Step:
        vertex = result.vertex
        inputs = [vertex.chain] if vertex.chain is not None else []
        parent = self.made[vertex.chain] if vertex.chain is not None else None
        sources = tuple(self.made[source] for source, _ in vertex.sources)
        inherits: tuple[Step, ...] = ()
        differences: tuple[Difference, ...] = ()
        if result.outcome != CACHED:
            differences = tuple(self._differences(result))
            open_sources = [
                self.made[source]
                for number, (source, selectors) in enumerate(vertex.sources, len(inputs))
                if (not selectors or number in result.failing) and self.results[source].outcome != CACHED
            ]
            inherits = tuple(
                s for s in [*([parent] if parent is not None else []), *open_sources] if s.outcome != CACHED
            )
        label = vertex.label
        step = Step(
            label or _unnamed(vertex),
            tuple(vertex.others),
            result.outcome,
            parent,
            sources,
            differences,
            hidden=label is None,
            link=vertex.operation.kind == "merge",
            kind=vertex.operation.kind,
            inherits=inherits,
            result=result.identity,
            read_files=partial(_read_files, vertex),
        )
        self.made[vertex] = step
        return step

    def _differences(self, result: Result) -> Iterator[Difference]:
        vertex = result.vertex
        if self.cold:
            yield Difference("cold")
            return
        if vertex.operation.ignore_cache:
            yield Difference("option")
        elif result.nearest is None:
            yield from self._other_definition(vertex)
        else:
            yield from self._other_inputs(result, result.nearest)

    def _other_inputs(self, result: Result, nearest: Record) -> Iterator[Difference]:
        vertex = result.vertex
        offset = 0
        if vertex.chain is not None:
            offset = 1
            if 0 in result.failing and self.results[vertex.chain].outcome == CACHED:
                yield Difference("parent")
        yield from self._other_files(vertex, nearest.vertex, tuple(n - offset for n in result.failing))

    def _other_files(self, vertex: Vertex, before: Vertex, failing: tuple[int, ...]) -> Iterator[Difference]:
        for number, (source, selectors) in enumerate(vertex.sources):
            if number not in failing or number >= len(before.sources):
                continue
            was, were = before.sources[number]
            old, new = was.operation.tree, source.operation.tree
            if old is not None and new is not None:
                paths = tuple(changed_paths(old, were, new, selectors))
                yield Difference("files", paths, context=_context_name(source))
            elif self.results[source].outcome == CACHED:
                yield Difference("source")

    def _other_definition(self, vertex: Vertex) -> Iterator[Difference]:
        """The step is new: compare with the one before that stood in its place, if there was one."""
        before = self._counterpart(vertex)
        if before is None or before.label is None:
            yield Difference("new")
            return
        old, new = dict(before.operation.definition), dict(vertex.operation.definition)
        for part, value in new.items():
            if old.get(part) != value:
                yield Difference(part, (), old.get(part), value)
        if [chosen for _, chosen in before.sources] == [chosen for _, chosen in vertex.sources]:
            yield from (d for d in self._other_files(vertex, before, tuple(range(len(vertex.sources)))) if d.paths)

    def _counterpart(self, vertex: Vertex) -> Vertex | None:
        label = vertex.label
        if label is None:
            return None
        kind = vertex.operation.kind
        same_kind = [(v.label, v) for v in reversed(self.built) if v.label and v.operation.kind == kind]
        in_stage = [(other, v) for other, v in same_kind if other.stage == label.stage]
        text = label.instruction.text
        for other, candidate in [*in_stage, *same_kind]:
            if other.instruction.text == text:
                return candidate
        return next((candidate for other, candidate in in_stage if other.position == label.position), None)


def _read_files(vertex: Vertex) -> Iterator[tuple[str, Node]]:
    """What a vertex reads of the main context, below its selected paths, each once."""
    seen: set[str] = set()
    for source, selectors in vertex.sources:
        tree = source.operation.tree
        if tree is None or _context_name(source):
            continue
        for selector in selectors:
            for path, node in selected_files(tree, selector):
                if path not in seen:
                    seen.add(path)
                    yield path, node


def _context_name(vertex: Vertex) -> str:
    """The name of a named context; "" for the main one, and for what is no context."""
    return str(dict(vertex.operation.definition).get("context", ""))


def _unnamed(vertex: Vertex) -> Label:
    """A label for what has no row, so that causes and the graph can still name it."""
    from layerscope.dockerfile.instructions import From

    parts: Definition = vertex.operation.definition
    text = str(parts[0][1]) if parts else vertex.operation.kind
    kind = "FROM" if vertex.operation.kind == "image" else vertex.operation.kind  # as the builder prints an image
    name = text if vertex.operation.kind == "unknown" else f"{kind} {text}"
    return Label(name, "", -1, -1, From(text, 0, 0, text), vertex.operation.kind, -1)
