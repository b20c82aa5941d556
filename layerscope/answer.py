"""What an answer says, declared once: every format renders this, computes nothing and knows no question.

A question returns a value of a class of its own (`Simulation`, `Replay`, …) under `Answer`. Its `statement()` declares
all it says: the answer in a sentence, rows under typed columns, findings with their places, notes, and the members of
the machine interface's document. A row is declared once, for tables and documents alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from operator import attrgetter
from typing import Any, ClassVar, Literal

from layerscope.figures import Figure
from layerscope.values import Value

SCHEMA_VERSION = 1
_SHORT = 200  # characters of an answer's `repr`
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


class Name(Value):
    """A name of the input within a sentence, where it is set apart. most: how many characters of it are shown."""

    text: str
    most: int


def set_apart(name: str) -> str:
    """A name of the input as sentences have it: between backticks, more of them than it has in a row itself."""
    if "`" not in name:
        return f"`{name}`"
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(name))))
    return f"{fence} {name} {fence}"


_BACKTICKS = re.compile("`+")
Part = str | Figure | Enum | Name


class Sentence(Value):
    """Parts that follow each other; figures and members of closed sets are put into words by the format."""

    parts: tuple[Part, ...]


class Past(Value):
    """A member of a closed set, told in the past tense: what it speaks of is over."""

    member: Enum


Words = str | Sentence
# A tuple is a list of names. None is not known; what does not apply is "".
Cell = str | int | float | bool | None | Figure | Enum | Past | Sentence | tuple[str, ...]


class Column(Value):
    """One column of rows. key: its name in documents, "" for one that only people see.

    of: what an item has there, its attribute of the name `key` where nothing is given. header: at the head of a table,
    None where people do not see it. right: whether it is set flush right. tone: how an item's cell is meant.
    is_name: whether it holds names of the input (steps, paths, digests), which a page sets apart. most: how many
    characters of it a terminal's table shows; first: how many names of a list. A page shows all of both. tail: words
    after the cell that are never left out.
    plain: what a document holds in place of the cell's own plain value.
    """

    key: str
    of: Callable[[Any], Cell] | None = None
    header: str | None = None
    right: bool = False
    tone: Callable[[Any], Tone] | None = None
    is_name: bool = False
    most: int | None = None
    first: int | None = None
    tail: Callable[[Any], Words] | None = None
    plain: Callable[[Any], Any] | None = None

    @property
    def cell_of(self) -> Callable[[Any], Cell]:
        """What gives the cell of an item."""
        return self.of if self.of is not None else attrgetter(self.key)


class Cut(Value):
    """Which items a terminal's table shows of many. last: not the first.

    words: of the numbers shown and in all; "" where these tell nothing. folded: how many others a page folds below
    these, None for all: a history has thousands of causes.
    """

    most: int
    words: str = "the first {} of {}"
    last: bool = False
    folded: int | None = None


class Rows(Value):
    """Items of one kind under their columns.

    columns: in the document's order. name: a word for them, where something refers to them (`steps`). title: above the
    table; title_end: what follows in it after the words of `cut`. shown: the keys (or headers) of the columns in a
    table, in its order, () for all with a header; a page adds the rest of these. cut: which of many items a terminal's
    table shows; a page folds the others, a document has all. Where there is room: heading, in place of an empty title;
    lead, a sentence before the rows; detail, one below an item.
    """

    columns: tuple[Column, ...]
    items: Sequence[Any]
    name: str = ""
    title: Words = ""
    title_end: str = ""
    shown: tuple[str, ...] = ()
    cut: Cut | None = None
    heading: str = ""
    lead: str = ""
    detail: Callable[[Any], str] | None = None

    @property
    def in_a_table(self) -> list[Column]:
        """The columns that people see everywhere, in order."""
        if not self.shown:
            return [column for column in self.columns if column.header is not None]
        by_name = {name: column for column in self.columns for name in (column.header, column.key) if name}
        return [by_name[name] for name in self.shown]

    @property
    def on_a_page(self) -> list[Column]:
        """The same, then those that only a page has room for, where an item has something there."""
        everywhere = self.in_a_table
        more = [column for column in self.columns if column.header is not None and column not in everywhere]
        return everywhere + [column for column in more if any(_tells(column.cell_of(item)) for item in self.items)]

    @property
    def first_items(self) -> Sequence[Any]:
        """The items that a table shows where room is short."""
        if self.cut is None:
            return self.items
        return self.items[-self.cut.most :] if self.cut.last else self.items[: self.cut.most]

    @property
    def other_items(self) -> Sequence[Any]:
        """Those that it leaves out."""
        if self.cut is None:
            return ()
        return self.items[: -self.cut.most] if self.cut.last else self.items[self.cut.most :]

    @property
    def folded_items(self) -> Sequence[Any]:
        """Of these the ones that a page folds below the others."""
        others = self.other_items
        if self.cut is None or self.cut.folded is None or len(others) <= self.cut.folded:
            return others
        return others[-self.cut.folded :] if self.cut.last else others[: self.cut.folded]


def _tells(cell: Cell) -> bool:
    known = cell.value if isinstance(cell, Figure) else cell
    return known is not None and known not in ("", ())


Weight = Literal["note", "warning", "error"]  # how much a finding matters, in the words of annotations and SARIF


class Location(Value):
    """Where a finding points to; line is 1-based."""

    file: str
    line: int | None = None


class Finding(Value):
    """One thing that was found, for formats that mark places (annotations, SARIF): rule is its kind, kebab-case."""

    rule: str
    text: str
    place: Location | None = None
    weight: Weight = "warning"


class Statement(Value):
    """All that an answer says.

    members: of the document, in its order; a value is a cell, rows, a mapping or a sequence of these. tables: what
    people are shown, in order. paragraphs: sentences below the headline. notes: sentences at the end, and what is
    taken for granted. findings: gives them; only formats that mark places ask. subject: what was asked about, for a
    page's head; names stand between backticks.
    """

    command: str
    headline: Words
    members: Mapping[str, Any]
    tables: tuple[Rows, ...] = ()
    paragraphs: tuple[Words, ...] = ()
    notes: tuple[Words | Assumption, ...] = ()
    findings: Callable[[], Iterable[Finding]] = tuple
    subject: str = ""


class Answer(Value):
    """The base of what every question returns."""

    # Set by the library's own door: what shows an answer stands above what computes it.
    headline_of: ClassVar[Callable[[Answer], str] | None] = None
    cell_of: ClassVar[Callable[[Answer], str] | None] = None
    page_of: ClassVar[Callable[[Answer], str] | None] = None

    def statement(self) -> Statement:
        """All that it says."""
        raise TypeError(f"{type(self).__name__} states nothing")

    def to_dict(self) -> Document:
        """The machine interface's document, as `--format json` prints it."""
        return document(self.statement())

    def to_frame(self, rows: str | None = None) -> Any:
        """Rows of the answer as a `pandas.DataFrame`: bytes, seconds and counts are numbers, what is unknown is not.

        Args:
            rows: which, by their key in `to_dict()` (`steps`, `by_cause`, …); the first without it.

        Raises:
            ImportError: pandas is not installed.
            KeyError: the answer has no such rows.
        """
        try:
            import pandas  # the reader's own: nothing here needs it
        except ImportError:
            raise ImportError("to_frame makes a pandas.DataFrame, and pandas is not installed here") from None
        said = self.statement()
        found = dict(_rows_of(said.members)) or {table.name: table for table in said.tables}
        chosen = next(iter(found.values()), None) if rows is None else found.get(rows)
        if chosen is None:
            asked = "" if rows is None else f" {rows!r}"
            raise KeyError(f"{type(self).__name__} has no rows{asked}: it has {', '.join(found) or 'none'}")
        keys = [column.key for column in chosen.columns if column.key]
        return pandas.DataFrame(items_members(chosen.columns, chosen.items), columns=keys)

    def to_html(self) -> str:
        """The answer as one self-contained page, as `--html` writes it. Raises TypeError where nothing shows it."""
        show = type(self).page_of
        if show is None:
            raise TypeError("nothing shows answers here: import layerscope")
        return show(self)

    def __repr__(self) -> str:
        show = type(self).headline_of
        text = f"<{type(self).__name__}>" if show is None else f"<{type(self).__name__}: {show(self)}>"
        return text if len(text) <= _SHORT else f"{text[: _SHORT - 2]}…>"

    def _repr_html_(self) -> str | None:
        """What a notebook shows: its sentence, tables and notes."""
        show = type(self).cell_of
        return None if show is None else show(self)


