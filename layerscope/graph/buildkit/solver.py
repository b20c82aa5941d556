"""BuildKit as a solver: frontend, merging, cache, then rows with their differences."""

from __future__ import annotations

from functools import partial

from layerscope.context.tree import EMPTY, Directory
from layerscope.dockerfile.stages import Dockerfile
from layerscope.errors import InputError
from layerscope.graph.buildkit.build_graph import BuildGraph
from layerscope.graph.buildkit.cache import BuildCache
from layerscope.graph.buildkit.evaluate import Evaluated, Result, evaluate
from layerscope.graph.buildkit.frontend import Frontend, read_frontend
from layerscope.graph.buildkit.records import Records
from layerscope.graph.buildkit.rows import StepRows
from layerscope.graph.caches.record import CacheRecord
from layerscope.graph.files.content import MissingSource
from layerscope.graph.operations import MergeOp
from layerscope.graph.options import BuildOptions
from layerscope.graph.steps import BuildInput, BuiltSteps, Step
from layerscope.graph.vertices import Vertex, merge_operations, ready_first
from layerscope.values import Entity, field


class _Plan(Entity):
    """A Dockerfile with its options as vertices. The builds of one plan differ in their contexts' files alone."""

    dockerfile: Dockerfile
    options: BuildOptions
    frontend: Frontend
    graph: BuildGraph
    printed: list[Vertex]  # those with rows, in build order
    contexts: list[Vertex]  # those whose files are given
    cached: dict[Vertex, Step] = field(default_factory=dict)  # the rows of a build in which nothing runs

    def fits(self, given: BuildInput) -> bool:
        if given.dockerfile is not self.dockerfile:
            return False
        return given.options is self.options or given.options.without_files == self.options.without_files


class _Build(Entity):
    """The last build: what its steps are held against. trees: of its contexts, by their vertices."""

    plan: _Plan
    evaluated: Evaluated
    trees: dict[Vertex, Directory]
    steps: dict[Vertex, Step] = field(default_factory=dict)

    @property
    def results(self) -> dict[Vertex, Result]:
        return self.evaluated.results


class BuildKitSolver:
    """BuildKit with its cache."""

    def __init__(self, cache: BuildCache) -> None:
        self.cache = cache
        self.last: _Build | None = None

    def build(self, given: BuildInput, *, lenient: bool = False) -> BuiltSteps:
        last = self.last
        if last is not None and last.plan.fits(given):
            plan = last.plan
            plan.frontend.send(given.context, given.options.named_contexts, whole=given.whole)
        else:
            plan = _plan(given)
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
        rows = StepRows(
            evaluated.results,
            built.steps,
            plan.cached,
            last.results if last is not None else None,
            last.trees if last is not None else {},
        )
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

    def used(self) -> list[CacheRecord]:
        found: list[CacheRecord] = []
        for vertex, result in self.last.results.items() if self.last is not None else ():
            if result.number >= 0:
                records = self.cache.cache_map(vertex).records
                text = vertex.label.instruction.whole_text if vertex.label is not None else ""
                forget = partial(self._forget, records, result.number)
                found.append(CacheRecord((id(records), result.number), text, forget))
        return found

    def _forget(self, records: Records, number: int) -> None:
        records.forget(number)
        if self.last is not None:
            self.last.evaluated.whole = False

    def keep_image_alone(self) -> None:
        assert self.last is not None
        vertices = self.last.plan.graph.vertices
        target: Vertex | None = vertices[-1] if vertices else None
        of_image: set[Vertex] = set()
        while target is not None:
            of_image.add(target)
            if isinstance(target.op, MergeOp):
                of_image.update(source for source, _ in target.sources)
            target = target.parent
        self.cache.lacks_results = True
        for vertex, result in self.last.results.items():
            if result.number >= 0:
                records = self.cache.cache_map(vertex).records
                bit = 1 << result.number
                without = records.without_result
                records.without_result = without & ~bit if vertex in of_image else without | bit


def _plan(given: BuildInput) -> _Plan:
    frontend = read_frontend(given.dockerfile, given.options)
    # One context whose uses ask for other files is several.
    frontend.send(given.context, given.options.named_contexts, whole=given.whole)
    vertices = ready_first(merge_operations(frontend.target))
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
