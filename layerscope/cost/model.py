"""Seconds per step, and where each figure is from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LoggedStep:
    """What one build's log says of one step.

    name: as the builder prints it (`[stage-1 2/5] RUN make`, `Step 3/11 : RUN make`).
    cached: the step was taken from the cache; its cost is then unknown, not 0.
    seconds: what it took when it ran to its end; `None` when cached, cancelled, failed or never timed.
    """

    name: str
    cached: bool
    seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True)
class BuildLog:
    """One build as its log tells it; steps in the order the log first shows them.

    builder: `buildkit` or `classic`. context_bytes: what the log says was sent, `None` if it does not.
    Steps are the Dockerfile's only: internal vertices (`[internal] …`, `exporting …`) are left out.
    """

    builder: str
    steps: tuple[LoggedStep, ...]
    context_bytes: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Timing:
    """Seconds of one step over the builds that ran it: the median, the spread (max - min), how many."""

    name: str
    instruction: str
    seconds: float
    spread: float
    count: int


@dataclass(frozen=True)
class Cost:
    """What a step costs when it runs: the figure (`None` if unknown) and its source: measured, estimated, none."""

    seconds: float | None
    source: str

    @property
    def known(self) -> bool:
        return self.seconds is not None


UNKNOWN_COST = Cost(None, "none")
