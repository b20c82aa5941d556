"""The tables that Docker's commands print: a row of headings, and cells below them, some of them empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

_CELL = re.compile(r"\S+(?: \S+)*")
_ELISION = re.compile(r"\s*(?:\[?(?:\.\.\.|…)|<snip>)")  # where whoever pasted it left rows out


class Row(NamedTuple):
    """line: 1-based; cells: by the heading, those that are there."""

    line: int
    cells: Mapping[str, str]


class Table(NamedTuple):
    """line: of the headings. stops_at: a line right below that is no row; None where a blank one or the end follows."""

    line: int
    headings: tuple[str, ...]
    rows: list[Row]
    stops_at: int | None


def tables(text: str, first: Iterable[str]) -> Iterator[Table]:
    """The tables whose first heading is one of `first`; rows go on to a line with less than two cells."""
    wanted = set(first)
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        headings = _cells(lines[at])
        at += 1
        if len(headings) < 2 or headings[0][0] not in wanted or not all(name.isupper() for name, _, _ in headings):
            continue
        begun = at
        rows: list[Row] = []
        while at < len(lines) and (len(cells := _cells(lines[at])) > 1 or _ELISION.match(lines[at])):
            if len(cells) > 1:
                rows.append(Row(at + 1, dict(reversed([*_under(cells, headings)]))))  # of two in one place the first
            at += 1
        stops_at = at + 1 if at < len(lines) and lines[at].strip() else None
        yield Table(begun, tuple(name for name, _, _ in headings), rows, stops_at)


def _under(cells: list[tuple[str, int, int]], headings: list[tuple[str, int, int]]) -> Iterator[tuple[str, str]]:
    """Each cell with its heading: in turn where there are as many, else by where they stand."""
    if len(cells) == len(headings):
        yield from ((heading[0], cell[0]) for heading, cell in zip(headings, cells, strict=True))
        return
    for text, start, end in cells:
        beside = [name for name, begins, ends in headings if start < ends and begins < end]
        before = [name for name, begins, _ in headings if begins <= start]
        if found := beside[:1] or before[-1:]:
            yield found[0], text


def _cells(line: str) -> list[tuple[str, int, int]]:
    """The cells of a line, which two blanks or a tab part, with where they begin and end."""
    found = []
    for match in _CELL.finditer(line):
        start = len(line[: match.start()].expandtabs())
        found.append((match[0], start, start + len(match[0])))
    return found
