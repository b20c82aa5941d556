"""What an answer says, declared once: every format renders this, computes nothing and knows no question.

A question returns a value of a class of its own (`Simulation`, `Replay`, …) under `Answer`. Its `statement()` declares
all it says: the answer in a sentence, rows with typed cells, findings with their places, notes, and the members of the
machine interface's document. A row is declared once, for tables and documents alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar

from layerscope.figures import Figure
from layerscope.values import Value

SCHEMA_VERSION = 1
Document = dict[str, Any]


class Assumption(Value):
    """Something an answer takes for granted: kind (`base-config`, `remote`, …), of what, in one sentence."""

    kind: str
    subject: str
    text: str


class Tone(Enum):
    """How a word is meant; what that looks like is a format's own affair."""

    PLAIN = ""
    GOOD = "good"
    BAD = "bad"
    OPEN = "open"
    QUIET = "dim"
    STRONG = "strong"


class Text(Value):
    """Words with what they mean. most: how many characters of it a terminal's table shows, None for all."""

    text: str
    tone: Tone = Tone.PLAIN
    most: int | None = None


# A tuple is a list of names; an enum's member is shown by the word that `report` has for it.
Cell = str | int | float | bool | None | Text | Figure | Enum | tuple[Any, ...]
Sentence = Sequence[str | Figure]  # parts that follow each other; figures are put into words by the format


class Column(Value):
    """One column of rows. key: its name in documents, "" for one that only people see. of: what an item has there.

    header: at the head of a table, None where people do not see it. right: whether it is set flush right.
    plain: what a document holds in place of the cell's own plain value.
    """

    key: str
    of: Callable[[Any], Cell]
    header: str | None = None
    right: bool = False
    plain: Callable[[Any], Any] | None = None


class Rows(Value):
    """Items of one kind under their columns.

    columns: in the document's order. shown: the keys (or headers) of those in a table, in its order; () for those with
    a header. title: above the table. most: how many of them a terminal's table shows, None for all; a page folds the
    rest, a document has all.
    """

    columns: tuple[Column, ...]
    items: Sequence[Any]
    title: str = ""
    shown: tuple[str, ...] = ()
    most: int | None = None


class Weight(Enum):
    """How much a finding matters."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Place(Value):
    """Where a finding points to; line is 1-based."""

    file: str
    line: int | None = None


class Finding(Value):
    """One thing that was found, for formats that mark places (annotations, SARIF): rule is its kind, kebab-case."""

    rule: str
    text: str
    place: Place | None = None
    weight: Weight = Weight.WARNING


class Statement(Value):
    """All that an answer says.

    members: of the document, in its order; a value is a cell, rows, a mapping or a sequence of these. tables: what
    people are shown, in order. paragraphs: sentences below the headline. notes: sentences at the end.
    subject: what was asked about, for a page's head.
    """

    command: str
    headline: Sentence
    members: Mapping[str, Any]
    tables: tuple[Rows, ...] = ()
    paragraphs: tuple[Sentence, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    subject: str = ""


class Answer(Value):
    """The base of what every question returns."""

    # Set by the library's own door: what shows an answer stands above what computes it.
    page_of: ClassVar[Callable[[Answer], str] | None] = None

    def statement(self) -> Statement:
        """All that it says."""
        raise TypeError(f"{type(self).__name__} states nothing")

    def to_dict(self) -> Document:
        """The machine interface's document, as `--format json` prints it."""
        return document(self.statement())


def document(said: Statement) -> Document:
    """The document of a statement: its members in their order."""
    return {
        "schema_version": SCHEMA_VERSION,
        "command": said.command,
        **{key: plain(value) for key, value in said.members.items()},
    }


def assumption_members(assumptions: Iterable[Assumption]) -> list[Document]:
    """Assumptions as every document has them."""
    return [{"kind": a.kind, "subject": a.subject, "text": a.text} for a in assumptions]


def plain(value: Any) -> Any:
    """A member or cell as JSON has it: figures are their numbers, closed sets their words."""
    if isinstance(value, Rows):
        keyed = [column for column in value.columns if column.key]
        return [{c.key: (c.plain or _plain_cell(c))(item) for c in keyed} for item in value.items]
    if isinstance(value, Figure):
        return value.value
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def _plain_cell(column: Column) -> Callable[[Any], Any]:
    return lambda item: plain(column.of(item))
