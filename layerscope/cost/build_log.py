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


CANCELED = "canceled"
"""The error of a step that was ended because another failed, or by its user."""


class LoggedStep(Value):
    """What one build's log says of one step.

    name: as the builder prints it (`[stage-1 2/5] RUN make`, `Step 3/11 : RUN make`); kaniko and a history know no
        numbers, so there it is the instruction alone (`RUN make`). It ends in `…` where the log shows no more of it.
    cached: the step was taken from the cache; its cost is then unknown, not 0.
    seconds: what it took when it ran to its end; `None` when cached, cancelled, failed or never timed.
    error: what stopped it, CANCELED of one that was cancelled; `None` for a step that did not fail.
    skipped: it is printed as CACHED, and stands on a step that did not end: nothing is known of it.
    platforms: those it was built for, in BuildKit's form, where the log is of several or its record tells; a row
        that is printed once for several is of each.
    targets: likewise the bake targets or compose services; of a log of several builds, their numbers.
    """

    name: str
    cached: bool
    seconds: float | None = None
    error: str | None = None
    skipped: bool = False
    platforms: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def canceled(self) -> bool:
        return self.error == CANCELED


class TransferKind(str, Enum):
    """What a build moves beside its steps; each is equal to its word in the machine interface."""

    EXPORT = "export"  # the image, or what else `--output` says
    PUSH = "push"
    CACHE_EXPORT = "cache-export"
    CACHE_IMPORT = "cache-import"

    def __str__(self) -> str:
        return self.value


class LoggedTransfer(Value):
    """An export, a push, an export or import of cache: a row of the log that is no step.

    name: as the builder prints it (`exporting to image`). within: the row whose seconds these are a part of, as a
    push is of an export's. seconds: None where it did not end, or the log tells no time.
    """

    kind: TransferKind
    name: str
    seconds: float | None = None
    within: str | None = None
    error: str | None = None


class BuildLog(Value):
    """One build as its log tells it; steps in the order they began, as far as the log shows it.

    context_bytes: what the log says was sent, `None` if it does not.
    source: the log's name as the user gave it.
    seconds: from its first row to its last, `None` where the log has no times.
    left_out: steps between those shown that the log's own numbers tell of, and it does not show.
    Steps are the Dockerfile's only: internal vertices (`[internal] …`) are left out, and so are steps that a
    failed build never began.
    """

    builder: LogWriter
    steps: tuple[LoggedStep, ...]
    context_bytes: int | None = None
    source: str = ""
    transfers: tuple[LoggedTransfer, ...] = ()
    seconds: float | None = None
    left_out: int = 0


class Timing(Value):
    """Seconds of one step over the builds that ran it: the median, the spread (max - min), how many.

    platforms, targets: whose they are, as far as the logs tell.
    """

    name: str
    instruction: str
    seconds: float
    spread: float
    count: int
    source: TimingSource = TimingSource.LOG
    platforms: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
