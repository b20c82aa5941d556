"""The answer of `context`: what each step reads, what a change of each file re-runs, and what is sent for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.analysis.answers.notes import NO_SECONDS
from layerscope.answer import (
    Answer,
    Assumption,
    Column,
    Cut,
    Document,
    Finding,
    Location,
    Rows,
    Sentence,
    Statement,
    assumption_members,
)
from layerscope.figures import count, seconds, share, size
from layerscope.values import Value

_FIRST = Cut(10)


class Amount(Value):
    """A number of files and their bytes."""

    files: int
    bytes: int

    @property
    def members(self) -> Document:
        return {"files": self.files, "bytes": self.bytes}


class StepUse(Value):
    """What one step reads of the context; paths in order."""

    name: str
    line: int
    amount: Amount
    paths: tuple[str, ...]


class Ignored(Value):
    """A line of the ignore file, and what it keeps out."""

    pattern: str
    line: int
    amount: Amount


class FileCost(Value):
    """Files whose change re-runs the same steps. path: the first of them; seconds: None where a step's are unknown.

    alike: whether each was tried. If not, the others are read by the same steps as the one that was, but a later
    stage may take some of them and not others.
    """

    path: str
    files: int
    alike: bool
    rebuilt: int
    output_dependent: int
    seconds: float | None
    known_seconds: float


class LargeEntry(Value):
    """An entry of the context's root, and what lies below it."""

    path: str
    amount: Amount


class ContextUse(Answer):
    """The answer of `context`. unread: what is sent and no step of the target reads. costs: what files break."""

    reference: str
    dockerfile: str
    ignore_file: str | None
    sent: Amount
    ignored: Amount
    steps: tuple[StepUse, ...]
    unread: tuple[str, ...]
    rules: tuple[Ignored, ...]
    largest: tuple[LargeEntry, ...]
    costs: tuple[FileCost, ...]
    assumptions: tuple[Assumption, ...]

    def statement(self) -> Statement:
        steps = Rows(_STEPS, self.steps, name="steps", title="What each step reads", shown=_SHOWN_OF_STEPS)
        costs = Rows(_COSTS, self.costs, name="costs", title="What a change re-runs", shown=_SHOWN_OF_COSTS, cut=_FIRST)
        rules = Rows(_RULES, self.rules, "rules", f"What {self.ignore_file} keeps out", shown=_SHOWN_OF_RULES)
        unread = Rows(_UNREAD, self.unread, name="unread", title="Sent, and read by no step", cut=_FIRST)
        return Statement(
            "context",
            self._headline(),
            {
                "assumptions": assumption_members(self.assumptions),
                "sent": self.sent.members,
                "ignored": self.ignored.members,
                "steps": steps,
                "unread": self.unread,
                "costs": costs,
                "ignore_file": self.ignore_file,
                "rules": rules,
            },
            tables=(
                steps,
                costs,
                self._largest(),
                *((rules,) if self.rules else ()),
                *((unread,) if self.unread else ()),
            ),
            notes=tuple(self._notes()),
            findings=self._findings,
            subject=f"`{self.reference}`, `{self.dockerfile}`",
        )

    def _headline(self) -> Sentence:
        sent, ignored = self.sent, self.ignored
        unread = f"; no step reads {len(self.unread)} of them." if self.unread else "; every one is read."
        return Sentence(
            (
                count(sent.files, "file"),
                " sent, ",
                size(sent.bytes),
                ", ",
                count(ignored.files, "file"),
                " (",
                size(ignored.bytes),
                f") ignored{unread}",
            )
        )

    def _largest(self) -> Rows:
        columns = (
            *_AMOUNT,
            Column("share", lambda entry: share(entry.amount.bytes, self.sent.bytes), "share", right=True),
            Column("path", header="path", is_name=True, most=70),
        )
        return Rows(columns, self.largest, name="largest", title="Where the bytes are", cut=_FIRST)

    def _notes(self) -> Iterator[str]:
        if self.ignore_file is None:
            yield "There is no .dockerignore: everything in the context counts as sent."
        if self.costs and all(cost.seconds is None for cost in self.costs):
            yield NO_SECONDS
        if not all(cost.alike for cost in self.costs):
            yield "The steps are those of the first file named: a later stage may take some of the others only."

    def _findings(self) -> Iterator[Finding]:
        for path in self.unread:
            yield Finding("file-never-read", "It is sent, and no step reads it.", Location(path), "note")
        if self.ignore_file is not None:
            for rule in self.rules:
                if not rule.amount.files:
                    text = f"{rule.pattern}: keeps nothing out."
                    yield Finding("rule-without-effect", text, Location(self.ignore_file, rule.line), "note")


def _others(cost: FileCost) -> Sentence:
    """How many files there are beside the one named."""
    return Sentence((" and ", count(cost.files - 1, "other file")) if cost.files > 1 else ())


_AMOUNT = (
    Column("files", lambda item: item.amount.files, "files", right=True),
    Column("bytes", lambda item: size(item.amount.bytes), "bytes", right=True),
)
_STEPS = (
    Column("name", header="step", is_name=True, most=70),
    Column("line", header="line", right=True),
    *_AMOUNT,
    Column("paths"),
)
_SHOWN_OF_STEPS = ("line", "files", "bytes", "name")
_COSTS = (
    Column("path", header="path", is_name=True, most=70, tail=_others),
    Column("files"),
    Column("alike"),
    Column(
        "rebuilt",
        lambda cost: count(cost.rebuilt, most=cost.rebuilt + cost.output_dependent),
        "steps",
        right=True,
    ),
    Column("output_dependent"),
    Column("rebuild_seconds", lambda cost: seconds(cost.seconds), "seconds", right=True),
    Column("known_seconds"),
)
_SHOWN_OF_COSTS = ("rebuilt", "rebuild_seconds", "path")
_RULES = (
    Column("pattern", header="pattern", is_name=True, most=70),
    Column("line", header="line", right=True),
    *_AMOUNT,
)
_SHOWN_OF_RULES = ("line", "files", "bytes", "pattern")
_UNREAD = (Column("", lambda path: path, "path", is_name=True, most=100),)
