"""What a replayed history cost by step, by cause and by week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from layerscope.answer import Column, Cut, Name, Part, Rows, Tone
from layerscope.figures import Figure, Source, count, seconds, share
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.analysis.cause import Cause

_MOST, _FOLDED = 12, 88  # rows of a terminal's table, and those that a page folds below them
_LAST_WEEKS = Cut(8, "the last {} of {}", last=True)
_BAR = 24  # signs of the longest


class StepHistory(Value):
    """One step over all commits, under its newest name and line. commits: buildable ones that have it."""

    name: str
    line: int
    commits: int
    rebuilt: int
    output_dependent: int
    seconds: float | None
    known_seconds: float
    cost_source: Source  # of known_seconds

    @property
    def figure(self) -> Figure:
        """The seconds as far as they are known."""
        return seconds(self.seconds, self.cost_source, self.known_seconds)

    @property
    def share(self) -> float:
        return round(self.rebuilt / self.commits, 4) if self.commits else 0.0


class CauseHistory(Value):
    """What one cause (a path, a line, an argument) cost: commits in which it struck, steps and seconds it re-ran.

    A step that several causes strike counts for each of them, so these do not add up.
    """

    cause: Cause
    commits: int
    steps: int
    seconds: float | None
    known_seconds: float


class Week(Value):
    """A calendar week, by its Monday (UTC, YYYY-MM-DD). seconds: None where one is unknown."""

    monday: str
    commits: int
    rebuilt: int
    seconds: float | None
    known_seconds: float


def dearest(steps: Sequence[StepHistory]) -> list[StepHistory]:
    """The costliest first; where no seconds are known, those that re-ran most often."""
    return sorted(steps, key=lambda step: (-step.known_seconds, -step.rebuilt, step.line))


def most_telling(steps: Sequence[StepHistory]) -> Iterator[Part]:
    """`: the dearest is `RUN make` (line 8), in 90 % of the commits that have it`; nothing where no step re-ran.

    Where the seconds of one that re-ran are unknown, it may be the dearest: then what re-ran most often is told.
    """
    ran = [step for step in dearest(steps) if step.rebuilt]
    if not ran:
        return
    known = all(step.seconds is not None for step in ran) and ran[0].known_seconds > 0
    if not known:
        ran.sort(key=lambda step: (-step.rebuilt, step.line))
    first = ran[0]
    alike = [step for step in ran if (step.seconds == first.seconds if known else step.rebuilt == first.rebuilt)]
    others = len(alike) - 1
    yield f": {_of_most(known, others, first)} "
    yield Name(first.name, 60)
    yield f" (line {first.line})"
    if others:
        yield f" and {others} {'other' if others == 1 else 'others'}, "
        yield from ((first.figure,) if known else _times(first.rebuilt))
        yield " each"
        return
    yield ", in "
    yield share(first.rebuilt, first.commits)
    yield " of the commits that have it"


def _times(number: int) -> tuple[Part]:
    return ("once",) if number == 1 else (count(number, "time"),)


def _of_most(known: bool, others: int, first: StepHistory) -> str:
    if not known:
        return "most often"
    guessed = ", by estimate," if first.cost_source is Source.ESTIMATED else ""
    return f"the dearest{guessed} {'are' if others else 'is'}"


def step_rows(steps: Sequence[StepHistory]) -> Rows:
    """In the order given."""
    shown = ("line", "step", "share", "re-ran", "may have", "seconds")
    title = "Steps that re-ran" if all(step.rebuilt for step in steps) else "Steps that re-ran, or may have"
    return Rows(_STEPS, steps, name="steps", title=title, shown=shown, cut=_cut_of(steps))


def cause_rows(causes: Sequence[CauseHistory], source: Source) -> Rows:
    """source: of the seconds of all."""
    columns = (
        Column("cause", attrgetter("cause.label"), "cause", is_name=True, most=60, plain=attrgetter("cause.token")),
        Column("commits", header="commits", right=True),
        Column("rebuilt", attrgetter("steps"), "steps", right=True),
        *_seconds_of(source),
    )
    end = "; steps with several causes count for each"
    cut = _cut_of(causes)
    return Rows(columns, causes, name="causes", title="What they re-ran for", title_end=end, cut=cut)


def _cut_of(items: Sequence[StepHistory] | Sequence[CauseHistory]) -> Cut:
    """What stands first: the dearest, as far as seconds are known, or what re-ran most."""
    known = [one.seconds is not None for one in items]
    if all(known):
        return Cut(_MOST, "the {} dearest of {}", folded=_FOLDED)
    some = any(one.known_seconds for one in items)
    words = "the {} dearest of {}, as far as seconds are known" if some else "the {} that re-ran most of {}"
    return Cut(_MOST, words, folded=_FOLDED)


def week_rows(weeks: Sequence[Week], source: Source) -> Rows:
    """With a bar for each, of the seconds, or of the steps where no seconds are known."""
    by_seconds = any(week.known_seconds for week in weeks)

    def height(week: Week) -> float:
        return week.known_seconds if by_seconds else float(week.rebuilt)

    most = max(map(height, weeks), default=0.0) or 1.0
    columns = (
        Column("monday", header="week of"),
        Column("commits", header="commits", right=True),
        Column("rebuilt", header="re-ran", right=True),
        *_seconds_of(source),
        Column("", lambda week: "#" * round(_BAR * height(week) / most), ""),
    )
    return Rows(columns, weeks, name="weeks", title="By week", cut=_LAST_WEEKS)


def _seconds_of(source: Source) -> tuple[Column, Column]:
    def figure(total: CauseHistory | Week) -> Figure:
        return seconds(total.seconds, source, total.known_seconds)

    return (
        Column("rebuild_seconds", figure, "seconds", right=True, plain=attrgetter("seconds")),
        Column("known_seconds"),
    )


def _tone(step: StepHistory) -> Tone:
    """What re-runs in most commits is what to look at."""
    return Tone.BAD if step.rebuilt * 2 > step.commits else Tone.PLAIN


_STEPS = (
    Column("name", header="step", is_name=True, most=60),
    Column("line", header="line", right=True),
    Column("commits"),
    Column("rebuilt", header="re-ran", right=True),
    Column("output_dependent", header="may have", right=True),
    Column(
        "share",
        lambda step: share(step.rebuilt, step.commits),
        "share",
        right=True,
        tone=_tone,
        plain=attrgetter("share"),
    ),
    Column(
        "rebuild_seconds",
        attrgetter("figure"),
        "seconds",
        right=True,
        plain=attrgetter("seconds"),
    ),
    Column("known_seconds"),
    Column("cost_source"),
)
