"""A builder as a third one is written: it has no cache mounts, and a step is one of before by its parent and its text.

What it copies counts by nothing but that text, as with a builder that was told to trust it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from layerscope.context.globs import has_wildcard
from layerscope.context.tree import Directory, Node
from layerscope.dockerfile.instructions import Copy, Instruction
from layerscope.dockerfile.stages import Stage
from layerscope.graph.caches.policy import CachePolicy
from layerscope.graph.caches.retention import CacheRecord
from layerscope.graph.differences import ColdCache, Difference, NewStep
from layerscope.graph.files.selected_files import selected_files
from layerscope.graph.names import normalized
from layerscope.graph.operations import Selector
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import BuildInput, BuiltSteps, Step
from layerscope.graph.vertices import StepLabel
from layerscope.packed import Kind

Key = tuple[str, ...]  # the texts from the base image on


class Toy:
    """What it is."""

    name = "toy"
    versions = ("1", "2")
    networks: tuple[str, ...] = ()
    reads_own_ignore_file = True
    packs_context = False
    runs_stages_side_by_side = False
    keeps_context = False
    exports_cache = False
    can_resume = True

    def cache_kinds(self) -> tuple[Kind, ...]:
        return ()  # a set of tuples is plain data

    def image_identity(self, diff_ids: Sequence[str], image_id: str) -> str:
        return image_id

    def may_show_as_run(self, steps: Iterable[Step]) -> frozenset[str]:
        return frozenset()

    def solver(self, *, named: bool = False, cache: object = None) -> ToySolver:
        return ToySolver(cache if isinstance(cache, set) else set())


class ToySolver:
    """It, with all that it has built."""

    def __init__(self, cache: set[Key]) -> None:
        self.cache = cache
        self.keys: list[Key] = []  # of the last build

    def build(self, given: BuildInput, *, lenient: bool = False) -> BuiltSteps:
        cold = not self.cache
        self.keys = []
        steps: list[Step] = []
        ends: dict[str, tuple[Key, Step]] = {}  # of the stages, by name
        for stage in given.dockerfile.stages:
            base = ends.get(stage.origin.base)
            key, step = base if base is not None else ((normalized(stage.origin.base),), None)
            for instruction in (stage.origin, *stage.instructions):
                key = (*key, instruction.whole_text)
                step = self._step(key, step, StepLabel(*_words(len(steps), stage, instruction)), given.context, cold)
                steps.append(step)
            assert step is not None
            ends[stage.origin.name] = key, step
            if given.options.target == stage.origin.name:
                break
        self.cache.update(self.keys)
        return BuiltSteps(tuple(steps), (), given.context)

    def used(self) -> list[CacheRecord]:
        forgets = [(key, partial(self.cache.discard, key)) for key in self.keys]
        return [CacheRecord(key, key[-1], forget, forget) for key, forget in forgets]

    def keep_exported(self, policy: CachePolicy) -> None:
        """It exports no cache."""

    def _step(self, key: Key, parent: Step | None, label: StepLabel, context: Directory, cold: bool) -> Step:
        self.keys.append(key)
        differences: tuple[Difference, ...] = ()
        inherits: tuple[Step, ...] = ()
        outcome = Outcome.CACHED if key in self.cache else Outcome.REBUILT
        if outcome is Outcome.REBUILT:
            inherits = (parent,) if parent is not None and parent.outcome is Outcome.REBUILT else ()
            differences = (ColdCache(),) if cold else () if inherits else (NewStep(),)
        read_files = partial(_read_files, label.instruction, context)
        return Step(label, (), outcome, parent, (), differences, inherits=inherits, read_files=read_files)


def _words(before: int, stage: Stage, instruction: Instruction) -> tuple[str, str, int, int, Instruction, str, int]:
    name = f"STEP {before + 1}: {instruction.text}"
    return name, stage.origin.name or str(stage.index), stage.index, before, instruction, instruction.keyword, before


def _read_files(instruction: Instruction, context: Directory) -> Iterator[tuple[str, Node]]:
    if isinstance(instruction, Copy) and instruction.from_name is None:
        for source in instruction.sources:
            yield from selected_files(context, Selector(source.strip("./"), has_wildcard(source)))
