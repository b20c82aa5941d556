"""What both sides of a comparison would have re-run over a history, of the commits that both can build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any, Literal

from layerscope.answer import Column, Cut, Finding, Part, Rows, Sentence, Tone
from layerscope.figures import Figure, Source, count, seconds
from layerscope.values import Value

_FIRST = Cut(10)


class HistorySum(Value):
    """What one side's builds ran in all. seconds: None if one is unknown. output_dependent: steps that may have run."""

    rebuilt: int
    seconds: float | None
    known_seconds: float
    cost_source: Source  # of known_seconds
    output_dependent: int = 0

    @property
    def figure(self) -> Figure:
        """The seconds as far as they are known."""
        return seconds(self.seconds, self.cost_source, self.known_seconds)

    @property
    def steps(self) -> Figure:
        """How many re-ran, and how many it may be."""
        return count(self.rebuilt, "step", self.rebuilt + self.output_dependent)

    @property
    def words(self) -> tuple[Part, ...]:
        """`12 steps (41 s)`."""
        known = self.figure
        return (self.steps,) if known.is_unknown or not self.rebuilt else (self.steps, " (", known, ")")

    @property
    def members(self) -> Mapping[str, Any]:
        """What a document has of it."""
        return {
            "rebuild_seconds": self.seconds,
            "known_seconds": self.known_seconds,
            "cost_source": self.cost_source,
            "rebuilt": self.rebuilt,
            "output_dependent": self.output_dependent,
        }


class LostCommit(Value):
    """A commit that a side cannot build, and why. A commit that neither can build is lost twice."""

    commit: str
    side: Literal["before", "after"]
    error: str


class ComparedHistory(Value):
    """comparable: how many commits both sides can build, which are those that are summed.

    Not among these is the first build of a side, which finds an empty cache. names: what people call the sides.
    """

    comparable: int
    lost: tuple[LostCommit, ...]
    before: HistorySum
    after: HistorySum
    names: tuple[str, str] = ("before", "after")

    @property
    def lost_commits(self) -> int:
        """How many commits are lost, each counted once."""
        return len({each.commit for each in self.lost})

    @property
    def commits(self) -> int:
        """How many commits were looked at."""
        return self.comparable + self.lost_commits

    @property
    def headline(self) -> Sentence:
        """The answer in a sentence."""
        if not self.comparable:
            return Sentence(("No commit can be compared", *self.lost_words, "."))
        start, end = ("The ", " that both can build") if self.lost else ("The last ", "")
        commits, before, after = count(self.comparable, "commit"), self.before.words, self.after.words
        said = (start, commits, end, " would have re-run ", *before, " before and ", *after, " after")
        return Sentence((*said, *self.lost_words, "."))

    @property
    def lost_words(self) -> tuple[Part, ...]:
        """`; 4 commits are lost: not both sides can build them`; nothing where none is."""
        if not self.lost:
            return ()
        are, them = ("is", "it") if self.lost_commits == 1 else ("are", "them")
        return "; ", count(self.lost_commits, "commit"), f" {are} lost: not both sides can build {them}"

    @property
    def members(self) -> Mapping[str, Any]:
        """What a document has of it."""
        return {
            "commits": self.commits,
            "comparable": self.comparable,
            "lost": Rows(_LOST, self.lost),
            "before": self.before.members,
            "after": self.after.members,
        }

    @property
    def tables(self) -> Iterator[Rows]:
        """Both sides beside each other, and what cannot be compared."""
        columns = (
            Column("", itemgetter(0), ""),
            Column("", itemgetter(1), self.names[0], right=True, most=30),
            Column("", itemgetter(2), self.names[1], right=True, tone=_tone, most=30),
        )
        items = (
            ("steps re-run", _range(self.before), _range(self.after)),
            ("seconds", self.before.figure, self.after.figure),
        )
        start, end = ("Over the ", " that both can build") if self.lost else ("Over the last ", "")
        title = Sentence((start, count(self.comparable, "commit"), end))
        yield Rows(columns, items, name="history", title=title)
        if self.lost:
            yield self._lost_rows

    @property
    def _lost_rows(self) -> Rows:
        columns = (
            Column("", lambda each: each.commit[:12], "commit", is_name=True),
            Column("", self._name_of, "cannot be built by", is_name=True, most=40),
            Column("error", header="error"),
        )
        return Rows(columns, self.lost, name="lost", title="Commits that cannot be compared", cut=_FIRST)

    def _name_of(self, lost: LostCommit) -> str:
        return self.names[0 if lost.side == "before" else 1]

    def findings(self) -> Iterator[Finding]:
        """A note for each that is lost."""
        for each in self.lost:
            text = f"{each.commit[:12]} {self._name_of(each)}: {each.error}"
            yield Finding("lost-commit", text, weight="note")


def _range(one: HistorySum) -> Figure:
    return count(one.rebuilt, most=one.rebuilt + one.output_dependent)


def _tone(row: tuple[str, Figure, Figure]) -> Tone:
    """Less after than before is good, where both are known."""
    before, after = row[1], row[2]
    if before.value is None or after.value is None or before.value == after.value:
        return Tone.PLAIN
    if before.most != before.value or after.most != after.value:
        return Tone.PLAIN
    return Tone.GOOD if after.value < before.value else Tone.BAD


_LOST = (
    Column("commit"),
    Column("side"),
    Column("error"),
)
