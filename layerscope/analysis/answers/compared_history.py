"""What both sides of a comparison would have re-run over a history."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from layerscope.answer import Column, Part, Rows, Sentence, Tone
from layerscope.figures import Figure, Source, count, seconds
from layerscope.values import Value


class HistorySum(Value):
    """What one side's builds ran in all. seconds: None if one is unknown."""

    rebuilt: int
    seconds: float | None
    known_seconds: float
    cost_source: Source  # of known_seconds

    @property
    def figure(self) -> Figure:
        """The seconds as far as they are known."""
        return seconds(self.seconds, self.cost_source, self.known_seconds)

    @property
    def words(self) -> tuple[Part, ...]:
        """`12 steps (41 s)`."""
        steps, known = count(self.rebuilt, "step"), self.figure
        return (steps,) if known.is_unknown else (steps, " (", known, ")")

    @property
    def members(self) -> Mapping[str, Any]:
        """What a document has of it."""
        return {
            "rebuild_seconds": self.seconds,
            "known_seconds": self.known_seconds,
            "cost_source": self.cost_source,
            "rebuilt": self.rebuilt,
        }


class ComparedHistory(Value):
    """commits: those that are summed; unbuildable: those that one of the sides, or both, cannot build."""

    commits: int
    unbuildable: int
    before: HistorySum
    after: HistorySum

    @property
    def headline(self) -> Sentence:
        """The answer in a sentence."""
        commits, before, after = count(self.commits, "commit"), self.before.words, self.after.words
        return Sentence(("The last ", commits, " would have re-run ", *before, " before and ", *after, " after."))

    @property
    def members(self) -> Mapping[str, Any]:
        """What a document has of it."""
        return {
            "commits": self.commits,
            "unbuildable": self.unbuildable,
            "before": self.before.members,
            "after": self.after.members,
        }

    @property
    def rows(self) -> Rows:
        """Both sides beside each other."""
        columns = (
            Column("", itemgetter(0), ""),
            Column("", itemgetter(1), "before", right=True),
            Column("", itemgetter(2), "after", right=True, tone=_tone),
        )
        items = (
            ("steps re-run", count(self.before.rebuilt), count(self.after.rebuilt)),
            ("seconds", self.before.figure, self.after.figure),
        )
        lost = f"; {self.unbuildable} cannot be built on both sides" if self.unbuildable else ""
        title = Sentence(("Over the last ", count(self.commits, "commit"), lost))
        return Rows(columns, items, name="history", title=title)


def _tone(row: tuple[str, Figure, Figure]) -> Tone:
    """Less after than before is good."""
    before, after = row[1].value, row[2].value
    if before is None or after is None or before == after:
        return Tone.PLAIN
    return Tone.GOOD if after < before else Tone.BAD
