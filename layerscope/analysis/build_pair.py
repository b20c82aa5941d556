"""Before and after, built once in thought: what every question about a change asks of."""

from __future__ import annotations

from functools import cached_property

from layerscope.analysis.causes import Causes
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.tree import EMPTY, Directory
from layerscope.graph.builder import Builder, builder_named
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
        found = (*self.built.assumptions, *self.before.assumptions, *self.after.assumptions)
        return tuple(dict.fromkeys(found))


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
