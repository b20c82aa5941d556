"""One side of a comparison: a context with its Dockerfile, its ignore rules and the options of its build."""

from __future__ import annotations

from functools import cached_property

from layerscope.answer import Assumption
from layerscope.context.patterns import PatternList
from layerscope.context.place import ArchivePlace, ContextPlace, InputPlace, PatchedPlace, SnapshotPlace
from layerscope.context.tree import Directory
from layerscope.context.visible import visible
from layerscope.dockerfile.stages import Dockerfile
from layerscope.graph.options import BuildOptions
from layerscope.graph.steps import BuildInput
from layerscope.values import Value, field


class Side(Value):
    """What one build starts from.

    place: where the context lies. tree: the context as it lies there, before the ignore rules. ignore_file: where the
    rules come from, None if there are none. file: the Dockerfile as `-f` names it, None for the default one.
    assumptions: what opening it took for granted.
    """

    place: ContextPlace
    dockerfile: Dockerfile
    tree: Directory
    ignore: PatternList = field(default_factory=PatternList)
    ignore_file: str | None = None
    options: BuildOptions = field(default_factory=BuildOptions)
    file: str | None = None
    assumptions: tuple[Assumption, ...] = ()

    @property
    def reference(self) -> str:
        """What reports call it."""
        return self.place.text

    @property
    def whole(self) -> bool:
        """Whether the tree holds ignored files, too: a snapshot is of what was sent."""
        return not isinstance(self.place, SnapshotPlace)

    @cached_property
    def sent(self) -> Directory:
        """The context as the builder is sent it."""
        return visible(self.tree, self.ignore)

    @property
    def build_input(self) -> BuildInput:
        place = self.place.patched if isinstance(self.place, PatchedPlace) else self.place
        return BuildInput(self.dockerfile, self.sent, self.options, isinstance(place, ArchivePlace | InputPlace))
