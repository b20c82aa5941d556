"""A Dockerfile as lists of instructions, so that changes can move them about."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class DraftStage:
    """A stage as text. known: absolute paths that its files hold, True for directories."""

    origin: str
    instructions: list[str] = field(default_factory=list)
    name: str = ""
    scratch: bool = False
    known: dict[str, bool] = field(default_factory=dict)
    directory: str = "/"
    triggers: bool = False


@dataclass
class Draft:
    """A Dockerfile as lists of instructions, so that changes can move them about."""

    head: list[str]
    stages: list[DraftStage]

    def text(self) -> str:
        parts = list(self.head)
        for stage in self.stages:
            parts += [stage.origin, *stage.instructions]
        return "\n".join(parts) + "\n"
