"""kaniko's log: `INFO[0009] RUN make`, as its logger writes to a terminal, or `level=info msg="RUN make"`, or JSON.

An instruction has a line of its own when its turn comes; before that kaniko says which it has in its cache, and for
which it must unpack the base. The counter in brackets is seconds since the start: a step lasts, its snapshot included,
from its line to the next step's. Instructions are not numbered, and what a command prints stands bare among the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from layerscope.cost.build_log import BuildLog, LoggedStep, LogWriter
from layerscope.cost.logs.lines import Found, LogLine
from layerscope.docker.times import nanoseconds, to_seconds
from layerscope.values import Entity, field

_BILLION = 1_000_000_000
# Up to two words of a viewer of pods may stand before it.
_COUNTED = re.compile(r"(?:[\w./-]{1,100} ){0,2}(INFO|WARN|ERRO|FATA|DEBU)\[([^\]]{1,40})\] (.*)", re.ASCII | re.DOTALL)
_PAIRS = re.compile(r'time="([^"]{1,40})" level=(\w+) msg=("(?:[^"\\]|\\.)*"|\S+)', re.ASCII)
_INSTRUCTION = re.compile(
    r"(?:RUN|COPY|ADD|WORKDIR|ENV|ARG|USER|LABEL|EXPOSE|VOLUME|CMD|ENTRYPOINT|ONBUILD|STOPSIGNAL|SHELL|HEALTHCHECK"
    r"|MAINTAINER) .*",
    re.DOTALL,
)
_HAS = re.compile(r"Using caching version of cmd: (.+)", re.DOTALL)
_LACKS = re.compile(r"No cached layer found for cmd (.+)", re.DOTALL)
_UNPACKS = re.compile(r"Unpacking rootfs as cmd (.+) requires it\.", re.DOTALL)
_TAKEN = "Found cached layer, extracting to filesystem"
_OWN_WORDS = re.compile(
    r"(?:Built cross stage deps: |Executing \d+ build triggers|Checking for cached layer "
    r"|Using caching version of cmd: |No cached layer found for cmd |Unpacking rootfs as cmd "
    r"|Taking snapshot of |No files changed in this command|Pushing layer .+ to cache now)"
)
_OVER = re.compile(
    r"(?:Pushing image to |Skipping push to container registry|Storing source image from stage |Deleting filesystem"
    r"|Saving file |Building stage )"
)
_FAILED = re.compile(r"error building image: (.*)", re.DOTALL)


class _Message(Entity):
    line: int
    text: str
    at: int | None
    failed: bool = False


class _Step(Entity):
    name: str
    began: int | None = None
    ended: int | None = None
    begun: bool = False
    cached: bool = False
    error: str | None = None


class _Build(Entity):
    line: int
    steps: list[_Step] = field(default_factory=list)
    known_cached: set[str] = field(default_factory=set)
    last_at: int = 0
    is_kaniko: bool = False

    @property
    def under_way(self) -> _Step | None:
        return next((step for step in reversed(self.steps) if step.begun and step.ended is None), None)


def parse_kaniko(lines: Iterable[LogLine], source: str) -> list[Found]:
    """The builds a log of kaniko's tells, each with its first line; none if it is no such log.

    Seconds are whole ones where nothing finer stamps the lines; less than one is not told.
    """
    builds: list[_Build] = []
    for line in lines:
        message = _message(line)
        if message is None:
            continue
        build = builds[-1] if builds else None
        if build is None or _begins_anew(build, message):
            build = _Build(message.line)
            builds.append(build)
        build.last_at = max(build.last_at, message.at or 0)
        _take(build, message)
    return [(build.line, _build_log(build, source)) for build in builds if build.is_kaniko and build.steps]


def kaniko_span(lines: Iterable[LogLine]) -> range:
    """The lines from kaniko's first to its last: what stands between is output of its steps."""
    own = [line.number for line in lines if _message(line) is not None]
    return range(own[0], own[-1] + 1) if own else range(0)


def _message(line: LogLine) -> _Message | None:
    text = line.text.strip()
    if match := _COUNTED.match(text):
        at = int(match[2]) * _BILLION if match[2].isdecimal() else nanoseconds(match[2])
        return _Message(line.number, match[3].strip(), line.at if line.at is not None else at, match[1] == "FATA")
    if match := _PAIRS.match(text):
        return _Message(line.number, _said(match[3]), nanoseconds(match[1]), match[2] == "fatal")
    if text.startswith("{") and '"msg"' in text:
        document = _document(text)
        said, time = document.get("msg"), document.get("time")
        if isinstance(said, str) and isinstance(time, str):
            return _Message(line.number, said.strip(), nanoseconds(time), document.get("level") == "fatal")
    if match := _FAILED.match(text):
        return _Message(line.number, text, line.at, failed=True)
    return None


def _said(quoted: str) -> str:
    try:
        said = json.loads(quoted) if quoted.startswith('"') else quoted
    except ValueError:
        said = quoted.strip('"')
    return str(said).strip()


def _document(text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _begins_anew(build: _Build, message: _Message) -> bool:
    """Another run counts from 0 again, and resolves its stages first."""
    if message.at is not None and message.at < build.last_at:
        return True
    return message.text.startswith("Built cross stage deps: ") and bool(build.steps)


def _take(build: _Build, message: _Message) -> None:
    text = message.text
    build.is_kaniko = build.is_kaniko or _OWN_WORDS.match(text) is not None
    step = build.under_way
    if message.failed:
        if step is not None:
            step.error = text
    elif match := _HAS.fullmatch(text):
        build.known_cached.add(match[1].strip())
        _named(build, match[1].strip())
    elif match := _LACKS.fullmatch(text) or _UNPACKS.fullmatch(text):
        _named(build, match[1].strip())
    elif text == _TAKEN:
        if step is not None:
            step.cached = True
    elif _INSTRUCTION.fullmatch(text):
        if step is not None:
            step.ended = message.at
        _begin(build, text, message.at)
    elif step is not None and _OVER.match(text):
        step.ended = message.at


def _named(build: _Build, name: str) -> None:
    """An instruction that is spoken of before its turn is a step, whether or not the log goes on to it."""
    if not any(step.name == name and not step.begun for step in build.steps):
        build.steps.append(_Step(name, cached=name in build.known_cached))


def _begin(build: _Build, name: str, at: int | None) -> None:
    waiting = next((step for step in build.steps if step.name == name and not step.begun), None)
    if waiting is not None:  # its place is where its turn comes
        build.steps.remove(waiting)
    build.steps.append(_Step(name, at, begun=True, cached=name in build.known_cached))


def _build_log(build: _Build, source: str) -> BuildLog:
    steps = tuple(LoggedStep(step.name, step.cached, _seconds(step), step.error) for step in build.steps)
    return BuildLog(LogWriter.KANIKO, steps, None, source)


def _seconds(step: _Step) -> float | None:
    if step.cached or step.error is not None or step.began is None or step.ended is None:
        return None
    return to_seconds(step.ended - step.began) if step.ended > step.began else None
