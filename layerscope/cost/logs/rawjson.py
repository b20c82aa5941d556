"""BuildKit's `--progress=rawjson`: one SolveStatus a line, with the client's own text lines in between.

Format: client.SolveStatus of BuildKit, written by util/progress/progressui (rawjson display) to stderr.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator

from layerscope.cost.logs.lines import Found, LogLine
from layerscope.cost.logs.vertices import SolveProgress, StatusUpdate, VertexUpdate
from layerscope.docker.times import nanoseconds
from layerscope.errors import InputError

_KEYS = frozenset({"vertexes", "statuses", "logs", "warnings"})


def parse_rawjson(lines: Iterable[LogLine], source: str) -> list[Found]:
    """The builds a rawjson log tells, with the line on which the log begins; none if it is no rawjson log.

    Lines that are no SolveStatus (error excerpts, other programs' output) are skipped. Seconds are exact to
    the microsecond. Raises InputError for a SolveStatus whose values are not of the format.
    """
    progress = SolveProgress(source)
    first = 0
    for line in lines:
        text = line.text.strip()
        # Most lines are output of steps: they are told apart without being parsed.
        if not text.startswith("{") or not any(f'"{key}"' in text[:40] for key in _KEYS):
            continue
        status = solve_status(text)
        if status is None:
            continue
        first = first or line.number
        try:
            for vertex in status.vertices():
                progress.update(vertex)
            for part in status.statuses():
                progress.status(part)
            for digest in status.printing():
                progress.printed(digest)
        except (TypeError, ValueError, KeyError, AttributeError):
            raise InputError(
                "this line is not BuildKit's rawjson progress: a field has another type", source, line.number
            ) from None
    return [(first, build) for build in progress.builds()]


class SolveStatus:
    """One line of the log. What it is asked for raises TypeError or ValueError where a field has another type."""

    def __init__(self, fields: dict[str, object]) -> None:
        self._fields = fields

    def vertices(self) -> Iterator[VertexUpdate]:
        """What became of steps since the line before."""
        for vertex in _objects(self._fields, "vertexes"):
            group = vertex.get("progressGroup")
            yield VertexUpdate(
                digest=_text(vertex, "digest"),
                name=_text(vertex, "name"),
                started=_instant(vertex, "started"),
                completed=_instant(vertex, "completed"),
                cached=vertex.get("cached") is True,
                error=_text(vertex, "error"),
                group=_text(group, "name") if isinstance(group, dict) else "",
            )

    def statuses(self) -> Iterator[StatusUpdate]:
        """What became of parts of their work."""
        for report in _objects(self._fields, "statuses"):
            current = report.get("current")
            yield StatusUpdate(
                _text(report, "vertex"),
                _text(report, "id"),
                _text(report, "name"),
                current if isinstance(current, int) else 0,
                _instant(report, "started"),
                _instant(report, "completed"),
            )

    def printing(self) -> Iterator[str]:
        """The digests of vertices that printed something."""
        for written in _objects(self._fields, "logs"):
            yield _text(written, "vertex")

    def output(self) -> Iterator[str]:
        """The lines that steps printed."""
        for written in _objects(self._fields, "logs"):
            if written.get("data") is not None:
                yield from base64.b64decode(_text(written, "data")).decode(errors="replace").splitlines()


def solve_status(text: str) -> SolveStatus | None:
    """A line of the log; None for one that is no SolveStatus."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return SolveStatus(value) if isinstance(value, dict) and _KEYS & value.keys() else None


def _objects(status: dict[str, object], key: str) -> list[dict[str, object]]:
    values = status.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise TypeError(key)
    return values


def _text(value: dict[str, object], key: str) -> str:
    text = value.get(key, "")
    if not isinstance(text, str):
        raise TypeError(key)
    return text


def _instant(value: dict[str, object], key: str) -> int | None:
    text = value.get(key)
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError(key)
    instant = nanoseconds(text)
    if instant is None and not text.startswith("0001-"):
        raise ValueError(key)
    return instant