def _rows_of(members: Mapping[str, Any]) -> Iterator[tuple[str, Rows]]:
    """All rows of a document, by their keys."""
    for key, value in members.items():
        if isinstance(value, Rows):
            yield key, value
        elif isinstance(value, Mapping):
            yield from _rows_of(value)


def document(said: Statement) -> Document:
    """The document of a statement: its members in their order."""
    return command_document(said.command, said.members)


def command_document(command: str, members: Mapping[str, Any]) -> Document:
    """The document of a command's answer."""
    return {
        "schema_version": SCHEMA_VERSION,
        "command": command,
        **{key: plain(value) for key, value in members.items()},
    }


def assumption_members(assumptions: Iterable[Assumption]) -> list[Document]:
    """Assumptions as every document has them."""
    return [{"kind": a.kind, "subject": a.subject, "text": a.text} for a in assumptions]


_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> Any:
    """A member or cell as JSON has it: figures are their numbers, closed sets their words."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is tuple or kind is list:
        return [each if type(each) in _AS_THEY_ARE else plain(each) for each in value]
    if isinstance(value, Enum) or kind is Figure:
        return value.value
    if kind is Rows:
        return items_members(value.columns, value.items)
    if kind is Past:
        return value.member.value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    raise TypeError(f"{kind.__name__}: nothing that a document holds")


def items_members(columns: Iterable[Column], items: Sequence[Any]) -> list[Document]:
    """Items as a document has them; made column by column, since a history has thousands of them."""
    keyed = [column for column in columns if column.key]
    keys = [column.key for column in keyed]
    cells = [_plain_cells(column, items) for column in keyed]
    return [dict(zip(keys, row)) for row in zip(*cells)]  # noqa: B905 (`strict` costs as much as the rest)


def item_members(columns: Iterable[Column], item: Any) -> Document | None:
    """One item, or None where there is none."""
    return None if item is None else items_members(columns, (item,))[0]


def _plain_cells(column: Column, items: Sequence[Any]) -> list[Any]:
    if column.plain is not None:
        return list(map(column.plain, items))
    cells = list(map(column.cell_of, items))
    return cells if _AS_THEY_ARE.issuperset(map(type, cells)) else list(map(plain, cells))
