"""Saved `docker history` output, of Docker, podman, nerdctl or the engine's API → `Image`: which shape it has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from layerscope.docker.config import parse_time
from layerscope.docker.history_size import parse_size
from layerscope.docker.history_table import is_header, is_truncated, parse_table
from layerscope.docker.model import HistoryEntry
from layerscope.errors import InputError
from layerscope.files import read_bounded
from layerscope.image.model import Image, Layer

_SIZE_LIMIT = 64 << 20
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NOT_BLANK = re.compile(r"\S")
_AT_2000 = 946684800  # docker history prints N/A for what was created until then


def read_history(path: str, reference: str, selector: str | None, position: int | None) -> Image:
    """The image whose history a file holds: no config, no bytes of layers, and an entry without size is no layer.

    position: of the image, where the file holds several histories one after another.

    Raises:
        InputError: the file cannot be read, is no history, or holds several and none was chosen; names the line.
    """
    try:
        data = read_bounded(Path(path), _SIZE_LIMIT)
    except OSError as error:
        raise InputError(error.strerror or str(error), path) from None
    if data is None:
        raise InputError("too long for a history", path)
    if selector is not None:
        raise InputError(f"a saved history has no names to choose by: '{selector}'", path)
    histories = parse_histories(_decode(data, path), path)
    if position is not None and position >= len(histories):
        raise InputError(f"holds {len(histories)} histories, counted from 0: there is no @{position}", path)
    if position is None and len(histories) > 1:
        listing = ", ".join(f"@{n} ({len(history)} entries)" for n, history in enumerate(histories))
        raise InputError(f"holds the histories of several images, choose one: {listing}", path)
    return image_from_history(histories[position or 0], reference)


def image_from_history(history: Sequence[HistoryEntry], reference: str) -> Image:
    """An image of which only the history is known, oldest first."""
    notes: tuple[tuple[str, str], ...] = ()
    if any(entry.truncated for entry in history):
        notes = (("history", "the history was saved without --no-trunc: instructions are cut at 45 characters"),)
    layers = tuple(Layer() for entry in history if not entry.empty_layer)
    return Image(reference=reference, config=None, history=tuple(history), layers=layers, notes=notes)


def parse_histories(text: str, file: str) -> list[tuple[HistoryEntry, ...]]:
    """All histories of a text, each oldest first.

    Raises:
        InputError: with the line at which the text is no history.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lstrip().startswith(("{", "[")):
        return [tuple(reversed(entries)) for entries in _json_histories(text, file)]
    if is_header(first):
        return [tuple(reversed(entries)) for entries in parse_table(text, file)]
    if re.fullmatch(r"sha256:[0-9a-f]{64}|[0-9a-f]{12}|<missing>", first.strip()):
        raise InputError("only ids, as docker history -q prints them: save it without -q", file, 1)
    line = text[: text.find(first)].count("\n") + 1 if first else None
    raise InputError("neither an image archive nor the output of docker history", file, line)


def parse_history_rows(rows: Sequence[object], file: str) -> tuple[HistoryEntry, ...]:
    """A history as the engine's API answers it, newest first → oldest first."""
    return tuple(_json_entry(row, file, None) for row in reversed(rows))


def _decode(data: bytes, file: str) -> str:
    """The text; PowerShell's redirection writes UTF-16, or a byte order mark before UTF-8."""
    encoding = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError("neither an image archive nor text", file, data[: error.start].count(b"\n") + 1) from None
    if "\0" in text:
        raise InputError("neither an image archive nor text", file, text[: text.index("\0")].count("\n") + 1)
    return text.replace("\r\n", "\n")


def _json_histories(text: str, file: str) -> list[list[HistoryEntry]]:
    """Arrays are a history each; objects, one a line, are one history together."""
    histories: list[list[HistoryEntry]] = []
    rows: list[HistoryEntry] = []
    for value, line in _json_values(text, file):
        if isinstance(value, dict):
            rows.append(_json_entry(value, file, line))
        elif isinstance(value, list):
            histories.append([_json_entry(row, file, line) for row in value])
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


def _json_entry(row: Any, file: str, line: int | None) -> HistoryEntry:
    """One row of Docker's, nerdctl's (strings), podman's or the API's (numbers) JSON; they differ in case, too."""
    if not isinstance(row, dict):
        raise InputError("an entry of the history is no JSON object", file, line)
    fields = {key.lower(): value for key, value in row.items() if value is not None}
    # podman leaves out a CreatedBy that is empty, as that of an import.
    if "size" not in fields or not ("createdby" in fields or {"id", "created"} <= fields.keys()):
        raise InputError("not an entry of docker history: it has no CreatedBy or no Size", file, line)
    created_by, comment = fields.get("createdby", ""), fields.get("comment", "")
    if not isinstance(created_by, str) or not isinstance(comment, str):
        raise InputError("CreatedBy or Comment is not a string", file, line)
    size, rounded = _json_size(fields["size"], file, line)
    return HistoryEntry(
        created_by=created_by,
        created=_json_time(fields.get("createdat", fields.get("created"))),
        comment=comment,
        empty_layer=size == 0,
        size=size,
        size_rounded=rounded,
        truncated=is_truncated(created_by),
    )


def _json_size(value: Any, file: str, line: int | None) -> tuple[int, bool]:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value, False
    size = parse_size(value) if isinstance(value, str) else None
    if size is None:
        raise InputError(f"not a size: {json.dumps(value)[:40]}", file, line)
    return size


def _json_time(value: Any) -> str | None:
    """A time as text, or in seconds since 1970 from the API, which gives 0 where the image tells none."""
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, int) and _AT_2000 < value < 2**37:
        from datetime import datetime, timezone

        return f"{datetime.fromtimestamp(value, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    return None
