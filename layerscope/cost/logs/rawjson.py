"""BuildKit's `--progress=rawjson`: one SolveStatus a line, with the client's own text lines in between.

Format: client.SolveStatus of BuildKit, written by util/progress/progressui (rawjson display) to stderr.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from layerscope.cost.logs.lines import Found, LogLine
from layerscope.cost.logs.vertices import SolveProgress, VertexUpdate
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
        status = _solve_status(text)
        if status is None:
            continue
        first = first or line.number
        try:
            _take(status, progress)
        except (TypeError, ValueError, KeyError, AttributeError):
            raise InputError(
                "this line is not BuildKit's rawjson progress: a field has another type", source, line.number
            ) from None
    return [(first, build) for build in progress.builds()]


def _solve_status(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _KEYS & value.keys() else None


def _take(status: dict[str, object], progress: SolveProgress) -> None:
    for vertex in _objects(status, "vertexes"):
        group = vertex.get("progressGroup")
        progress.update(
            VertexUpdate(
                digest=_text(vertex, "digest"),
                name=_text(vertex, "name"),
                started=_instant(vertex, "started"),
                completed=_instant(vertex, "completed"),
                cached=vertex.get("cached") is True,
                error=_text(vertex, "error"),
                group=_text(group, "name") if isinstance(group, dict) else "",
            )
        )
    for report in _objects(status, "statuses"):
        current = report.get("current")
        if report.get("name") == "transferring" and isinstance(current, int) and current > 0:
            progress.context_sent(_text(report, "vertex"), current)


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
