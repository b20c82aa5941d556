"""BuildKit's `--progress=plain`, also as CI systems store it.

Each vertex has a number: `#7 [build 3/5] RUN make` names it whenever the log turns to it, what follows under
the same number is its progress until `#7 DONE 12.3s`, `CACHED`, `CANCELED` or `ERROR: …`. Output of a step
is always `#7 1.234 text`, so no step can pass off its output as progress.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from layerscope.cost.build_log import CANCELED, BuildLog, LoggedStep, LogWriter
from layerscope.cost.logs.lines import Found, LogLine
from layerscope.cost.logs.rows import logged_steps
from layerscope.cost.logs.transfers import is_push, transfer_kind, transfers
from layerscope.docker.sizes import PRINTED_SIZE, printed_bytes
from layerscope.docker.step_names import is_vertex_step, parse_step_name
from layerscope.docker.times import to_seconds
from layerscope.values import Entity, field

_NUMBERED = re.compile(r" {0,4}#(\d{1,6}) (.*)", re.ASCII | re.DOTALL)
# What stands under a number and is certainly no name. A log cut off at its start may begin with these.
_PROGRESS = re.compile(r"\d+\.\d+(?: |$)|DONE\b|CACHED$|CANCELED$|ERROR\b|WARN\b|\.\.\.$|sha256:", re.ASCII)
_DONE = re.compile(r"DONE(?: (\d{1,9}(?:\.\d{1,9})?)s)?", re.ASCII)
_ERROR = re.compile(r"ERROR:? ?(.*)", re.DOTALL)
_CONTEXT_CANCELED = "context canceled"
_FETCH = re.compile(r"(?:extracting |pulling )?sha256:[0-9a-f]+")
_OUTPUT = re.compile(r"\d+\.\d+(?: |$)", re.ASCII)
_TIMED_PART = re.compile(r"(.+) (\d{1,9}\.\d)s done", re.ASCII)
_CONTEXT = re.compile(f"transferring context: ({PRINTED_SIZE})")
_NAME = re.compile(r"\[[^\]]+\] |FROM |exporting |importing |resolving ")


class _Vertex(Entity):
    name: str
    ended: bool = False
    cached: bool = False
    seconds: float | None = None
    error: str | None = None
    at: int = 0  # the line that ended it
    fetched: bool = False  # layers of its own
    printed: bool = False  # output of its own
    pushed: dict[str, float] = field(default_factory=dict)

    def take(self, progress: str, line: int) -> None:
        """One line of progress; of several outcomes the last counts: it sums all intervals before it."""
        if progress == "CACHED":
            self.ended, self.cached, self.seconds = True, True, None
        elif match := _DONE.fullmatch(progress):
            self.ended = True
            # Layers of its own are fetched of what an imported cache has, when a step that runs needs them.
            self.cached = self.fetched and not self.printed and not self.is_from
            self.seconds = float(match[1]) if match[1] and not self.cached else None
        elif progress == "CANCELED":
            self.ended, self.error = True, CANCELED
        elif match := _ERROR.fullmatch(progress):
            self.ended, self.error = True, CANCELED if match[1].endswith(_CONTEXT_CANCELED) else match[1] or "failed"
        else:
            self._take_part(progress)
            return
        self.at = line

    def _take_part(self, progress: str) -> None:
        if _FETCH.match(progress):
            self.fetched = True
        elif _OUTPUT.match(progress):
            self.printed = True
        elif (match := _TIMED_PART.fullmatch(progress)) and is_push(match[1]):
            self.pushed[match[1]] = float(match[2])

    @property
    def is_from(self) -> bool:
        return parse_step_name(self.name).is_from


class _Build(Entity):
    """began, ended: the stamps of its first and last line, where a CI system wrote such."""

    line: int
    began: int | None
    ended: int | None
    vertices: dict[int, _Vertex] = field(default_factory=dict)
    context_bytes: dict[int, int | None] = field(default_factory=dict)

    @property
    def has_ended_a_step(self) -> bool:
        return any(v.ended and is_vertex_step(v.name) for v in self.vertices.values())


def parse_plain(lines: Iterable[LogLine], source: str) -> list[Found]:
    """The builds a plain log tells, each with its first line; none if it is no plain log.

    Seconds are as printed, to a tenth. Several builds one after the other are told apart by their numbers,
    which start again.
    """
    builds: list[_Build] = []
    current = -1
    for line in lines:
        match = _NUMBERED.fullmatch(line.text.rstrip())
        if match is None:
            continue
        number, text = int(match[1]), match[2]
        build = builds[-1] if builds else None
        vertex = build.vertices.get(number) if build else None
        if build is None or _begins_anew(build, vertex, number, text, current):
            if _PROGRESS.match(text):
                continue
            builds.append(_Build(line.number, line.at, line.at, {number: _Vertex(text)}))
        elif vertex is None:
            # Progress of a vertex whose name was cut off tells nothing.
            if not _PROGRESS.match(text):
                build.vertices[number] = _Vertex(text)
        elif text != vertex.name:
            vertex.take(text, line.number)
            if (sent := _CONTEXT.match(text)) and vertex.name.endswith("load build context"):
                build.context_bytes[number] = printed_bytes(sent[1])
        builds[-1].ended = line.at
        current = number
    return [
        (build.line, _build_log(build, source))
        for build in builds
        if any(_is_of_a_build(vertex) for vertex in build.vertices.values())
    ]


def _is_of_a_build(vertex: _Vertex) -> bool:
    """Whether a row is one of BuildKit's beyond doubt; people quote the end of a log alone, too."""
    return vertex.name.startswith("[") or (vertex.ended and transfer_kind(vertex.name) is not None)


