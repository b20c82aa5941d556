"""The plain log of Docker 18.09 to 19.03 as today's: it told each event of a vertex on a line of its own.

`#6     duration: 7s`, `#6       cached: true`, `#6        error: "…"` stand where `DONE 7.0s`, `CACHED` and `ERROR: …`
do since, and `#6         name: "…"` tells all of a name that its heading cuts at 72 characters.
"""

from __future__ import annotations

import json
import re

from layerscope.cost.logs.lines import LogLine

_EVENT = re.compile(
    r" {0,4}#(\d{1,6}) {2,}(digest|name|started|completed|duration|cached|error): (.*?)\s*", re.ASCII | re.DOTALL
)
_HEADING = re.compile(r" {0,4}#(\d{1,6}) (\S.*)", re.ASCII | re.DOTALL)
# Go's duration: `1m2.5s`, `150ms`, `200µs`.
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|µs|μs|us|ns)", re.ASCII)
_DURATION = re.compile(f"(?:{_PART.pattern})+", re.ASCII)
_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "µs": 1e-6, "μs": 1e-6, "us": 1e-6, "ns": 1e-9}


def without_events(lines: list[LogLine]) -> list[LogLine]:
    """The lines of a plain log with its events told as today's BuildKit tells them; others are as they were."""
    events = {index: match for index, line in enumerate(lines) if (match := _event(line.text))}
    if not any(match[2] == "duration" or match[2] == "started" for match in events.values()):
        return lines
    names = {match[1]: _text(match[3]) for match in events.values() if match[2] == "name"}
    told: list[LogLine] = []
    for index, line in enumerate(lines):
        if match := events.get(index):
            if said := _progress(match[2], match[3]):
                told.append(line._replace(text=f"#{match[1]} {said}"))
        else:
            told.append(_with_whole_name(line, names))
    return told


def _event(text: str) -> re.Match[str] | None:
    return _EVENT.fullmatch(text) if "#" in text[:5] else None


def _progress(event: str, value: str) -> str:
    """What today's log says of an event; "" where it says nothing."""
    if event == "duration" and _DURATION.fullmatch(value):
        seconds = sum(float(figure) * _SECONDS[unit] for figure, unit in _PART.findall(value))
        return f"DONE {seconds:.6f}s"
    if event == "cached" and value == "true":
        return "CACHED"
    if event == "error" and _text(value):
        return "CANCELED" if _text(value).endswith("context canceled") else f"ERROR: {_text(value)}"
    return ""


def _with_whole_name(line: LogLine, names: dict[str, str]) -> LogLine:
    match = _HEADING.fullmatch(line.text)
    name = names.get(match[1]) if match else None
    if match is None or name is None or not match[2].endswith("..."):
        return line
    return line._replace(text=f"#{match[1]} {name}") if name.startswith(match[2].removesuffix("...")) else line


def _text(quoted: str) -> str:
    """A text as Go quotes it."""
    try:
        text = json.loads(quoted)
    except ValueError:
        return quoted.strip('"')
    return text if isinstance(text, str) else quoted
