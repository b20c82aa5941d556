"""`replay` as a page and as a document: what the history cost, by step, by cause and by week."""

from __future__ import annotations

from layerscope.analysis.replay import Replay, Week
from layerscope.analysis.replay_totals import CauseHistory, StepHistory
from layerscope.analysis.replayed_costs import ReplayedCosts
from layerscope.figures import Source
from layerscope.report.assumptions import assumption_notes
from layerscope.report.json_document import Document, assumption_rows, document
from layerscope.report.page import Cell, Page, Table
from layerscope.report.units import UNKNOWN, counted, human_seconds, share, shortened

_SHOWN = 12
_WEEKS = 8
_SUBJECTS = 4  # of one kind of assumption
_BAR = 24


def replay_document(costs: ReplayedCosts) -> Document:
    own = costs.own
    answer = document(
        "replay",
        cache=own.policy,
        assumptions=assumption_rows(own.assumptions),
        commits=[
            {
                "commit": commit.built.id,
                "time": commit.built.time,
                "subject": commit.built.subject,
                "buildable": commit.buildable,
                "error": commit.built.error,
                "steps": [
                    {
                        "name": step.name,
                        "outcome": step.outcome.value,
                        "because": [cause.token for cause in step.causes],
                    }
                    for step in commit.built.steps
                ],
                "rebuild_seconds": commit.seconds,
                "cost_source": commit.cost_source,
            }
            for commit in own.commits
        ],
        summary=_summary(costs, own),
    )
    if costs.other is not None:
        answer["with_file"] = {
            "file": costs.other_file,
            "commits": [
                {"commit": c.built.id, "rebuilt": c.rebuilt, "rebuild_seconds": c.seconds} for c in costs.other.commits
            ],
            "summary": _summary(costs, costs.other),
        }
    return answer


def _summary(costs: ReplayedCosts, replay: Replay) -> Document:
    price = costs.price
    summary: Document = {
        "commits": replay.summed,
        "buildable": replay.buildable,
        "unbuildable": replay.unbuildable,
        "rebuilt": replay.rebuilt,
        "rebuild_seconds": replay.seconds,
        "known_seconds": replay.known_seconds,
        "cost_source": replay.cost_source,
        "by_step": [
            {
                "name": step.name,
                "line": step.line,
                "commits": step.commits,
                "rebuilt": step.rebuilt,
                "output_dependent": step.output_dependent,
                "share": step.share,
                "rebuild_seconds": step.seconds,
                "known_seconds": step.known_seconds,
                "cost_source": step.cost_source,
            }
            for step in replay.by_step
        ],
        "by_cause": [
            {
                "cause": str(cause.cause),
                "commits": cause.commits,
                "rebuilt": cause.steps,
                "rebuild_seconds": cause.seconds,
                "known_seconds": cause.known_seconds,
            }
            for cause in replay.by_cause
        ],
        "by_week": [
            {
                "monday": week.monday,
                "commits": week.commits,
                "rebuilt": week.rebuilt,
                "rebuild_seconds": week.seconds,
                "known_seconds": week.known_seconds,
            }
            for week in replay.weeks
        ],
    }
    if price is not None:
        summary["money"] = price.of(replay.seconds)
    return summary


def replay_page(costs: ReplayedCosts) -> Page:
    own = costs.own
    steps = _steps(own)
    tables = [
        *([steps] if steps.rows else []),
        *([_causes(own)] if own.by_cause else []),
        *([_weeks(own)] if len(own.weeks) > 1 else []),
    ]
    if costs.other is not None:
        tables.insert(0, _beside(costs, costs.other))
    return Page(headline(costs), tuple(tables), tuple(_notes(own)))


def headline(costs: ReplayedCosts) -> str:
    """`200 commits re-ran 1,240 steps, 5 h 12 min: most of it `RUN make` (line 8, in 90 % of them).`"""
    own = costs.own
    if not own.buildable:
        return f"No build to count in {counted(len(own.commits), 'commit')}."
    text = f"{counted(own.buildable, 'commit')} re-ran {counted(own.rebuilt, 'step')}{_cost(costs, own)}"
    step = next(iter(_dearest(own)), None)
    if step is not None and step.rebuilt:
        share_of = f"in {share(step.rebuilt, step.commits)} of the commits that have it"
        most = "the dearest is" if step.known_seconds else "most often"
        text += f": {most} `{shortened(step.name, 60)}` (line {step.line}), {share_of}"
    if costs.other is not None:
        instead = f"{counted(costs.other.rebuilt, 'step')}{_cost(costs, costs.other)}"
        text += f". With {costs.other_file} it would have been {instead}"
    return text + "."


def _cost(costs: ReplayedCosts, replay: Replay) -> str:
    about = "about " if replay.cost_source == Source.ESTIMATED else ""
    if replay.seconds is None:
        return f", {about or 'at least '}{human_seconds(replay.known_seconds)}" if replay.known_seconds else ""
    price = costs.price
    money = price.of(replay.seconds) if price is not None else None
    paid = f" ({price.text(money)})" if price is not None and money is not None else ""
    return f", {about}{human_seconds(replay.seconds)}{paid}"


