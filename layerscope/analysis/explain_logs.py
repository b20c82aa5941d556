"""Why a build ran what its log says it ran: held against the log of a build before, and what both started from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from layerscope.analysis.answers.explanation import ChainLink, Explanation, Explanations, KeyDifference
from layerscope.analysis.build_pair import build_pair
from layerscope.analysis.cause import BaseCause, Cause, ColdCause, DockerfileCause
from layerscope.analysis.explain import Explainer
from layerscope.analysis.logged_build import LoggedBuild, Row
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.cost.build_log import BuildLog
from layerscope.docker.step_names import joined_name
from layerscope.errors import InputError
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step
from layerscope.values import replace

_OTHER_BYTES = "The bytes did not come out as before, or the builder no longer had it."
_SETTLES = "a recording of both builds (layerscope timings record), or --snapshots BEFORE AFTER, tells"


def explain_logs(
    before: BuildLog, after: BuildLog, sides: tuple[Side, Side] | None = None, step: str | None = None
) -> Explanations:
    """Explain every step that ran in `after`, or those a number or a text picks (cached ones too).

    sides: what both builds started from; without, only what the logs alone can tell. step: a row of the log (1 is
    the first), or part of its name. Outcomes are the log's, never a prediction's. Raises InputError if `step` picks
    none, or where the sides are not of these logs.
    """
    was, now = LoggedBuild(before), LoggedBuild(after)
    chosen = _chosen(now.rows, step, after.source)
    if sides is None:
        alone = _FromLogs(was, now)
        return Explanations(tuple(alone.explained(row) for row in chosen), (_no_inputs(after.source),))
    told = _FromInputs(was, now, *_comparable(*sides))
    if now.rows and not any(row.key in told.predicted for row in now.rows):
        raise InputError("no step of this log is one of the inputs' Dockerfile: they are another build's", after.source)
    steps = tuple(told.explained(row) for row in chosen)
    return Explanations(steps, (*told.assumptions, *told.disagreements()))


def _chosen(rows: list[Row], wanted: str | None, source: str) -> list[Row]:
    if wanted is None:
        return [row for row in rows if row.ran and row.is_own]
    if wanted.isdecimal():
        if not 1 <= int(wanted) <= len(rows):
            raise InputError(f"--step {wanted}: the log has {len(rows)} steps", source)
        return [rows[int(wanted) - 1]]
    found = [row for row in rows if wanted in row.name]
    if not found:
        raise InputError(f"--step {wanted}: no step of the log has that in its name", source)
    return found


def _no_inputs(source: str) -> Assumption:
    text = f"what the builds started from is not known here, so files and arguments are not compared: {_SETTLES}"
    return Assumption("inputs", source, text)


def _comparable(before: Side, after: Side) -> tuple[Side, Side]:
    """Both sides with the base images that are known of both in one way: others tell no change."""
    was, now = before.options.bases, after.options.bases
    both = {name for name in was.keys() & now.keys() if was[name].known == now[name].known}

    def known(side: Side) -> Side:
        bases = {name: base for name, base in side.options.bases.items() if name in both}
        return replace(side, options=replace(side.options, bases=bases))

    return known(before), known(after)


def _log_says(row: Row, was: LoggedBuild) -> str:
    """What both logs say of a step, as one sentence."""
    step = row.step
    if step.cached:
        did = "took it from the cache"
    elif step.error is not None:
        did = "ran it until it was cancelled" if step.canceled else "ran it, and it failed"
    elif step.skipped:
        did = "ended before it came to it"
    else:
        did = "ran it" + (f" in {step.seconds:.3g} s" if step.seconds is not None else "")
    former = was.alike(row)
    if former is None:
        place = was.in_place_of(row)
        if place is None or place.keyword != row.keyword:
            return f"This build {did}; the build before had no such step."
        return f"This build {did}; the build before had `{place.name}` in its place."
    if former.step.error is not None or former.step.skipped:
        return f"This build {did}; the build before did not finish it."
    had = "from its cache" if former.step.cached else "too, and ran it"
    return f"This build {did}; the build before had it {had}."


def _chain(log: LoggedBuild, row: Row, missed: Callable[[Row], bool]) -> list[Row]:
    """The row, then what missed before it of what it stands on or copies from, to the first that did."""
    chain = [row]
    while True:
        parent = log.parent(chain[-1])
        inputs = [*([parent] if parent is not None else []), *log.sources(chain[-1])]
        following = next((other for other in inputs if missed(other) and other not in chain), None)
        if following is None:
            return chain
        chain.append(following)


class _FromLogs:
    """What two logs tell without any input."""

    def __init__(self, was: LoggedBuild, now: LoggedBuild) -> None:
        self.was = was
        self.now = now

    def explained(self, row: Row) -> Explanation:
        said = _log_says(row, self.was)
        if not row.ran:
            return Explanation(row.name, 0, Outcome.CACHED, (), None, f"`{row.name}`: {said}")
        chain = _chain(self.now, row, lambda other: other.ran)
        root = chain[-1]
        causes, difference, text = self._root(root)
        links = tuple(ChainLink(each.name, causes if each is root else ()) for each in chain)
        if root is row:
            return Explanation(row.name, 0, Outcome.REBUILT, links, difference, f"`{row.name}`: {text} {said}")
        follows = chain[1]
        part = "parent" if self.now.parent(row) is follows else "files of a stage"
        inherited = KeyDifference(part, "as built", f"{follows.name} runs again")
        verb = "follows" if part == "parent" else "copies from"
        sentence = f"`{row.name}`: {verb} `{follows.name}`, which ran. It began with `{root.name}`: {text} {said}"
        return Explanation(row.name, 0, Outcome.REBUILT, links, inherited, sentence)

    def _root(self, row: Row) -> tuple[tuple[Cause, ...], KeyDifference | None, str]:
        """The cause, the difference and a sentence for a row whose inputs did not run, as far as logs tell them."""
        base, former_base = self.now.base(row), self.was.base(row)
        if base is not None and former_base is not None and base[0] == former_base[0] and base != former_base:
            difference = KeyDifference("base image", former_base[1], base[1])
            return (BaseCause(base[0]),), difference, f"base image {base[0]} changed."
        former = self.was.alike(row)
        if former is None:
            place = self.was.in_place_of(row)
            difference = KeyDifference("instruction", None if place is None else place.instruction, row.instruction)
            return (DockerfileCause(),), difference, "the instruction is new, or its text changed."
        if former.step.error is not None or former.step.skipped:
            return (ColdCause(),), KeyDifference("cold", None, "not built before"), "it had not been built."
        parent, former_parent = self.now.parent(row), self.was.parent(former)
        if _instruction(parent) != _instruction(former_parent):
            difference = KeyDifference("parent", _instruction(former_parent), _instruction(parent))
            return (DockerfileCause(),), difference, "it stands on another instruction than before."
        return (), None, f"its instruction is as before, and no step before it ran. {_may_be(row)}."


def _instruction(row: Row | None) -> str | None:
    return None if row is None else row.instruction


def _may_be(row: Row) -> str:
    if row.keyword in {"COPY", "ADD"}:
        return "The files it copies differ, or the builder no longer had it"
    if row.keyword == "RUN":
        return (
            "An argument, a variable, a flag of the build (--network, …), its base or the files it mounts differ, "
            "or the builder no longer had it"
        )
    return "A variable or its base differs, or the builder no longer had it"


class _FromInputs:
    """What the logs and a prediction from both builds' inputs tell together."""

    def __init__(self, was: LoggedBuild, now: LoggedBuild, before: Side, after: Side) -> None:
        pair = build_pair(before, after, lenient=True)
        self.was = was
        self.now = now
        self.predicted: Mapping[str, Step] = {joined_name(step.label.name): step for step in pair.steps}
        self.assumptions = pair.assumptions
        self._explainer = Explainer(pair, undecided=_OTHER_BYTES)
        self._alone = _FromLogs(was, now)

    def explained(self, row: Row) -> Explanation:
        step = self.predicted.get(row.key)
        if step is None or not row.ran:
            return self._alone.explained(row)
        said = _log_says(row, self.was)
        if step.outcome == Outcome.CACHED:
            return self._gone(row, step, said)
        told = self._explainer.explained(step)
        return replace(told, name=row.name, outcome=Outcome.REBUILT, text=f"{told.text} {said}")

    def _gone(self, row: Row, step: Step, said: str) -> Explanation:
        """All of its key is as before, and yet it ran: the entry was not there."""
        chain = _chain(self.now, row, self._is_gone)
        root = chain[-1]
        links = tuple(ChainLink(each.name, (ColdCause(),) if each is root else ()) for each in chain)
        former = self.was.alike(row)
        if former is None or former.step.error is not None or former.step.skipped:
            after, why = "not built before", "the build before did not get that far"
        else:
            after, why = "no longer in the cache", "the builder no longer had it (pruned, or another builder)"
        line = step.label.instruction.line
        text = f"`{row.name}` at line {line}: nothing that was recorded of what it depends on has changed: {why}."
        if root is not row:
            text += f" It began with `{root.name}`."
        return Explanation(row.name, line, Outcome.REBUILT, links, KeyDifference("cold", None, after), f"{text} {said}")

    def _is_gone(self, row: Row) -> bool:
        step = self.predicted.get(row.key)
        return row.ran and step is not None and step.outcome == Outcome.CACHED

    def disagreements(self) -> list[Assumption]:
        """Steps that the log found in the cache although they differ from the build before: an older one had them."""
        return [
            Assumption(
                "log", row.name, "differs from the build before and yet came from the cache: an older build had it"
            )
            for row in self.now.rows
            if row.step.cached
            and not row.is_from
            and (step := self.predicted.get(row.key)) is not None
            and step.outcome == Outcome.REBUILT
        ]
