"""The steps of one build as all builders give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from layerscope.answer import Assumption
from layerscope.context.tree import EMPTY, Directory, Node
from layerscope.dockerfile.stages import Dockerfile
from layerscope.graph.differences import Difference
from layerscope.graph.operations import AnyOp, HttpSource, ImageSource, LocalSource, MkfileOp, UnknownSource
from layerscope.graph.options import BuildOptions
from layerscope.graph.outcomes import Outcome
from layerscope.graph.vertices import StepLabel
from layerscope.values import Entity, Value


class BuildInput(Value):
    """All that one build starts from. context: what the builder is sent, ignore rules applied.

    whole: the builder has all of it, as of an archive; else its client sends what steps ask for.
    """

    dockerfile: Dockerfile
    context: Directory
    options: BuildOptions
    whole: bool = False


class Step(Entity):
    """One row as the builder prints it, with its outcome, what it builds on, and its own differences.

    parent: the step whose file system it starts from. sources: steps whose files it reads. Both may be swallowed
    by steps without a row. Inherited differences stay with the steps they come from. result: steps of one build
    with the same are one to the cache. One that is cached inherits nothing, but from the step of the same build whose
    result it takes.
    """

    label: StepLabel
    others: tuple[StepLabel, ...]
    outcome: Outcome
    parent: Step | None
    sources: tuple[Step, ...]
    differences: tuple[Difference, ...]
    hidden: bool = False  # has no row of its own (a copy source that is an image, an inline document)
    link: bool = False  # the LINK row of a `COPY --link`
    op: AnyOp | None = None  # that it runs, of a builder that makes such of instructions
    inherits: tuple[Step, ...] = ()  # steps whose changes reach this one
    result: int | None = None
    read_files: Callable[[], Iterable[tuple[str, Node]]] = tuple  # of the main context: path and what is there

    @property
    def is_counted(self) -> bool:
        """Whether its row tells of the cache: that of a FROM, or of an ARG before the first one, is only shown."""
        return not self.label.is_from and bool(self.label.stage)

    @property
    def is_new(self) -> bool:
        """Whether no build before may have what it gives: it runs, or is found to be one with a step that does."""
        return self.outcome != Outcome.CACHED or bool(self.inherits)

    @property
    def is_image(self) -> bool:
        return isinstance(self.op, ImageSource)

    @property
    def is_context(self) -> bool:
        """Whether it is what the client sends."""
        return isinstance(self.op, LocalSource)

    @property
    def is_heredoc(self) -> bool:
        """Whether it is a file that stands in the instruction which reads it."""
        return isinstance(self.op, MkfileOp)

    @property
    def is_fetched(self) -> bool:
        """Whether it is a file that the instruction which reads it fetches."""
        return isinstance(self.op, HttpSource)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known of what it gives."""
        return isinstance(self.op, UnknownSource)


def twins(steps: Iterable[Step]) -> Iterator[tuple[Step, Step]]:
    """The pairs that are one to the cache, none of which hangs on the other: one runs, or both do at one time."""
    groups: dict[int, list[Step]] = {}
    for step in steps:
        if step.result is not None:
            groups.setdefault(step.result, []).append(step)
    for group in groups.values():
        if len(group) > 1:
            below = {step: _below(step) for step in group}
            for one, other in combinations(group, 2):
                if one not in below[other] and other not in below[one]:
                    yield one, other


def _below(step: Step) -> set[Step]:
    """All that a step hangs on."""
    found: set[Step] = set()
    waiting = [step]
    while waiting:
        one = waiting.pop()
        for source in (one.parent, *one.sources):
            if source is not None and source not in found:
                found.add(source)
                waiting.append(source)
    return found


class BuiltSteps(Value):
    """The outcome of one build: the printed steps in build order, what was assumed, and what is sent as context."""

    steps: tuple[Step, ...]
    assumptions: tuple[Assumption, ...] = ()
    sent: Directory = EMPTY
