"""BuildKit as a solver: frontend, merging, cache, then rows with their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.context.tree import EMPTY, Directory
from layerscope.dockerfile.stages import Dockerfile
from layerscope.errors import InputError
from layerscope.graph.buildkit.build_graph import BuildGraph
from layerscope.graph.buildkit.cache import BuildCache
from layerscope.graph.buildkit.evaluate import Evaluated, Evaluation, Result, evaluate
from layerscope.graph.buildkit.frontend import Frontend, read_frontend
from layerscope.graph.buildkit.records import Presence
from layerscope.graph.buildkit.rows import StepRows
from layerscope.graph.caches.record import CacheRecord
from layerscope.graph.files.matches import MissingSource
from layerscope.graph.options import BuildOptions
from layerscope.graph.steps import BuildInput, BuiltSteps, Step
from layerscope.graph.vertices import Vertex, merge_operations, ready_first
from layerscope.values import Entity, field

if TYPE_CHECKING:
    from layerscope.graph.buildkit.demands import Demands
    from layerscope.graph.buildkit.record_links import RecordLinks
    from layerscope.graph.caches.policy import CachePolicy


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
    demands: Demands | None = None  # of a cache that forgets
    steps: dict[Vertex, Step] = field(default_factory=dict)

    @property
    def results(self) -> dict[Vertex, Result]:
        return self.evaluated.results

    def needed(self, cache: BuildCache) -> dict[Vertex, Presence]:
        """The results that the build had to have."""
        if self.demands is None:
            from layerscope.graph.buildkit.demands import Demands

            self.demands = Demands(cache, self.evaluated)
            self.demands.ask()
        return self.demands.needed


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
        demands: Demands | None = None
        if self.cache.forgets:
            from layerscope.graph.buildkit.demands import Demands

            demands = Demands(self.cache, evaluated)
            demands.settle()
        trees = {v: v.operation.tree for v in plan.contexts if v.operation.tree is not None}
        built = self.last = _Build(plan, evaluated, trees, demands)
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
        if self.last is None:
            return []
        from layerscope.graph.buildkit.pruned_cache import PrunedCache

        return list(PrunedCache(self.cache, self._links(), self.last.evaluated, self.last.needed(self.cache)).used())

    def keep_exported(self, policy: CachePolicy) -> None:
        from layerscope.graph.buildkit.exported_cache import ExportedCache

        assert self.last is not None
        evaluated, links = self.last.evaluated, self._links()
        ExportedCache(self.cache, links, evaluated, Evaluation(self.cache, None, evaluated.results), policy).keep()
        if links.lost:
            evaluated.whole = links.lost = False

    def _links(self) -> RecordLinks:
        """Of a cache that forgets from now on."""
        if self.cache.links is None:
            from layerscope.graph.buildkit.record_links import RecordLinks

            self.cache.links = RecordLinks()
        return self.cache.links


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
        if label is not None and any(error.path in {s.path, s.required[1:]} for s in selectors):
            message = f"{label.keyword} source {error}, in the context or because it is ignored"
            return InputError(message, given.dockerfile.path, label.instruction.line)
    return InputError(str(error), given.dockerfile.path)
