"""What one stage of the classic builder asks of the build it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from layerscope.answer import Assumption
from layerscope.dockerfile.instructions import Instruction
from layerscope.dockerfile.stages import Dockerfile, Stage
from layerscope.graph.classic.cache import ClassicCache, ClassicResult
from layerscope.graph.classic.config import ClassicConfig
from layerscope.graph.files.filesystem import Tree
from layerscope.graph.options import BaseImage, BuildOptions
from layerscope.graph.vertices import StepLabel, Vertex
from layerscope.values import Entity


class Built(Entity):
    """A stage that is done: its config, its last result and its files."""

    config: ClassicConfig
    result: ClassicResult
    vertex: Vertex | None


class BuildScope(Protocol):
    """The whole build, as far as it has come."""

    @property
    def dockerfile(self) -> Dockerfile: ...

    @property
    def options(self) -> BuildOptions: ...

    @property
    def cache(self) -> ClassicCache: ...

    @property
    def stages(self) -> tuple[Stage, ...]: ...

    @property
    def results(self) -> list[ClassicResult]: ...

    @property
    def identity_of(self) -> dict[Vertex, int]: ...

    @property
    def context_vertex(self) -> Vertex: ...

    @property
    def global_args(self) -> Mapping[str, str]: ...

    def label(self, instruction: Instruction, stage: Stage) -> StepLabel:
        """The next numbered step."""
        ...

    def stage_named(self, name: str) -> Built | None:
        """An earlier stage, by its name or number."""
        ...

    def image(self, name: str, *, is_base: bool = True) -> BaseImage:
        """What is known of an image."""
        ...

    def files(self, vertex: Vertex) -> Tree:
        """The files that a vertex leaves."""
        ...

    def assume(self, assumption: Assumption) -> None:
        """Say what the answer takes for granted."""
        ...
