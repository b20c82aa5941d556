"""The table that `docker history`, `podman history` and `nerdctl history` print."""

from __future__ import annotations

import re
from typing import NamedTuple

from layerscope.docker.model import HistoryEntry
from layerscope.docker.sizes import PRINTED_SIZE_OR_BYTES, parse_size
from layerscope.docker.times import utc_time
from layerscope.docker.truncation import is_truncated
from layerscope.errors import InputError

_HEADER = re.compile(r"(IMAGE|ID|SNAPSHOT)\s+CREATED(?: AT)?\s+CREATED BY\s+SIZE(?:\s+COMMENT)?\s*")
# A row begins with an id and an age or time; the lines of a heredoc do not.
_ROW = re.compile(
    r"(?:sha256:[0-9a-f]{64}|[0-9a-f]{12,64}|<missing>)\s{2,}"
    r"(?P<created>(?:\d+|About an?|Less than a) \w+(?: ago)?|N/A|\d{4}-\d\d-\d\d[T ]\S+(?: [+-]\d{4}(?: \w+)?)?)(?=\s)"
)
_SIZE_CELL = re.compile(rf"(?:^|(?<=\s\s))(?P<size>{PRINTED_SIZE_OR_BYTES})(?=\s{{2,}}|\s*$)")


class _Columns(NamedTuple):
    created_by: int
    size: int


def is_header(line: str) -> bool:
    return _HEADER.fullmatch(line.strip()) is not None


def parse_table(text: str, file: str) -> list[list[HistoryEntry]]:
    """The rows of each table in a text, newest first as they stand.

    Raises:
        InputError: with the line that is no row.
    """
    tables: list[list[HistoryEntry]] = []
    columns = _Columns(0, 0)
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].rstrip()
        if is_header(line):
            columns = _Columns(line.index("CREATED BY"), line.index("SIZE", line.index("CREATED BY")))
            tables.append([])
        elif line:
            if not _ROW.match(line):
                raise InputError("not a row of docker history", file, at + 1)
            end = _row_end(lines, at)
            tables[-1].append(_row([part.rstrip() for part in lines[at:end]], columns, file, at + 1))
            at = end
            continue
        at += 1
    return tables


def _row_end(lines: list[str], start: int) -> int:
    """The line after a row: an instruction may span several, so the row goes on until another begins."""
    end = start + 1
    while end < len(lines) and not _ROW.match(lines[end]) and not is_header(lines[end]):
        end += 1
    return end


def _row(lines: list[str], columns: _Columns, file: str, number: int) -> HistoryEntry:
    while len(lines) > 1 and not lines[-1]:
        lines = lines[:-1]
    match = _ROW.match(lines[0])
    assert match is not None
    cells = _cells_by_position(lines[0], match, columns) if len(lines) == 1 else None
    if cells is None:
        cells = _cells_by_shape("\n".join([lines[0][match.end() :], *lines[1:]]))
    if cells is None:
        raise InputError("a row of docker history without a size", file, number)
    created_by, printed, comment = cells
    size = parse_size(printed)
    if size is None:
        raise InputError(f"a row of docker history with a size that none can be: {printed}", file, number)
    return HistoryEntry(
        created_by=created_by,
        created=utc_time(match["created"]),
        comment=comment,
        empty_layer=size.bytes == 0,
        size=size.bytes,
        size_rounded=size.rounded,
        truncated=is_truncated(created_by),
    )


def _cells_by_position(line: str, match: re.Match[str], columns: _Columns) -> tuple[str, str, str] | None:
    """CREATED BY, SIZE and COMMENT where the header says they are; `None` if the row does not keep to it."""
    size = _SIZE_CELL.match(line, columns.size)
    if size is None or line[match.end() : columns.created_by].strip() or match.end() + 2 > columns.created_by:
        return None
    return line[columns.created_by : columns.size].strip(), size["size"], line[size.end() :].strip()


def _cells_by_shape(rest: str) -> tuple[str, str, str] | None:
    """The same for rows around an instruction of several lines, which shifts the columns: the last size is SIZE."""
    sizes = list(_SIZE_CELL.finditer(rest))
    if not sizes:
        return None
    return rest[: sizes[-1].start()].strip(), sizes[-1]["size"], rest[sizes[-1].end() :].strip()
