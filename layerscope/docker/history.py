"""Saved `docker history` output, of Docker, podman, nerdctl or the engine's API, in any shape → history entries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from layerscope.docker.config import parse_history
from layerscope.docker.history_table import is_header, parse_table
from layerscope.docker.json_document import JsonObject
from layerscope.docker.model import HistoryEntry
from layerscope.docker.pasted import outputs, unquoted
from layerscope.docker.sizes import PrintedSize, parse_size
from layerscope.docker.times import utc_time, utc_time_at
from layerscope.docker.truncation import is_truncated
from layerscope.errors import InputError

_NOT_BLANK = re.compile(r"\S")
_AT_2000 = 946684800  # docker history prints N/A for what was created until then


def parse_histories(text: str, file: str, *, sized: bool = True) -> list[tuple[HistoryEntry, ...]]:
    """All histories of a text, each oldest first. sized: whether an entry without a size is refused.

    Raises:
        InputError: with the line at which the text is no history.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lstrip().startswith(("{", "[")):
        return [tuple(reversed(entries)) for entries in _json_histories(text, file, sized)]
    if is_header(first):
        return [tuple(reversed(entries)) for entries in parse_table(text, file)]
    if re.fullmatch(r"sha256:[0-9a-f]{64}|[0-9a-f]{12}|<missing>", first.strip()):
        raise InputError("only ids, as docker history -q prints them: save it without -q", file, 1)
    line = text[: text.find(first)].count("\n") + 1 if first else None
    raise InputError("neither an image archive nor the output of docker history", file, line)


def find_histories(text: str, file: str, *, sized: bool = True) -> list[tuple[HistoryEntry, ...]]:
    """The histories in a text as people paste it, behind prompts or quoted; none of a text that has none.

    Raises:
        InputError: as `parse_histories`.
    """
    printed = [output.text for output in outputs(unquoted(text)) if begins_with_history(output.text)]
    return [history for each in printed for history in parse_histories(each, file, sized=sized)]


def parse_history_rows(rows: Sequence[object], file: str) -> tuple[HistoryEntry, ...]:
    """A history as the engine's API answers it, newest first → oldest first."""
    return tuple(_json_entry(row, file, None, sized=True) for row in reversed(rows))


def parse_config_history(value: object, file: str) -> tuple[HistoryEntry, ...]:
    """The history in an image config, or one taken out of it; none where a JSON value is neither."""
    rows = value.get("history") if isinstance(value, dict) else value
    if not isinstance(rows, list) or not any(isinstance(row, dict) and "created_by" in row for row in rows):
        return ()
    return parse_history(JsonObject({"history": rows}, file))


def begins_with_history(text: str) -> bool:
    """Whether the first thing in a text is a row of a history, an array of these, or a table's header."""
    first = _NOT_BLANK.search(text)
    if first is None:
        return False
    if first[0] not in "{[":
        return is_header(text[first.start() :].partition("\n")[0])
    try:
        value, _ = json.JSONDecoder().raw_decode(text, first.start())
    except (RecursionError, ValueError):
        return False
    rows = value if isinstance(value, list) else [value]
    return all(isinstance(row, dict) for row in rows) and any(key.lower() == "createdby" for row in rows for key in row)


def _json_histories(text: str, file: str, sized: bool) -> list[list[HistoryEntry]]:
    """Arrays are a history each; objects, one a line, are one history together."""
    histories: list[list[HistoryEntry]] = []
    rows: list[HistoryEntry] = []
    for value, line in _json_values(text, file):
        if isinstance(value, dict):
            rows.append(_json_entry(value, file, line, sized=sized))
        elif isinstance(value, list):
            histories.append([_json_entry(row, file, line, sized=sized) for row in value])
        else:
            raise InputError("neither a JSON object nor an array of them", file, line)
    if rows:
        histories.append(rows)
    return histories


def _json_values(text: str, file: str) -> Iterable[tuple[Any, int]]:
    """The JSON values of a text, one after another, each with its line."""
    decoder = json.JSONDecoder()
    at, line = 0, 1
    while match := _NOT_BLANK.search(text, at):
        line += text.count("\n", at, match.start())
        try:
            value, end = decoder.raw_decode(text, match.start())
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON: {error.msg}", file, error.lineno) from None
        except (RecursionError, ValueError):
            raise InputError("not JSON", file, line) from None
        yield value, line
        line += text.count("\n", match.start(), end)
        at = end


def _json_entry(row: Any, file: str, line: int | None, *, sized: bool) -> HistoryEntry:
    """One row of Docker's, nerdctl's (strings), podman's or the API's (numbers) JSON; they differ in case, too."""
    if not isinstance(row, dict):
        raise InputError("an entry of the history is no JSON object", file, line)
    fields = {key.lower(): value for key, value in row.items() if value is not None}
    # podman leaves out a CreatedBy that is empty, as that of an import.
    is_row = "createdby" in fields or {"id", "created"} <= fields.keys()
    if not is_row or (sized and "size" not in fields):
        raise InputError("not an entry of docker history: it has no CreatedBy or no Size", file, line)
    created_by, comment = fields.get("createdby", ""), fields.get("comment", "")
    if not isinstance(created_by, str) or not isinstance(comment, str):
        raise InputError("CreatedBy or Comment is not a string", file, line)
    size = _json_size(fields["size"], file, line) if "size" in fields else None
    return HistoryEntry(
        created_by=created_by,
        # podman has the time twice: `created` with fractions of seconds, `Created` without.
        created=_json_time(row.get("created") or fields.get("createdat", fields.get("created"))),
        comment=comment,
        empty_layer=size is not None and size.bytes == 0,
        size=size.bytes if size is not None else None,
        size_rounded=size is not None and size.rounded,
        truncated=is_truncated(created_by),
    )


def _json_size(value: Any, file: str, line: int | None) -> PrintedSize:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return PrintedSize(value, False)
    size = parse_size(value) if isinstance(value, str) else None
    if size is None:
        raise InputError(f"not a size: {json.dumps(value)[:40]}", file, line)
    return size


def _json_time(value: Any) -> str | None:
    """A time as text, or in seconds since 1970 from the API, which gives 0 where the image tells none."""
    if isinstance(value, str):
        return utc_time(value)
    if isinstance(value, int) and _AT_2000 < value < 2**37:
        return utc_time_at(value)
    return None
