"""Seconds per step, and where each figure is from."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from layerscope.figures import Source
from layerscope.values import Value

Bytes = Callable[[], int | None]  # asked only by who needs them; None where they are not known


class LogWriter(str, Enum):
    """What wrote the log of a build; each is equal to its word in the machine interface."""

    BUILDKIT = "buildkit"
    CLASSIC = "classic"
    BUILDAH = "buildah"  # podman, too
    HISTORY = "history"  # no log: what an image's history or provenance tells

    def __str__(self) -> str:
        return self.value


class TimingSource(str, Enum):
    """What tells a step's seconds; each is equal to its word in the machine interface."""

    LOG = "log"  # a build's own log or record
    HISTORY = "history"  # gaps between an image's created times, and samples: weak

    def __str__(self) -> str:
        return self.value


class LoggedStep(Value):
    """What one build's log says of one step.

    name: as the builder prints it (`[stage-1 2/5] RUN make`, `Step 3/11 : RUN make`); a history knows no
        numbers, so there it is the instruction alone (`RUN make`).
    cached: the step was taken from the cache; its cost is then unknown, not 0.
    seconds: what it took when it ran to its end; `None` when cached, cancelled, failed or never timed.
    error: what stopped it, cancellation included; `None` for a step that did not fail.
    """

    name: str
    cached: bool
    seconds: float | None = None
    error: str | None = None


class BuildLog(Value):
    """One build as its log tells it; steps in the order they began, as far as the log shows it.

    context_bytes: what the log says was sent, `None` if it does not.
    source: the log's name as the user gave it.
    Steps are the Dockerfile's only: internal vertices (`[internal] …`, `exporting …`) are left out, and so
    are steps that a failed build never began.
    """

    builder: LogWriter
    steps: tuple[LoggedStep, ...]
    context_bytes: int | None = None
    source: str = ""


class Timing(Value):
    """Seconds of one step over the builds that ran it: the median, the spread (max - min), how many."""

    name: str
    instruction: str
    seconds: float
    spread: float
    count: int
    source: TimingSource = TimingSource.LOG


class Cost(Value):
    """What a step costs when it runs: the figure (`None` if unknown) and its source: measured, estimated, none."""

    seconds: float | None
    source: Source

    @property
    def known(self) -> bool:
        return self.seconds is not None


UNKNOWN_COST = Cost(None, Source.NONE)


def unknown_bytes() -> int | None:
    """The bytes of a step of which nothing is known."""
    return None


def given_bytes(size: int | None) -> Bytes:
    """The bytes of a step of which they are known already."""
    return lambda: size


class Costs(Protocol):
    """What a step costs if it runs, by its printed name or, where numbers are not known, by its text.

    handled: the bytes it copies, which an estimate asks for where nothing was measured.
    """

    def __call__(self, name: str, handled: Bytes = unknown_bytes, /) -> Cost: ...


def no_costs(_name: str, _handled: Bytes = unknown_bytes, /) -> Cost:
    """The costs of a user who gave no timings."""
    return UNKNOWN_COST
