"""BuildKit behind the builder interface: frontend, merging, cache, then rows with their differences."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from layerscope.context.tree import EMPTY, Directory, Node
from layerscope.dockerfile.stages import Dockerfile
from layerscope.errors import InputError
from layerscope.graph.buildkit.build_graph import BuildGraph
from layerscope.graph.buildkit.evaluate import Evaluated, Result, evaluate
from layerscope.graph.buildkit.frontend import Frontend, read_frontend
from layerscope.graph.caches.build_cache import BuildCache
from layerscope.graph.caches.entries import Entries
from layerscope.graph.caches.retention import CacheEntry
from layerscope.graph.files.content import MissingSource
from layerscope.graph.files.selected_files import changed_paths, selected_files
from layerscope.graph.operations import Definition, Label, Selector, Vertex, merge_operations
from layerscope.graph.options import BuildOptions
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import BuildInput, BuiltSteps, Difference, Step
from layerscope.values import Entity, field


class _Plan(Entity):
    """A Dockerfile with its options as vertices. The builds of one plan differ in the context alone."""

    dockerfile: Dockerfile
    options: BuildOptions
    frontend: Frontend
    graph: BuildGraph
    printed: list[Vertex]  # those with rows, in build order
    contexts: list[Vertex]  # those whose files are given
    cached: dict[Vertex, Step] = field(default_factory=dict)  # the rows of a build in which nothing runs

    def fits(self, given: BuildInput) -> bool:
        return given.dockerfile is self.dockerfile and given.options is self.options


class _Build(Entity):
    """The last build: what its steps are held against. trees: of its contexts, by their vertices."""

    plan: _Plan
    evaluated: Evaluated
    trees: dict[Vertex, Directory]
    steps: dict[Vertex, Step] = field(default_factory=dict)

    @property
    def results(self) -> dict[Vertex, Result]:
        return self.evaluated.results


class BuildKitBuilder:
    """named: whether the files of all contexts have digests at no cost, as those of git have."""

    def __init__(self, *, named: bool = False) -> None:
        self.cache = BuildCache(named)
        self.last: _Build | None = None

    def build(self, given: BuildInput, *, lenient: bool = False) -> BuiltSteps:
        last = self.last
        plan = last.plan if last is not None and last.plan.fits(given) else _plan(given)
        plan.frontend.send(given.context)
        before = last.evaluated if last is not None else None
        again = before is not None and before.whole and before.graph is plan.graph and not lenient
        try:
            evaluated = evaluate(self.cache, plan.graph, before, lenient=lenient)
        except MissingSource as error:
            if before is not None:
                before.whole = False
            raise _not_found(error, plan.graph.vertices, given) from None
        trees = {v: v.operation.tree for v in plan.contexts if v.operation.tree is not None}
        built = self.last = _Build(plan, evaluated, trees)
        rows = _Rows(built, last)
        if again and last is not None:
            # What nothing happened to is shown as it was.
            built.steps.update(last.steps)
        for vertex in evaluated.touched if again else evaluated.results:
            rows.step(evaluated.results[vertex])
        steps = built.steps
        return BuiltSteps(
            tuple([steps[v] for v in plan.printed if v in steps]),
            tuple(plan.frontend.assumptions),
            plan.frontend.context.tree or EMPTY,
        )

    def used(self) -> list[CacheEntry]:
        found: list[CacheEntry] = []
        for vertex, result in self.last.results.items() if self.last is not None else ():
            if result.number >= 0:
                entries = self.cache.place(vertex).entries
                text = vertex.label.instruction.whole_text if vertex.label is not None else ""
                forget = partial(self._forget, entries, result.number)
                found.append(CacheEntry((id(entries), result.number), text, forget))
        return found

    def _forget(self, entries: Entries, number: int) -> None:
        entries.forget(number)
        if self.last is not None:
            self.last.evaluated.whole = False

    def keep_image_alone(self) -> None:
        assert self.last is not None
        vertices = self.last.plan.graph.vertices
        target: Vertex | None = vertices[-1] if vertices else None
        of_image: set[Vertex] = set()
        while target is not None:
            of_image.add(target)
            if target.operation.kind == "merge":
                of_image.update(source for source, _ in target.sources)
            target = target.chain
        self.cache.has_hollow = True
        for vertex, result in self.last.results.items():
            if result.number >= 0:
                entries = self.cache.place(vertex).entries
                bit = 1 << result.number
                entries.hollow = entries.hollow & ~bit if vertex in of_image else entries.hollow | bit


def _plan(given: BuildInput) -> _Plan:
    frontend = read_frontend(given.dockerfile, given.options)
    vertices = merge_operations(frontend.target)
    shown = [(v.label.stage_index, v.label.order, v) for v in vertices if v.label is not None]
    printed = [v for *_, v in sorted(shown, key=lambda row: row[:2])]
    contexts = [v for v in vertices if v.operation.tree is not None]
    return _Plan(given.dockerfile, given.options, frontend, BuildGraph.of(vertices), printed, contexts)


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

    def __init__(self, build: _Build, last: _Build | None) -> None:
        self.results = build.results
        self.last = last
        self.made = build.steps
        self.cached = build.plan.cached
        self.paths: dict[tuple[Vertex, tuple[Selector, ...]], tuple[str, ...]] = {}  # that changed, by what is read

    def step(self, result: Result) -> None:
        """Make the row of a vertex. Those of a build in which nothing runs are made once for all builds of a plan."""
        vertex, made = result.vertex, self.made
        kept = self.cached.get(vertex) if result.settled else None
        if kept is not None and self.all_cached(vertex):
            made[vertex] = kept
            return
        parent = made[vertex.chain] if vertex.chain is not None else None
        sources = tuple([made[source] for source, _ in vertex.sources])
        inherits: tuple[Step, ...] = ()
        differences: tuple[Difference, ...] = ()
        if result.outcome != Outcome.CACHED:
            inherits = _inherits(result, parent, sources)
            differences = tuple(self._differences(result, alone=not inherits))
        label = vertex.label
        step = made[vertex] = Step(
            label or _unnamed(vertex),
            tuple(vertex.others),
            result.outcome,
            parent,
            sources,
            differences,
            label is None,
            vertex.operation.kind == "merge",
            vertex.operation.kind,
            inherits,
            result.identity,
            partial(_read_files, vertex),
        )
        if result.outcome == Outcome.CACHED and self.all_cached(vertex):
            self.cached[vertex] = step

    def all_cached(self, vertex: Vertex) -> bool:
        """Whether all that a vertex is made of has the rows of a build in which nothing runs."""
        made, cached = self.made, self.cached
        return all(made[source] is cached.get(source) for source, _ in vertex.inputs)

    def _differences(self, result: Result, *, alone: bool) -> list[Difference]:
        if self.last is None:
            return [Difference("cold")]
        if result.vertex.operation.ignore_cache:
            return [Difference("option")]
        if result.nearest is None:
            return self._other_definition(result.vertex, alone=alone)
        return self._other_inputs(result, result.nearest)

    def _other_inputs(self, result: Result, nearest: Vertex) -> list[Difference]:
        vertex, failing = result.vertex, result.failing
        if vertex.chain is None:
            return self._other_files(vertex, nearest, failing)
        found: list[Difference] = []
        if 0 in failing and self.results[vertex.chain].outcome == Outcome.CACHED:
            found.append(Difference("parent"))
        if failing != (0,):
            found += self._other_files(vertex, nearest, tuple([number - 1 for number in failing]))
        return found

    def _other_files(self, vertex: Vertex, before: Vertex, failing: tuple[int, ...]) -> list[Difference]:
        found: list[Difference] = []
        for number in failing:
            if not 0 <= number < len(before.sources):
                continue
            (source, selectors), (was, were) = vertex.sources[number], before.sources[number]
            old, new = self._tree_before(was), source.operation.tree
            if old is not None and new is not None:
                paths = self._changed(source, selectors, old, were)
                found.append(Difference("files", paths, None, None, _context_name(source)))
            elif self.results[source].outcome == Outcome.CACHED:
                found.append(Difference("source"))
        return found

    def _tree_before(self, vertex: Vertex) -> Directory | None:
        """A context as the last build had it that knew this vertex."""
        tree = self.last.trees.get(vertex) if self.last is not None else None
        return tree if tree is not None else vertex.operation.tree

    def _changed(
        self, source: Vertex, selectors: tuple[Selector, ...], old: Directory, were: tuple[Selector, ...]
    ) -> tuple[str, ...]:
        """The paths at which a context differs from `old`; several steps may read the same of it."""
        new = source.operation.tree
        assert new is not None
        if were != selectors:
            return tuple(changed_paths(old, were, new, selectors))
        found = self.paths.get((source, selectors))
        if found is None:
            found = self.paths[source, selectors] = tuple(changed_paths(old, were, new, selectors))
        return found

    def _other_definition(self, vertex: Vertex, *, alone: bool) -> list[Difference]:
        """The step is new: compare with the one before that stood in its place, if there was one.

        alone: whether nothing that it builds on runs again.
        """
        before = self._counterpart(vertex)
        if before is None or before.label is None:
            return [Difference("new")]
        if before.operation.definition == vertex.operation.definition:
            return [Difference("cold")] if alone else []  # cold: the cache no longer has it
        old, new = dict(before.operation.definition), dict(vertex.operation.definition)
        found = [Difference(part, (), old.get(part), value) for part, value in new.items() if old.get(part) != value]
        if [chosen for _, chosen in before.sources] == [chosen for _, chosen in vertex.sources]:
            found += [d for d in self._other_files(vertex, before, tuple(range(len(vertex.sources)))) if d.paths]
        return found

    def _built_before(self) -> list[Vertex]:
        return list(reversed(self.last.results)) if self.last is not None else []

    def _counterpart(self, vertex: Vertex) -> Vertex | None:
        label = vertex.label
        if label is None:
            return None
        kind = vertex.operation.kind
        same_kind = [(v.label, v) for v in self._built_before() if v.label and v.operation.kind == kind]
        in_stage = [(other, v) for other, v in same_kind if other.stage == label.stage]
        text = label.instruction.text
        for other, candidate in [*in_stage, *same_kind]:
            if other.instruction.text == text:
                return candidate
        return next((candidate for other, candidate in in_stage if other.position == label.position), None)


def _inherits(result: Result, parent: Step | None, sources: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps that do not come from the cache, of those that a step which runs is built on or reads otherwise."""
    found = [parent] if parent is not None and parent.outcome != Outcome.CACHED else []
    first = 0 if parent is None else 1
    for number, (step, (_, selectors)) in enumerate(zip(sources, result.vertex.sources, strict=True), first):
        if step.outcome != Outcome.CACHED and (not selectors or number in result.failing):
            found.append(step)
    return tuple(found)


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