def _dearest(replay: Replay) -> list[StepHistory]:
    return sorted(replay.by_step, key=lambda step: (-step.known_seconds, -step.rebuilt, step.line))


def _seconds(seconds: float | None, known: float, source: str) -> str:
    """`~`: an estimate is in it. `≥`: a step of unknown seconds is."""
    mark = "~" if source == Source.ESTIMATED else ""
    if seconds is not None:
        return mark + human_seconds(seconds)
    return f"≥ {mark}{human_seconds(known)}" if known else UNKNOWN


def _steps(replay: Replay) -> Table:
    rows = tuple(
        (
            str(step.line),
            shortened(step.name, 60),
            Cell(share(step.rebuilt, step.commits), "bad" if step.rebuilt * 2 > step.commits else ""),
            str(step.rebuilt),
            str(step.output_dependent),
            _seconds(step.seconds, step.known_seconds, step.cost_source),
        )
        for step in _dearest(replay)
        if step.rebuilt or step.output_dependent
    )
    more = f" (the {_SHOWN} dearest of {len(rows)})" if len(rows) > _SHOWN else ""
    headers = ("line", "step", "share", "re-ran", "may have", "seconds")
    return Table(headers, "rlrrrr", rows[:_SHOWN], f"Steps that re-ran{more}")


def _causes(replay: Replay) -> Table:
    def row(cause: CauseHistory) -> tuple[str, ...]:
        seconds = _seconds(cause.seconds, cause.known_seconds, replay.cost_source)
        return (shortened(str(cause.cause), 60), str(cause.commits), str(cause.steps), seconds)

    more = f" (the {_SHOWN} dearest of {len(replay.by_cause)})" if len(replay.by_cause) > _SHOWN else ""
    title = f"What they re-ran for{more}; steps with several causes count for each"
    return Table(("cause", "commits", "steps", "seconds"), "lrrr", tuple(map(row, replay.by_cause[:_SHOWN])), title)


def _weeks(replay: Replay) -> Table:
    weeks = replay.weeks
    by_seconds = any(week.known_seconds for week in weeks)

    def height(week: Week) -> float:
        return week.known_seconds if by_seconds else float(week.rebuilt)

    most = max(map(height, weeks)) or 1.0
    rows = tuple(
        (
            week.monday,
            str(week.commits),
            str(week.rebuilt),
            _seconds(week.seconds, week.known_seconds, replay.cost_source),
            "#" * round(_BAR * height(week) / most),
        )
        for week in weeks[-_WEEKS:]
    )
    more = f" (the last {_WEEKS} of {len(weeks)})" if len(weeks) > _WEEKS else ""
    return Table(("week of", "commits", "re-ran", "seconds", ""), "lrrrl", rows, f"By week{more}")


def _beside(costs: ReplayedCosts, other: Replay) -> Table:
    def row(name: str, replay: Replay) -> tuple[str, ...]:
        seconds = _seconds(replay.seconds, replay.known_seconds, replay.cost_source)
        return (name, str(replay.buildable), str(replay.rebuilt), seconds)

    rows = (row("as it was", costs.own), row(f"with {costs.other_file}", other))
    return Table(("", "commits", "re-ran", "seconds"), "lrrr", rows, "Another Dockerfile")


def _notes(replay: Replay) -> list[str]:
    notes = [f"Cache: {replay.policy}."]
    failed = [commit for commit in replay.commits if not commit.buildable]
    if failed:
        first = failed[0]
        notes.append(
            f"{counted(len(failed), 'commit')} cannot be built; the first: {first.built.id[:12]} {first.built.error}"
        )
    cold = next((commit for commit in replay.commits if commit.buildable), None)
    if cold is not None and not cold.summed:
        notes.append(
            f"The first build ({cold.built.id[:12]}) found an empty cache and is not counted: --include-cold does."
        )
    if replay.rebuilt and not replay.known_seconds:
        notes.append("Seconds are unknown: --timings FILE takes a build log with times, --estimate guesses.")
    return notes + _assumptions(replay)


def _assumptions(replay: Replay) -> list[str]:
    """A line for each subject; a history names many tags, which get one line together."""
    by_kind: dict[str, list[str]] = {}
    for assumption in replay.assumptions:
        by_kind.setdefault(assumption.kind, []).append(assumption.subject)
    many = {kind for kind, subjects in by_kind.items() if len(subjects) > _SUBJECTS}
    notes = assumption_notes(a for a in replay.assumptions if a.kind not in many)
    for kind in sorted(many):
        subjects = list(dict.fromkeys(by_kind[kind]))
        first = next(a for a in replay.assumptions if a.kind == kind)
        notes.append(f"Taken for granted: {first.subject}: {first.text}. The like of {len(subjects) - 1} more.")
    return notes
