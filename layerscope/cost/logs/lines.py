"""A build's log as lines, freed of what terminals and CI systems put around them.

Escapes, carriage returns and byte order marks go; a time stamp before a line becomes its `at`; a `name | `
prefix (docker compose) becomes its stream. What a step itself prints is never looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from layerscope.cost.build_log import BuildLog
from layerscope.docker.times import nanoseconds

Found = tuple[int, BuildLog]
"""A build and the line it begins on, or begins near to."""

_BILLION = 1_000_000_000
_DAY = 86_400 * _BILLION

_BREAK = re.compile(r"\r*\n|\r")
# Buildkite: `ESC _ bk;t=<milliseconds> BEL` before each line.
_BUILDKITE = re.compile(r"\x1b_bk;t=(\d{1,15})(?:\x07|\x1b\\)")
_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]_PX^][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-Z\\^-~])"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
# `gh run view --log`: job, step and the line, tab-separated.
_GITHUB_COLUMNS = re.compile(r"[^\t]{1,200}\t[^\t]{1,200}\t(?=\ufeff?\d{4}-\d\d-\d\dT)")
# GitHub, GitLab, Azure, Jenkins `[…Z] `, `docker logs -t`, `kubectl logs --timestamps`.
_ISO = re.compile(
    r"\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\]?(?:[ \t]|$)", re.ASCII
)
# GitLab's stream number and kind after the stamp; `+` continues the line before.
_GITLAB = re.compile(r"[0-9a-f]{2}[OE]([+ ]|$)")
# Jenkins' Timestamper, TeamCity: the hour only.
_CLOCK = re.compile(r"\[?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\]?(?:[ \t]|$)", re.ASCII)
# `ts` of moreutils, syslog: the month as a word, no year.
_SYSLOG = re.compile(r"[A-Z][a-z]{2} [ \d]\d (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: |$)", re.ASCII)
_EPOCH = re.compile(r"\[?(\d{10})(?:\.(\d{1,9}))?\]?(?: |$)", re.ASCII)
_PREFIX = re.compile(r"([A-Za-z0-9][\w./-]{0,80}|\[[^\[\]]{1,80}\]) +\|(?: |$)", re.ASCII)
# Jenkins' parallel branches, Tekton; `[1/2] STEP 3/5` is buildah's own.
_BRANCH = re.compile(
    r" ?\[(?!\d+/\d+\])([^\[\]]{1,80})\] (?=#\d{1,6} |Step \d|STEP \d| ?-{2,3}> |Sending build|Successfully built"
    r"|INFO\[| ?=> |\[\+\] )",
    re.ASCII,
)
# Google Cloud Build: `Step #0 - "image": `; git shows what a host of applications builds behind `remote: `.
_HOSTED = re.compile(r"(Step #\d{1,4}(?: - \"[^\"]{1,80}\")?|remote): ?", re.ASCII)


class LogLine(NamedTuple):
    """number: 1-based in the file. at: its stamp in nanoseconds, from any zero. stream: the prefix before it."""

    number: int
    text: str
    at: int | None = None
    stream: str = ""


def log_lines(text: str) -> list[LogLine]:
    """The lines of a log, stamps and prefixes read off. A `\\r` ends a line but not its stamp or stream."""
    lines: list[LogLine] = []
    stamps = _Stamps()
    at: int | None = None
    stream, number, start = "", 1, 0
    fresh = True
    while start <= len(text):
        match = _BREAK.search(text, start)
        end, after = match.span() if match else (len(text), len(text) + 1)
        part = text[start:end]
        newline = match is None or match[0].endswith("\n")
        if fresh:
            part, at, stream, continues = _unwrap(part, stamps)
            if continues and lines:
                lines[-1] = lines[-1]._replace(text=lines[-1].text + part)
            else:
                lines.append(LogLine(number, part, at, stream))
        elif part:
            lines.append(LogLine(number, _ESCAPE.sub("", part), at, stream))
        fresh = newline
        number += newline
        start = after
    return lines


def find_builds(
    lines: Iterable[LogLine], parse: Callable[[Iterable[LogLine], str], list[Found]], source: str
) -> list[Found]:
    """The builds of a log whose lines may come from several streams side by side.

    A log either is stamped or prefixed throughout, or what looks so is output of a step: lines without a
    prefix are asked first, and of stamped and unstamped lines those that tell of a build first.
    """
    streams: dict[tuple[str, bool], list[LogLine]] = {}
    for line in lines:
        streams.setdefault((line.stream, line.at is not None), []).append(line)
    found = {key: builds for key, members in streams.items() if (builds := parse(members, source))}
    found = {key: builds for key, builds in found.items() if not key[0]} or found
    if not found:
        return []
    _, stamped = min(found, key=lambda key: found[key][0][0])
    return sorted(
        (build for key, builds in found.items() if key[1] == stamped for build in builds),
        key=lambda build: build[0],
    )


def _unwrap(part: str, stamps: _Stamps) -> tuple[str, int | None, str, bool]:
    """A line without escapes, stamp and prefix; its stamp, its stream, and whether it continues the last one."""
    at: int | None = None
    if "\x1b" in part:
        if match := _BUILDKITE.search(part):
            at = int(match[1]) * 1_000_000
        part = _ESCAPE.sub("", part)
    elif not part.isprintable():
        part = _ESCAPE.sub("", part)
    # Most lines of a bare log can be seen to have nothing before them.
    if not (part[:1].isalnum() or part[:1] in {"[", "\ufeff"}):
        return part, at, "", False
    if match := _GITHUB_COLUMNS.match(part):
        part = part[match.end() :]
    part = part.lstrip("\ufeff")
    stream, continues = "", False
    for _ in range(2):  # compose's own `-t` stamps stand after its prefix, a CI system's before it
        if at is None:
            part, at, continues = stamps.read(part)
        if not stream and (match := _PREFIX.match(part) or _BRANCH.match(part) or _HOSTED.match(part)):
            stream, part = match[1], part[match.end() :]
    return part, at, stream, continues


class _Stamps:
    """Reads the stamp off a line's start; hours without a date run on past midnight."""

    def __init__(self) -> None:
        self._days = 0
        self._last = 0

    def read(self, part: str) -> tuple[str, int | None, bool]:
        if not part[:1].isdigit() and not part[:1].isupper() and not part.startswith("["):
            return part, None, False
        if match := _ISO.match(part):
            rest, continues = part[match.end() :], False
            if gitlab := _GITLAB.match(rest):
                rest, continues = rest[gitlab.end() :], gitlab[1] == "+"
            return rest, nanoseconds(match[1]), continues
        if match := _CLOCK.match(part) or _SYSLOG.match(part):
            return part[match.end() :], self._of_clock(match), False
        if match := _EPOCH.match(part):
            return part[match.end() :], int(match[1]) * _BILLION + _fraction(match[2]), False
        return part, None, False

    def _of_clock(self, match: re.Match[str]) -> int:
        hour, minute, second = (int(value) for value in match.group(1, 2, 3))
        at = ((hour * 60 + minute) * 60 + second) * _BILLION + _fraction(match[4])
        if at < self._last - _DAY // 2:
            self._days += 1
        self._last = at
        return at + self._days * _DAY


def _fraction(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))
