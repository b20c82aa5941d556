"""The rows of a build: steps of what became of its vertices, each with what makes it differ from the build before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from layerscope.context.tree import Directory, Node
from layerscope.dockerfile.instructions import From
from layerscope.graph.buildkit.evaluate import Result
from layerscope.graph.differences import (
    ColdCache,
    Difference,
    NewStep,
    NoCache,
    OtherFiles,
    OtherParent,
    OtherPart,
    OtherSource,
    other_value,
)
from layerscope.graph.files.selected_files import changed_paths, selected_files
from layerscope.graph.key_parts import CHECKSUM
from layerscope.graph.operations import (
    CopyOp,
    ExecOp,
    GitSource,
    HttpSource,
    ImageSource,
    LocalSource,
    MergeOp,
    MkdirOp,
    MkfileOp,
    Selector,
    UnknownSource,
)
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step
from layerscope.graph.vertices import StepLabel, Vertex
from layerscope.values import assert_never


class StepRows:
    """Makes steps of results; what differs is looked for only where a step is not cached."""

    def __init__(
        self,
        results: Mapping[Vertex, Result],
        made: dict[Vertex, Step],
        cached: dict[Vertex, Step],
        last: dict[Vertex, Result] | None,
        last_trees: Mapping[Vertex, Directory],
    ) -> None:
        """made: takes the steps. cached: those of a build in which nothing runs, for all builds of a plan.

        last, last_trees: what the last build came to, and the contexts it had; None where there was none.
        """
        self.results = results
        self.made = made
        self.cached = cached
        self.last = last
        self.last_trees = last_trees
        self.paths: dict[tuple[Vertex, tuple[Selector, ...]], tuple[str, ...]] = {}  # that changed, by what is read

    def step(self, result: Result) -> None:
        """Make the row of a vertex. Those of a build in which nothing runs are made once for all builds of a plan."""
        vertex, made = result.vertex, self.made
        kept = self.cached.get(vertex) if result.settled else None
        if kept is not None and self.all_cached(vertex):
            made[vertex] = kept
            return
        parent = made[vertex.parent] if vertex.parent is not None else None
        sources = tuple([made[source] for source, _ in vertex.sources])
        inherits: tuple[Step, ...] = ()
        differences: tuple[Difference, ...] = ()
        if result.outcome != Outcome.CACHED:
            inherits = _inherits(result, parent, sources)
            differences = tuple(self._differences(result, alone=not inherits))
        elif result.taken_from is not None:
            inherits = (made[result.taken_from],)
        label = vertex.label
        step = made[vertex] = Step(
            label or _unnamed(vertex),
            tuple(vertex.others),
            result.outcome,
            parent,
            sources,
            differences,
            label is None,
            isinstance(vertex.op, MergeOp),
            vertex.op,
            inherits,
            result.identity,
            partial(_read_files, vertex),
        )
        if not step.is_new and self.all_cached(vertex):
            self.cached[vertex] = step

    def all_cached(self, vertex: Vertex) -> bool:
        """Whether all that a vertex is made of has the rows of a build in which nothing runs."""
        made, cached = self.made, self.cached
        return all(made[source] is cached.get(source) for source, _ in vertex.inputs)

    def _differences(self, result: Result, *, alone: bool) -> list[Difference]:
        if self.last is None:
            return [ColdCache()]
        if result.vertex.operation.ignore_cache:
            return [NoCache()]
        if result.nearest is None:
            return self._other_definition(result.vertex, alone=alone)
        return self._other_inputs(result, result.nearest)

    def _other_inputs(self, result: Result, nearest: Vertex) -> list[Difference]:
        vertex, failing = result.vertex, result.failing
        if vertex.parent is None:
            return self._other_files(vertex, nearest, failing)
        found: list[Difference] = []
        if 0 in failing and not self.made[vertex.parent].is_new:
            found.append(OtherParent())
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
                found.append(OtherFiles(paths, _context_name(source)))
            elif isinstance(source.op, HttpSource) and isinstance(was.op, HttpSource) and was.op.name == source.op.name:
                if self.results[vertex].outcome == Outcome.REBUILT:
                    found.append(OtherPart(CHECKSUM, was.op.checksum or None, source.op.checksum or None))
            elif not self.made[source].is_new:
                found.append(OtherSource())
        return found

    def _tree_before(self, vertex: Vertex) -> Directory | None:
        """A context as the last build had it that knew this vertex."""
        tree = self.last_trees.get(vertex)
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
            return [NewStep()]
        if before.op.key == vertex.op.key:
            return [ColdCache()] if alone else []  # cold: the cache no longer has it
        parts = zip(before.op.definition, vertex.op.definition, strict=True)
        found = [other_value(part, old, new) for (_, old), (part, new) in parts if old != new]
        if [chosen for _, chosen in before.sources] == [chosen for _, chosen in vertex.sources]:
            files = self._other_files(vertex, before, tuple(range(len(vertex.sources))))
            found += [each for each in files if isinstance(each, OtherFiles) and each.paths]
        return found

    def _built_before(self) -> list[Vertex]:
        return list(reversed(self.last)) if self.last is not None else []

    def _counterpart(self, vertex: Vertex) -> Vertex | None:
        label = vertex.label
        if label is None:
            return None
        same_type = [(v.label, v) for v in self._built_before() if v.label and type(v.op) is type(vertex.op)]
        in_stage = [(other, v) for other, v in same_type if other.stage == label.stage]
        text = label.instruction.text
        for other, candidate in [*in_stage, *same_type]:
            if other.instruction.text == text:
                return candidate
        return next((candidate for other, candidate in in_stage if other.position == label.position), None)


def _inherits(result: Result, parent: Step | None, sources: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps that give something new, of those that a step which runs is built on or reads otherwise."""
    found = [parent] if parent is not None and parent.is_new else []
    first = 0 if parent is None else 1
    for number, (step, (_, selectors)) in enumerate(zip(sources, result.vertex.sources, strict=True), first):
        if step.is_new and (not selectors or number in result.failing):
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
    return vertex.op.name if isinstance(vertex.op, LocalSource) else ""


def _unnamed(vertex: Vertex) -> StepLabel:
    """A label for what has no row, so that causes and the graph can still name it."""
    match vertex.op:
        case ImageSource() as image:
            words = "image", image.identity, f"FROM {image.identity}"  # as the builder prints one
        case LocalSource() as context:
            words = "context", context.name, f"context {context.name}"
        case GitSource() as repository:
            words = "remote", repository.url, f"remote {repository.url}"
        case HttpSource() as file:
            known_by = file.checksum or file.url
            words = "remote", known_by, f"remote {known_by}"
        case MkfileOp() as document:
            words = "document", document.name, f"document {document.name}"
        case UnknownSource() as unknown:
            words = "unknown", unknown.name, unknown.name
        case ExecOp() | CopyOp() | MkdirOp() | MergeOp():
            raise AssertionError("an instruction's own operation has a label")
        case other:
            assert_never(other)
    keyword, text, name = words
    return StepLabel(name, "", -1, -1, From(text, 0, 0, text), keyword, -1)
