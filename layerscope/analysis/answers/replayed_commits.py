"""The commits of a replayed history: what each one's build would have run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from layerscope.answer import Assumption, Column, Document, Rows
from layerscope.figures import Source
from layerscope.graph.outcomes import Outcome
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.analysis.cause import Cause

Group = tuple[str, str, int]  # stage, text of the instruction, and which of equal ones it is


class ReplayedStep(Value):
    """One step of one commit's build. group: the same for a step over renumbering.

    counted: not a FROM row. costed: not the LINK row of a copy, which costs nothing of its own.
    """

    name: str
    line: int
    outcome: Outcome
    causes: tuple[Cause, ...]
    group: Group
    counted: bool
    costed: bool

    @property
    def because(self) -> tuple[str, ...]:
        """The tokens of its causes."""
        return tuple([cause.token for cause in self.causes])

    def run(self, outcome: Outcome, causes: tuple[Cause, ...]) -> ReplayedStep:
        """The step in a build that does not take it from the cache."""
        return ReplayedStep(self.name, self.line, outcome, causes, self.group, self.counted, self.costed)


class BuiltCommit(Value):
    """What building a commit would have run.

    layout: the steps of its Dockerfile, all as cached; one value for all commits with that Dockerfile. ran: those that
    were not cached, by their place. A commit that cannot be built has none, and an error. assumptions: of the build.
    """

    id: str
    time: str
    subject: str
    error: str | None
    layout: tuple[ReplayedStep, ...] = ()
    ran: tuple[tuple[int, ReplayedStep], ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    @property
    def steps(self) -> tuple[ReplayedStep, ...]:
        """All steps, in build order."""
        steps = list(self.layout)
        for place, step in self.ran:
            steps[place] = step
        return tuple(steps)


class ReplayedCommit(Value):
    """The build of one commit. seconds: of the steps that ran, None if one is unknown; known_seconds of the known.

    summed: whether the summary counts it; the first build, on an empty cache, is left out.
    """

    built: BuiltCommit
    seconds: float | None = None
    known_seconds: float = 0.0
    summed: bool = True
    cost_source: Source = Source.NONE  # of known_seconds

    @property
    def buildable(self) -> bool:
        return self.built.error is None

    @property
    def rebuilt(self) -> int:
        """How many steps ran."""
        return sum(step.outcome == Outcome.REBUILT and step.counted for _, step in self.built.ran)


def instant(time: str) -> datetime:
    """The moment of a commit. Older Pythons know no Z, which newer gits write."""
    return datetime.fromisoformat(time.replace("Z", "+00:00"))


def commit_rows(commits: Sequence[ReplayedCommit]) -> Rows:
    """Every commit with every step of its build; only documents list them."""
    return Rows(_COMMITS, commits)


def commit_sum_rows(commits: Sequence[ReplayedCommit]) -> Rows:
    """What each commit's build ran in all."""
    return Rows(_SUMS, commits)


def _steps(commit: ReplayedCommit) -> list[Document]:
    """Most steps of a history are cached, and ask for nothing more."""
    return [
        {
            "name": step.name,
            "outcome": step.outcome.value,
            "because": [cause.token for cause in step.causes] if step.causes else [],
        }
        for step in commit.built.steps
    ]


# A history has thousands of commits: what is plain already is fetched as it is.
_COMMITS = (
    Column("commit", plain=attrgetter("built.id")),
    Column("time", plain=attrgetter("built.time")),
    Column("subject", plain=attrgetter("built.subject")),
    Column("buildable", plain=attrgetter("buildable")),
    Column("error", plain=attrgetter("built.error")),
    Column("steps", plain=_steps),
    Column("rebuild_seconds", plain=attrgetter("seconds")),
    Column("cost_source", plain=attrgetter("cost_source.value")),
)
_SUMS = (
    Column("commit", plain=attrgetter("built.id")),
    Column("rebuilt", plain=attrgetter("rebuilt")),
    Column("rebuild_seconds", plain=attrgetter("seconds")),
)
