"""`.git` as the only cause that steps re-run: no cause of a cold build is commoner, nor sooner mended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import basename

from layerscope.analysis.cause import Cause, GitCause, StepCause
from layerscope.context.paths import GIT_FOLDER
from layerscope.figures import Figure, count
from layerscope.values import Value

_ASKS = "archive|branch|describe|diff|for-each-ref|log|ls-files|ls-tree|rev-list|rev-parse|show|status|submodule|tag"
_NEEDS = rf"(?<!\w)\.git(?![\w-])|\bgit +(?:{_ASKS})\b"  # compiled where `.git` is a cause, which is seldom


class GitAlone(Value):
    """What a history ran for no other cause. needed: whether a step of its newest Dockerfile asks git something."""

    steps: int
    commits: int
    needed: bool

    @property
    def said(self) -> tuple[str | Figure, ...]:
        """`.git alone re-ran 12 steps in 4 commits: add .git to .dockerignore`"""
        end = "" if self.needed else f": {remedy(None)}"
        return f"{GIT_FOLDER} alone re-ran ", count(self.steps, "step"), " in ", count(self.commits, "commit"), end


def only_git(causes: Iterable[Cause]) -> bool:
    """Whether nothing but `.git` is among the causes; what waits for the bytes of a step has a cause of its own."""
    found = [cause for cause in causes if not isinstance(cause, StepCause)]
    return bool(found) and all(isinstance(cause, GitCause) for cause in found)


def needs_git(instruction: str) -> bool:
    """Whether the text of an instruction asks for what git keeps: it would not build without."""
    return re.search(_NEEDS, instruction) is not None


def remedy(ignore_file: str | None) -> str:
    """What to do about it. ignore_file: the one whose rules count, None where there is none yet."""
    return f"add {GIT_FOLDER} to {basename(ignore_file or '.dockerignore')}"
