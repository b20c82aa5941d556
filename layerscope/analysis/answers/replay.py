"""What a history cost: what its commits would have re-run, beside another Dockerfile, and in money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone
from functools import cached_property
from operator import itemgetter
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
    step_rows,
    week_rows,
)
from layerscope.answer import (
    Answer,
    Assumption,
    Column,
    Finding,
    Name,
    Part,
    Rows,
    Sentence,
    Statement,
    Words,
    assumption_members,
)
from layerscope.figures import Figure, Source, count, seconds, share

if TYPE_CHECKING:
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
        cold = next((commit for commit in self.commits if commit.buildable), None)
        if cold is not None and not cold.summed:
            found = f"The first build ({cold.built.id[:12]}) found an empty cache and is not counted"
            yield f"{found}: --include-cold does."
        if self.rebuilt and not self.known_seconds:
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

    other: the same commits with `other_file`. price: of a machine's minute.
    """

    other: Replay | None = None
    other_file: str | None = None
    price: Price | None = None

    @classmethod
    def of(
        cls, own: Replay, other: Replay | None = None, other_file: str | None = None, price: Price | None = None
    ) -> ReplayedCosts:
        """A walk with these."""
        return cls(**asdict(own), other=other, other_file=other_file, price=price)

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
            (*self._beside(), *own.tables),
            notes=tuple(own.notes),
            findings=self._findings,
            subject=f"with cache `{own.policy}`",
        )

    @property
    def headline(self) -> Sentence:
        """`200 commits re-ran 1240 steps, 5 h 12 min: the dearest is `RUN make` (line 8), in 90 % of the commits …`"""
        own = self.own
        if not own.buildable:
            return Sentence(("No build to count in ", count(len(own.commits), "commit"), "."))
        said: list[Part] = [count(own.buildable, "commit"), " re-ran ", *self._what_ran(own)]
        step = next(iter(dearest(own.by_step)), None)
        if step is not None and step.rebuilt:
            most = "the dearest is" if step.known_seconds else "most often"
            often = share(step.rebuilt, step.commits)
            said += [f": {most} `", Name(step.name, 60), f"` (line {step.line}), in ", often]
            said.append(" of the commits that have it")
        if own.git_alone is not None:
            said += [". ", *own.git_alone.said]
        if self.other is not None:
            said += [f". With {self.other_file} it would have been ", *self._what_ran(self.other)]
        return Sentence((*said, "."))

    def _what_ran(self, replay: Replay) -> list[Part]:
        """The steps, what is known of their seconds, and the money where all of these are known."""
        said: list[Part] = [count(replay.rebuilt, "step")]
        if not replay.figure.is_unknown:
            said += [", ", replay.figure]
        paid = self.price.of(replay.seconds) if self.price is not None else None
        if self.price is not None and paid is not None:
            said.append(f" ({self.price.text(paid)})")
        return said

    def _members(self) -> Mapping[str, Any]:
        own, other = self.own, self.other
        members = {
            "cache": own.policy,
            "assumptions": assumption_members(own.assumptions),
            "commits": commit_rows(own.commits),
            "summary": own.summary(self.price),
        }
        if other is not None:
            members["with_file"] = {
                "file": self.other_file,
                "commits": commit_sum_rows(other.commits),
                "summary": other.summary(self.price),
            }
        return members

    def _beside(self) -> Iterator[Rows]:
        """Both Dockerfiles beside each other, where there are two."""
        if self.other is None:
            return
        columns = (
            Column("", itemgetter(0), ""),
            Column("", lambda row: row[1].buildable, "commits", right=True),
            Column("", lambda row: row[1].rebuilt, "re-ran", right=True),
            Column("", lambda row: row[1].figure, "seconds", right=True),
        )
        rows = (("as it was", self.own), (f"with {self.other_file}", self.other))
        yield Rows(columns, rows, name="sides", title="Another Dockerfile")

    def _findings(self) -> Iterator[Finding]:
        for commit in self.own.commits:
            if not commit.buildable:
                yield Finding("unbuildable-commit", f"{commit.built.id[:12]} {commit.built.error}", weight="note")