def _begins_anew(build: _Build, vertex: _Vertex | None, number: int, text: str, current: int) -> bool:
    if number == 0:  # `#0 building with "default" instance using docker driver`
        return text.startswith("building with ") and max(build.vertices) > 0
    if vertex is None or (number == current and not vertex.ended):
        return False
    if text == vertex.name:
        # The first vertex loads something; it may be taken up again, but not when steps have run.
        return number == 1 and vertex.ended and build.has_ended_a_step
    return number != current and _NAME.match(text) is not None and _NAME.match(vertex.name) is not None


def _build_log(build: _Build, source: str) -> BuildLog:
    by_name: dict[str, list[_Vertex]] = {}
    for vertex in build.vertices.values():
        if is_vertex_step(vertex.name):
            by_name.setdefault(vertex.name, []).append(vertex)
    sent = [size for size in build.context_bytes.values() if size is not None]
    context = sum(sent) if sent else None
    rows = [(_logged_step(name, vertices), vertices[-1].at) for name, vertices in by_name.items()]
    names = [vertex.name for vertex in build.vertices.values()]
    moved = [each for v in build.vertices.values() for each in transfers(v.name, v.seconds, v.error, v.pushed)]
    return BuildLog(
        LogWriter.BUILDKIT, logged_steps(rows, names), context, source, tuple(moved), _seconds(build.began, build.ended)
    )


def _seconds(began: int | None, ended: int | None) -> float | None:
    return to_seconds(ended - began) if began is not None and ended is not None and ended >= began else None


def _logged_step(name: str, vertices: list[_Vertex]) -> LoggedStep:
    """One step; `ADD https://…` is two vertices of one name, the check of the URL and the copy."""
    cached = vertices[-1].cached
    error = next((v.error for v in vertices if v.error is not None), None)
    seconds = None
    if not cached and error is None:
        timed = [v.seconds for v in vertices if not v.cached]
        known = [figure for figure in timed if figure is not None]
        seconds = round(sum(known), 6) if len(known) == len(timed) else None
    return LoggedStep(name, cached and error is None, seconds, error)
