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


@dataclass
class Draft:
    """A Dockerfile as lists of instructions. outer: images and named contexts that its steps may read."""

    head: list[str]
    stages: list[DraftStage]
    outer: dict[str, DraftStage] = field(default_factory=dict)
    line_end: str = "\n"

    def text(self) -> str:
        parts = list(self.head)
        for stage in self.stages:
            parts += [stage.origin, *stage.instructions]
        text = "\n".join(parts) + "\n"
        if self.head and self.head[0].replace(" ", "").lower() == "#escape=`":
            text = text.replace("\\\n", "`\n").replace("\\ \n", "` \n")
        return text.replace("\n", self.line_end)
