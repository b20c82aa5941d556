"""The classic builder as a solver: a build, then rows with their differences."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from layerscope.context.tree import Directory, File, Link, Node, Special
from layerscope.errors import InputError
from layerscope.graph.caches.policy import CachePolicy
from layerscope.graph.caches.record import CacheRecord
from layerscope.graph.classic.build import ClassicBuild
from layerscope.graph.classic.cache import ClassicCache, ClassicResult
from layerscope.graph.differences import (
    ColdCache,
    Difference,
    NewStep,
    OtherFiles,
    OtherImage,
    OtherPart,
    UnknownFiles,
    other_value,
)
from layerscope.graph.files.content import MissingSource
from layerscope.graph.files.filesystem import Match, Opaque, Tree, compare
from layerscope.graph.key_parts import IMAGE, KeyPart
from layerscope.graph.operations import ImageSource, UnknownSource
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import BuildInput, BuiltSteps, Step

_BASE_IMAGE, _REMOTE = KeyPart("base image"), KeyPart("remote")


class ClassicSolver:
    """The classic builder with its cache."""

    def __init__(self, cache: ClassicCache) -> None:
        self.cache = cache
        self.built: list[ClassicResult] = []  # the last build

    def build(self, given: BuildInput, *, lenient: bool = False) -> BuiltSteps:
        build = ClassicBuild(given.dockerfile, given.context, given.options, self.cache)
        cold = not self.built
        try:
            results = build.run(lenient=lenient)
        except MissingSource as error:
            line = next((r.label.instruction.line for r in reversed(build.results)), None)
            raise InputError(f"COPY failed: {error}", given.dockerfile.path, line) from None
        made: dict[int, Step] = {}
        for result in results:
            made[id(result)] = self._step(result, made, cold)
        self.built = results
        return BuiltSteps(tuple(made.values()), tuple(build.assumptions), given.context)

    def used(self) -> list[CacheRecord]:
        found: list[CacheRecord] = []
        for result in self.built:
            if not result.label.is_from:
                forget = partial(self.cache.forget, result.identity)
                built_on = (result.parent.identity,) if result.parent is not None else ()
                text = result.label.instruction.whole_text
                found.append(CacheRecord(result.identity, text, forget, forget, built_on=built_on))
        return found

    def keep_exported(self, policy: CachePolicy) -> None:
        """It exports no cache: what it has built is in its store."""

    def _step(self, result: ClassicResult, made: dict[int, Step], cold: bool) -> Step:
        parent = made.get(id(result.parent))
        source = made.get(id(result.source))
        differences: tuple[Difference, ...] = ()
        inherits: tuple[Step, ...] = ()
        if result.outcome != Outcome.CACHED:
            inherits = tuple(s for s in (parent, source) if s is not None and s.outcome != Outcome.CACHED)
            differences = (ColdCache(),) if cold else tuple(self._differences(result))
        return Step(
            result.label,
            (),
            result.outcome,
            parent,
            (source,) if source else (),
            differences,
            inherits=inherits,
            read_files=partial(_read_files, result),
        )

    def _differences(self, result: ClassicResult) -> Iterator[Difference]:
        if result.label.is_from:
            if result.parent is None:
                yield OtherImage(_BASE_IMAGE, None, result.parts[0][1])
            return
        before: ClassicResult | None = None
        if result.nearest is not None:
            identity = result.nearest.identity
            before = next((built for built in self.built if built.identity == identity), None)
        if before is None:
            before = self._counterpart(result)
        if before is None:
            yield NewStep()
            return
        old = dict(before.parts)  # of a FROM, where it stood in the same place
        for part, value in result.parts:
            if old.get(part) != value:
                yield other_value(part, old.get(part), value)
        paths = tuple(_changed(dict(before.sums), dict(result.sums)))
        if paths and result.source is None:
            yield _other_files(result, paths)

    def _counterpart(self, result: ClassicResult) -> ClassicResult | None:
        label = result.label
        in_stage = [b for b in reversed(self.built) if b.label.stage == label.stage]
        for candidate in in_stage:
            if candidate.label.instruction.text == label.instruction.text:
                return candidate
        return next((b for b in in_stage if b.label.position == label.position), None)


def _other_files(result: ClassicResult, paths: tuple[str, ...]) -> Difference:
    unseen = result.sums[0][1] if result.sums else None
    if not isinstance(unseen, Opaque) or not isinstance(unseen.state, tuple):
        return OtherFiles(paths)
    if isinstance(result.origin, ImageSource):
        return OtherImage(IMAGE)
    return UnknownFiles() if isinstance(result.origin, UnknownSource) else OtherPart(_REMOTE)


def _read_files(result: ClassicResult) -> Iterator[tuple[str, Node]]:
    """What a COPY or ADD takes from the context: what is summed of it that are files or links."""
    if result.source is None:
        for path, node in result.sums:
            if isinstance(node, File | Link | Special):
                yield path, node


def _changed(old: dict[str, Tree | None], new: dict[str, Tree | None]) -> Iterator[str]:
    for path in sorted(old.keys() | new.keys()):
        ours, theirs = old.get(path), new.get(path)
        if isinstance(ours, Directory) and isinstance(theirs, Directory):
            if ours.mode != theirs.mode:
                yield path
        elif compare(ours, theirs) is not Match.YES:
            yield path
