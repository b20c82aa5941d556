"""What the conversion of one instruction asks of the stage and of the build it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from layerscope.answer import Assumption
from layerscope.dockerfile.instructions import Instruction
from layerscope.dockerfile.stages import Dockerfile
from layerscope.graph.buildkit.stage_state import StageState
from layerscope.graph.buildkit.versions import FrontendRules, Rules
from layerscope.graph.options import BuildOptions
from layerscope.graph.vertices import Operation, StepLabel


class BuildScope(Protocol):
    """The whole build."""

    @property
    def dockerfile(self) -> Dockerfile: ...

    @property
    def options(self) -> BuildOptions: ...

    @property
    def build_args(self) -> Mapping[str, str]: ...

    @property
    def global_args(self) -> Mapping[str, str]: ...

    @property
    def source_date_epoch(self) -> str | None: ...

    @property
    def rules(self) -> Rules: ...

    def frontend(self) -> FrontendRules:
        """The rules of the frontend, for what hangs on its version: of one that is not certain the answer says so."""
        ...

    def context_operation(self, path: str) -> Operation:
        """The build context, of which `path` is read."""
        ...

    def source_operation(self, instruction: Instruction, name: str, path: str) -> Operation | None:
        """The file system of which `from=NAME` reads `path`; None is an empty one."""
        ...

    def assume(self, assumption: Assumption) -> None:
        """Say what the answer takes for granted."""
        ...

    def label(self, name: str, state: StageState, instruction: Instruction, keyword: str) -> StepLabel: ...


class StageScope(Protocol):
    """The stage an instruction stands in, as it is before the instruction."""

    @property
    def build(self) -> BuildScope: ...

    @property
    def state(self) -> StageState: ...

    @property
    def platform(self) -> str: ...

    def word(self, text: str) -> str:
        """A word with its variables expanded. Raises ExpansionError."""
        ...
