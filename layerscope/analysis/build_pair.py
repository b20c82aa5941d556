"""Before and after, built once in thought: what every question about a change asks of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from layerscope.analysis.causes import Causes
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.tree import EMPTY, Directory
from layerscope.graph.builder import Builder, builder_named
from layerscope.graph.names import other_on_platform
from layerscope.graph.operations import ImageSource
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import BuiltSteps, Step
from layerscope.values import Value


class BuildPair(Value):
    """The after build on the cache that the before build left. sent_before: what the builder was sent then."""

    before: Side
    after: Side
    builder: Builder
    built: BuiltSteps
    sent_before: Directory = EMPTY

    @property
    def steps(self) -> tuple[Step, ...]:
        """The printed steps of the after build, in build order."""
        return self.built.steps

    @cached_property
    def causes(self) -> Causes:
        """Why its steps are not taken from the cache."""
        return Causes(self.before, self.after)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the build and the opening of both sides took for granted."""
        opened = (*self.before.assumptions, *self.after.assumptions)
        return tuple(dict.fromkeys((*self.built.assumptions, *opened, *self._of_platforms())))

    def _of_platforms(self) -> Iterator[Assumption]:
        """The images of which it is not known whether they have another one for another platform."""
        if self.before.options.platform == self.after.options.platform:
            return
        for step in self.steps:
            for each in (step, *step.sources):
                if isinstance(each.op, ImageSource) and each.op.platform and each.outcome != Outcome.CACHED:
                    yield other_on_platform(each.op.reference.partition(" ")[0], each.op.platform)


def build_pair(before: Side | None, after: Side, *, lenient: bool = False) -> BuildPair:
    """Build `before` on an empty cache, then `after` on that. The before build is whole and its cache intact.

    before: None where nothing was built. lenient: a missing source ends the after build quietly, too, as it does the
    before build. Raises InputError where the after build would fail.
    """
    builder = builder_named(after.options.builder)
    solver = builder.solver()
    sent = solver.build(before.build_input, lenient=True).sent if before is not None else EMPTY
    built = solver.build(after.build_input, lenient=lenient)
    return BuildPair(before or after, after, builder, built, sent)
