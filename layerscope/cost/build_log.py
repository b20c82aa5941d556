"""What the log of a build tells, whoever wrote it: its steps, and the seconds of those that ran."""

from __future__ import annotations

from enum import Enum

from layerscope.values import Value


class LogWriter(str, Enum):
    """What wrote the log of a build; each is equal to its word in the machine interface."""

    BUILDKIT = "buildkit"
    CLASSIC = "classic"
    BUILDAH = "buildah"  # podman, too
    KANIKO = "kaniko"
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

    name: as the builder prints it (`[stage-1 2/5] RUN make`, `Step 3/11 : RUN make`); kaniko and a history know no
        numbers, so there it is the instruction alone (`RUN make`). It ends in `…` where the log shows no more of it.
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
