"""BuildKit's vertices folded into builds: the same for rawjson and for exported build records.

The rules are those of BuildKit's own display (util/progress/progressui): a vertex comes many times, its last
word on `cached` and `error` counts, and its started/completed intervals are merged before they are summed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from layerscope.cost.build_log import CANCELED, BuildLog, LoggedStep, LoggedTransfer, LogWriter
from layerscope.cost.logs.rows import logged_steps
from layerscope.cost.logs.transfers import is_push, transfers
from layerscope.docker.step_names import is_vertex_step, parse_step_name
from layerscope.docker.times import to_seconds
from layerscope.values import Entity, Value, field

_DEFINITION = re.compile(r"(\[.*\]) load build definition\b")
# What a build loads before its first step. `load build context` is not here: it runs among the steps.
_OPENING = re.compile(
    r"\[(?:.* )?internal\] load (?:build definition|metadata|\.dockerignore|git source|remote build context|local bake)"
)

_FETCHES = ("sha256:", "extracting sha256:", "pulling sha256:")


class VertexUpdate(Value):
    """One message on one vertex; times in nanoseconds since 1970, `group` the name of its progress group."""

    digest: str
    name: str
    started: int | None = None
    completed: int | None = None
    cached: bool = False
    error: str = ""
    group: str = ""


class StatusUpdate(Value):
    """One message on a part of a vertex's work (`extracting sha256:…`, `pushing layers`).

    id: the part; action: what is done (`transferring`); current: bytes by now.
    """

    digest: str
    id: str
    action: str = ""
    current: int = 0
    started: int | None = None
    completed: int | None = None


class _Vertex(Entity):
    digest: str
    name: str
    group: str
    intervals: dict[int, int | None] = field(default_factory=dict)
    cached: bool = False
    error: str = ""
    at: int = 0  # the message that told its outcome
    fetched: bool = False  # layers of its own
    printed: bool = False  # output of its own
    pushed: dict[str, float] = field(default_factory=dict)

    @property
    def from_cache(self) -> bool:
        """Its last word; or layers of its own are fetched: an imported cache has it, and a step that runs needs it."""
        if self.cached or not self.fetched or self.printed:
            return self.cached
        return not parse_step_name(self.name).is_from

    @property
    def running(self) -> bool:
        return any(end is None for end in self.intervals.values())


class SolveProgress:
    """Takes vertex updates in the order they were written and tells the builds they make up."""

    def __init__(self, source: str = "") -> None:
        self._source = source
        self._builds: list[BuildLog] = []
        self._vertices: dict[str, _Vertex] = {}
        self._definitions: dict[str, str] = {}
        self._context_bytes: dict[str, int] = {}
        self._taken = 0

    def update(self, update: VertexUpdate) -> None:
        """Take one message on one vertex."""
        if self._begins_anew(update):
            self._close()
        if match := _DEFINITION.match(update.name):
            self._definitions.setdefault(match[1], update.digest)
        vertex = self._vertices.get(update.digest)
        if vertex is None:
            vertex = self._vertices[update.digest] = _Vertex(update.digest, update.name, update.group)
        vertex.name = update.name
        if update.started is None:
            return  # announced only: says nothing of its outcome
        # A late repetition without `completed` must not reopen what is known to have ended.
        if vertex.intervals.get(update.started) is None:
            vertex.intervals[update.started] = update.completed
        self._taken += 1
        if (update.cached, update.error) != (vertex.cached, vertex.error) or not vertex.at:
            vertex.at = self._taken
        vertex.cached = update.cached
        vertex.error = update.error or vertex.error

    def status(self, update: StatusUpdate) -> None:
        """Take one message on a part of what a vertex does."""
        vertex = self._vertices.get(update.digest)
        if vertex is None:
            return
        if update.action == "transferring" and update.current > 0 and vertex.name.endswith("load build context"):
            self._context_bytes[update.digest] = update.current
        elif update.id.startswith(_FETCHES):
            vertex.fetched = True
        elif is_push(update.id) and update.started is not None and update.completed is not None:
            vertex.pushed[update.id] = to_seconds(max(0, update.completed - update.started))

    def printed(self, digest: str) -> None:
        """Take that a vertex printed something."""
        if (vertex := self._vertices.get(digest)) is not None:
            vertex.printed = True

    def builds(self) -> tuple[BuildLog, ...]:
        """The builds seen so far, the one under way closed."""
        self._close()
        return tuple(self._builds)

    def _begins_anew(self, update: VertexUpdate) -> bool:
        """Whether the update belongs to a further build of the same file.

        Two signs: another Dockerfile is loaded under the same label (bake's targets have labels of their
        own); or what is loaded first is loaded again when steps have run and nothing runs any more. A step
        or FROM row that starts again is no sign: BuildKit does that within one build.
        """
        if not self._vertices:
            return False
        if match := _DEFINITION.match(update.name):
            known = self._definitions.get(match[1])
            if known is not None and known != update.digest:
                return True
        if not _OPENING.match(update.name):
            return False
        vertex = self._vertices.get(update.digest)
        if vertex is None or not vertex.intervals or vertex.name != update.name:
            return False
        repeated = update.started in vertex.intervals
        return not repeated and self._has_run_a_step() and not any(v.running for v in self._vertices.values())

    def _has_run_a_step(self) -> bool:
        return any(
            v.intervals and is_vertex_step(v.name) and not parse_step_name(v.name).is_from
            for v in self._vertices.values()
        )

    def _close(self) -> None:
        if not self._vertices:
            return
        context = sum(self._context_bytes.values()) if self._context_bytes else None
        moved = [each for vertex in self._vertices.values() if vertex.intervals for each in _transfers(vertex)]
        self._builds.append(
            BuildLog(LogWriter.BUILDKIT, self._steps(), context, self._source, tuple(moved), self._seconds())
        )
        self._vertices, self._definitions, self._context_bytes = {}, {}, {}

    def _steps(self) -> tuple[LoggedStep, ...]:
        begun = [v for v in self._vertices.values() if v.intervals and is_vertex_step(v.name)]
        begun.sort(key=lambda vertex: min(vertex.intervals))
        # `ADD https://…` is two vertices of one name, the check of the URL and the copy: one step.
        by_name: dict[str, list[_Vertex]] = {}
        for vertex in begun:
            by_name.setdefault(vertex.name, []).append(vertex)
        members: dict[str, list[_Vertex]] = {}
        for vertex in begun:
            if vertex.group and vertex.group != vertex.name and vertex.group in by_name:
                members.setdefault(vertex.group, []).append(vertex)
        led = {v.digest for group in members.values() for v in group}
        rows = [
            (
                _logged_step(name, vertices, members.get(name, []), timed=vertices[-1].digest not in led),
                vertices[-1].at,
            )
            for name, vertices in by_name.items()
        ]
        return logged_steps(rows, [vertex.name for vertex in self._vertices.values()])

    def _seconds(self) -> float | None:
        """From the first that begins to the last that ends."""
        intervals = [interval for vertex in self._vertices.values() for interval in vertex.intervals.items()]
        ends = [end for _, end in intervals if end is not None]
        began = min((start for start, _ in intervals), default=0)
        return to_seconds(max(ends) - began) if ends and max(ends) >= began else None


def _transfers(vertex: _Vertex) -> Iterator[LoggedTransfer]:
    return transfers(vertex.name, _merged_seconds([vertex]), _error([vertex]), vertex.pushed)


def _error(vertices: list[_Vertex]) -> str | None:
    error = next((vertex.error for vertex in vertices if vertex.error), None)
    return CANCELED if error is not None and error.endswith("context canceled") else error


def _logged_step(name: str, own: list[_Vertex], members: list[_Vertex], timed: bool) -> LoggedStep:
    """One step from its vertices.

    `members` are the other vertices of the progress group it leads: `COPY --link` and its `LINK` row are one
    group, which the plain log shows, and times, as the copy. The `LINK` row itself then has no seconds.
    """
    error = _error(own)
    cached = own[-1].from_cache and error is None
    seconds = None
    if timed and not cached and error is None:
        seconds = _merged_seconds([v for v in (*own, *members) if not v.from_cache])
    return LoggedStep(name, cached, seconds, error)


def _merged_seconds(vertices: list[_Vertex]) -> float | None:
    total, reached = 0, 0
    for start, end in sorted((s, e) for v in vertices for s, e in v.intervals.items() if e is not None):
        if end < start:
            return None  # the clock was set back: there is no duration to tell
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return None if any(v.running for v in vertices) else to_seconds(total)
