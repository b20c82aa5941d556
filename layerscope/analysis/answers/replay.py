"""What a history cost: what its commits would have re-run, beside another Dockerfile, and in money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from layerscope.analysis.answers.git_alone import GitAlone
from layerscope.analysis.answers.replayed_commits import ReplayedCommit, commit_rows, commit_sum_rows, instant
from layerscope.analysis.answers.replayed_totals import (
    CauseHistory,
    StepHistory,
    Week,
    cause_rows,
    dearest,
    most_telling,
    step_rows,
    week_rows,
)
from layerscope.answer import (
    Answer,
    Assumption,
    Finding,
    Part,
    Rows,
    Sentence,
    Statement,
    Words,
    assumption_members,
)
from layerscope.figures import Figure, Source, count, seconds

if TYPE_CHECKING:
    from layerscope.analysis.answers.compared_history import ComparedHistory
    from layerscope.analysis.price import Price

_SUBJECTS = 4  # of one kind of assumption that are listed


class Replay(Answer):
    """One walk over a history; commits oldest first, by_step in build order, by_cause the costliest first."""

    commits: tuple[ReplayedCommit, ...]
    by_step: tuple[StepHistory, ...]
    by_cause: tuple[CauseHistory, ...]
    seconds: float | None
    known_seconds: float
    rebuilt: int
    policy: str
    assumptions: tuple[Assumption, ...] = ()
    cost_source: Source = Source.NONE  # of known_seconds
    git_alone: GitAlone | None = None  # what ran for no other cause than `.git`

    @property
    def summed(self) -> int:
        """How many commits the summary counts, those among them that cannot be built."""
        return sum(commit.summed for commit in self.commits)

    @property
    def buildable(self) -> int:
        """How many commits the sums are over."""
        return sum(commit.buildable and commit.summed for commit in self.commits)

    @property
    def unbuildable(self) -> int:
        return sum(not commit.buildable for commit in self.commits)

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """The commits that count, by week, oldest first; weeks without commits are not listed."""
        weeks: dict[str, Week] = {}
        for commit in self.commits:
            if not commit.summed or not commit.buildable:
                continue
            day = instant(commit.built.time).astimezone(timezone.utc).date()
            monday = (day - timedelta(days=day.weekday())).isoformat()
            week = weeks.get(monday, Week(monday, 0, 0, 0.0, 0.0))
            unknown = week.seconds is None or commit.seconds is None
            weeks[monday] = Week(
                monday,
                week.commits + 1,
                week.rebuilt + commit.rebuilt,
                None if unknown else round((week.seconds or 0.0) + (commit.seconds or 0.0), 3),
                round(week.known_seconds + commit.known_seconds, 3),
            )
        return tuple(weeks[monday] for monday in sorted(weeks))

    @property
    def output_dependent(self) -> int:
        """How many steps may have run beside those that did."""
        return sum(step.output_dependent for step in self.by_step)

    @property
    def figure(self) -> Figure:
        """The seconds of all steps that ran, as far as they are known."""
        return seconds(self.seconds, self.cost_source, self.known_seconds)

    @property
    def per_commit(self) -> Figure:
        """Seconds of a build on average."""
        if self.seconds is None or not self.buildable:
            return seconds(None)
        return seconds(self.seconds / self.buildable, self.cost_source)

    def statement(self) -> Statement:
        return ReplayedCosts.of(self).statement()

    def summary(self, price: Price | None) -> Mapping[str, Any]:
        """What a document has of all commits that count."""
        return {
            "commits": self.summed,
            "buildable": self.buildable,
            "unbuildable": self.unbuildable,
            "rebuilt": self.rebuilt,
            "rebuild_seconds": self.seconds,
            "known_seconds": self.known_seconds,
            "cost_source": self.cost_source,
            "by_step": step_rows(self.by_step),
            "by_cause": cause_rows(self.by_cause, self.cost_source),
            "by_week": week_rows(self.weeks, self.cost_source),
            **({} if price is None else {"money": price.of(self.seconds)}),
        }

    @property
    def tables(self) -> Iterator[Rows]:
        """What re-ran, what for, and when."""
        steps = [step for step in dearest(self.by_step) if step.rebuilt or step.output_dependent]
        if steps:
            yield step_rows(steps)
        if self.by_cause:
            yield cause_rows(self.by_cause, self.cost_source)
        if len(self.weeks) > 1:
            yield week_rows(self.weeks, self.cost_source)

    @property
    def notes(self) -> Iterator[Words | Assumption]:
        """What to know of the walk."""
        yield f"Cache: {self.policy}."
        failed = [commit.built for commit in self.commits if not commit.buildable]
        if failed:
            first = f"{failed[0].id[:12]} {failed[0].error}"
            yield Sentence((count(len(failed), "commit"), f" cannot be built; the first: {first}"))
        cold = self.first_built
        if cold is not None and not cold.summed:
            found = f"The first build ({cold.built.id[:12]}) found an empty cache and is not counted"
            yield f"{found}: --include-cold does."
        yield from self.more_notes()

    @property
    def first_built(self) -> ReplayedCommit | None:
        """The build that found the cache empty."""
        return next((commit for commit in self.commits if commit.buildable), None)

    def more_notes(self) -> Iterator[Words | Assumption]:
        """What there is to know whichever builds are counted."""
        if (self.rebuilt or self.output_dependent) and not self.known_seconds:
            yield "Seconds are unknown: --timings FILE takes a build log with times, --estimate guesses."
        yield from self._taken_for_granted()

    def _taken_for_granted(self) -> Iterator[str | Assumption]:
        """A history names many tags; what is assumed of them alike gets one line together."""
        by_kind: dict[str, list[Assumption]] = {}
        for assumption in self.assumptions:
            by_kind.setdefault(assumption.kind, []).append(assumption)
        many = {kind: alike for kind, alike in by_kind.items() if len(alike) > _SUBJECTS}
        yield from (assumption for assumption in self.assumptions if assumption.kind not in many)
        for _, alike in sorted(many.items()):
            others = len({assumption.subject for assumption in alike}) - 1
            yield f"Taken for granted: {alike[0].subject}: {alike[0].text}. The like of {others} more."


class ReplayedCosts(Replay):
    """The answer of `replay`: a walk, and what to hold it against.

    other: the same commits with `other_file`; compared: both, which then count the commits alone that both can build.
    price: of a machine's minute.
    """

    other: Replay | None = None
    other_file: str | None = None
    compared: ComparedHistory | None = None
    price: Price | None = None

    @classmethod
    def of(
        cls,
        own: Replay,
        other: Replay | None = None,
        other_file: str | None = None,
        compared: ComparedHistory | None = None,
        price: Price | None = None,
    ) -> ReplayedCosts:
        """A walk with these."""
        return cls(**asdict(own), other=other, other_file=other_file, compared=compared, price=price)

    @cached_property
    def own(self) -> Replay:
        """The walk alone."""
        return Replay(*[getattr(self, name) for name in Replay.__struct_fields__])

    def statement(self) -> Statement:
        own = self.own
        return Statement(
            "replay",
            self.headline,
            self._members(),
            (*(self.compared.tables if self.compared is not None else ()), *own.tables),
            notes=tuple(self._notes()),
            findings=self._findings,
            subject=f"with cache `{own.policy}`",
        )

    @property
    def headline(self) -> Sentence:
        """`200 commits re-ran 1240 steps, 5 h 12 min: the dearest is `RUN make` (line 8), in 90 % of the commits …`"""
        own = self.own
        if not own.buildable:
            lost = self.compared.lost_words if self.compared is not None else ()
            return Sentence(("No build to count in ", count(len(own.commits), "commit"), *lost, "."))
        of_all = " that both can build" if self.compared is not None and self.compared.lost else ""
        said: list[Part] = [count(own.buildable, "commit"), of_all, " re-ran ", *self._what_ran(own)]
        said += most_telling(own.by_step)
        if own.git_alone is not None:
            said += [". ", *own.git_alone.said]
        if self.other is not None:
            said += [f". With {self.other_file} it would have been ", *self._what_ran(self.other)]
            said += self.compared.lost_words if self.compared is not None else ()
        return Sentence((*said, "."))

    def _what_ran(self, replay: Replay) -> list[Part]:
        """The steps, what is known of their seconds, and the money where all of these are known."""
        said: list[Part] = [count(replay.rebuilt, "step")]
        if replay.rebuilt and not replay.figure.is_unknown:
            said += [", ", replay.figure]
        paid = self.price.of(replay.seconds) if self.price is not None else None
        if self.price is not None and paid is not None:
            said.append(f" ({self.price.text(paid)})")
        if replay.output_dependent:
            said.append(f", and {replay.output_dependent} more may have")
        return said

    def _notes(self) -> Iterator[Words | Assumption]:
        """Of two walks, that each has a first build, and what cannot be built stands in a table."""
        own, other = self.own, self.other
        if other is None:
            yield from own.notes
            return
        yield f"Cache: {own.policy}."
        cold = [one.first_built for one in (own, other)]
        ids = [one.built.id[:12] for one in cold if one is not None and not one.summed]
        if ids:
            yield f"Not counted: a side's first build, which finds an empty cache ({', '.join(dict.fromkeys(ids))})."
        yield from own.more_notes()

    def _members(self) -> Mapping[str, Any]:
        own, other = self.own, self.other
        members = {
            "cache": own.policy,
            "assumptions": assumption_members(own.assumptions),
            "commits": commit_rows(own.commits),
            "summary": own.summary(self.price),
        }
        if other is not None and self.compared is not None:
            members["with_file"] = {
                "file": self.other_file,
                **self.compared.members,
                "by_commit": commit_sum_rows(other.commits),
                "summary": other.summary(self.price),
            }
        return members

    def _findings(self) -> Iterator[Finding]:
        if self.compared is not None:
            yield from self.compared.findings()
            return
        for commit in self.own.commits:
            if not commit.buildable:
                yield Finding("unbuildable-commit", f"{commit.built.id[:12]} {commit.built.error}", weight="note")
