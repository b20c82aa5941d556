"""Why a step is not taken from the cache: its root causes, inherited down the chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter

from layerscope.analysis.cause import (
    Cause,
    ColdCause,
    OptionCause,
    StepCause,
)
from layerscope.analysis.file_causes import FileCauses, KnownFiles
from layerscope.analysis.instruction_causes import InstructionCauses
from layerscope.analysis.reasons import writer_of
from layerscope.analysis.side import Side
from layerscope.graph.differences import (
    ColdCache,
    Difference,
    NewStep,
    NoCache,
    OtherEnvironment,
    OtherFiles,
    OtherImage,
    OtherParent,
    OtherPart,
    OtherSource,
    UnknownFiles,
)
from layerscope.graph.names import NOT_SHOWN
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step
from layerscope.values import assert_never

_ORDER = attrgetter("token", "kind")


def in_order(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """By their tokens, which is the machine interface's order; two of one token by kind."""
    return tuple(sorted(causes, key=_ORDER))


class Causes:
    """Answers for the steps of one after build; what was found for a step is kept for those that follow it."""

    def __init__(self, before: Side, after: Side, *, parts: bool = True, files: KnownFiles | None = None) -> None:
        """parts: whether to say what of a file differs, which may cost a look at its bytes.

        files: the causes that files are, by context and path, for several builds to share.
        """
        self.after = after
        self.files = FileCauses(before, after, parts=parts, known=files)
        self.instructions = InstructionCauses(before, after)
        self._roots: dict[Step, frozenset[Cause]] = {}
        self._sorted: dict[frozenset[Cause], tuple[Cause, ...]] = {}  # many steps have the same

    def roots(self, step: Step) -> tuple[Cause, ...]:
        """Root causes of a step that is not cached, in the order of their tokens: `Dockerfile:4`, `app.rb`."""
        roots = self._root_causes(step)
        found = self._sorted.get(roots)
        if found is None:
            found = self._sorted[roots] = in_order(roots)
        return found

    def own(self, step: Step) -> tuple[Cause, ...]:
        """The causes that strike this very step, not those it inherits."""
        return in_order(self._own(step))

    def _own(self, step: Step) -> set[Cause]:
        causes: set[Cause] = set()
        for difference in step.differences:
            causes.update(self._causes(step, difference))
        for source in step.inherits:
            if source.is_heredoc:  # a heredoc is part of the instruction that holds it
                causes.add(self.instructions.line(step.label.instruction))
        return causes

    def _root_causes(self, step: Step) -> frozenset[Cause]:
        found = self._roots.get(step)
        if found is None:
            causes = self._own(step)
            for source in step.inherits:
                if source.is_heredoc or (source.is_fetched and step.outcome == Outcome.REBUILT):
                    continue
                if step.outcome == Outcome.OUTPUT_DEPENDENT and source is not step.parent:
                    causes.add(self.instructions.step(writer_of(source)))
                else:
                    causes |= self._root_causes(source)
            if not causes and step.outcome != Outcome.CACHED:
                causes.add(self.instructions.line(step.label.instruction))
            found = self._roots[step] = frozenset(causes)
        return found

    def _causes(self, step: Step, difference: Difference) -> Iterator[Cause]:
        if step.is_unknown and not isinstance(difference, ColdCache):
            yield StepCause(NOT_SHOWN)
            return
        match difference:
            case ColdCache():
                yield ColdCause()
            case OtherFiles(paths=paths, context=context):
                yield from (self.files.cause(path, context) for path in paths)
            case UnknownFiles():
                yield StepCause(NOT_SHOWN)
            case NoCache():
                yield OptionCause("--no-cache" if self.after.options.no_cache else "--no-cache-filter")
            case OtherImage():
                yield from self.instructions.of_base(step)
            case OtherEnvironment():
                yield from self.instructions.of_environment(step, difference)
            case NewStep():
                if not step.inherits or self.instructions.is_new(step.label.instruction):
                    yield self.instructions.line(step.label.instruction)
            case OtherParent():
                if not step.inherits:
                    yield self.instructions.line(step.label.instruction)
            case OtherSource():
                yield self.instructions.line(step.label.instruction)
            case OtherPart():
                yield from self.instructions.of_part(step, difference.part)
            case other:
                assert_never(other)
