"""The log of the classic builder (`Step 3/11 : RUN make`) and of podman and buildah (`STEP 3/11: RUN make`).

Neither tells times; where a CI system stamped the lines, a step lasts from its line to the next step's.
Between ` ---> Running in <id>` and the ` ---> <id>` of its result a step prints what it likes, so a line
there is taken for a step only where the log has lost lines (`...`, as people paste it): a later number of the same
total, where the number to come is in no later line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from layerscope.cost.build_log import BuildLog, LoggedStep, LogWriter
from layerscope.cost.logs.lines import Found, LogLine
from layerscope.docker.sizes import PRINTED_SIZE, printed_bytes
from layerscope.docker.step_names import parse_step_name
from layerscope.docker.times import to_seconds
from layerscope.values import Entity, field

# Docker 1.12 and older printed no total: `Step 3 : RUN make`.
_DOCKER_STEP = re.compile(r"Step (\d{1,4})(?:/(\d{1,4}))? : \S.*", re.ASCII | re.DOTALL)
# `[1/2] STEP 3/5: …` counts within stage 1 of 2.
_BUILDAH_STEP = re.compile(r"(?:\[(\d+)/\d+\] )?STEP (\d{1,4})(?:/(\d{1,4}))?: \S.*", re.ASCII | re.DOTALL)
_CONTEXT = re.compile(rf"Sending build context to Docker daemon(?:\s+({PRINTED_SIZE}))?")
_CACHED = re.compile(r"(?:\[\d+/\d+\] )?-{2,3}> Using cache\b", re.ASCII)
_RUNNING = re.compile(r"---> Running in [0-9a-f]{6,64}", re.ASCII)
_RESULT = re.compile(r"(?:\[\d+/\d+\] )?-{2,3}> (?:Pushing cache .*|[0-9a-f]{6,64})", re.ASCII)
_FAILED = re.compile(
    r"(?:(?:INFO\[\d+\] )?The command .+ returned a non-zero code: \d+|(?:COPY|ADD) failed: |"
    r"Error response from daemon: |pull access denied |manifest for .+ not found|"
    r"[Ee]rror: (?:error )?building at STEP )",
    re.DOTALL,
)
_ENDED = re.compile(r"Successfully built [0-9a-f]+|(?:\[\d+/\d+\] )?COMMIT\b")


class _Step(Entity):
    name: str
    stage: str
    number: int
    total: str | None
    began: int | None
    cached: bool = False
    running: bool = False
    prints_steps: bool = False  # of a build that it runs itself
    error: str | None = None
    ended: int | None = None


class _Build(Entity):
    builder: LogWriter
    line: int
    context_bytes: int | None
    steps: list[_Step] = field(default_factory=list)
    over: bool = False
    left_out: int = 0

    def end_last(self, at: int | None) -> None:
        if self.steps and self.steps[-1].ended is None:
            self.steps[-1].ended = at


def parse_classic(lines: Iterable[LogLine], source: str) -> list[Found]:
    """The builds a classic, podman or buildah log tells, each with its first line; none if it is no such log."""
    builds: list[_Build] = []
    context: int | None = None
    shown = list(lines)
    ahead = _Ahead(shown)
    for line in shown:
        # Some stamps are followed by two blanks.
        text = line.text.strip()
        build = builds[-1] if builds else None
        if match := _CONTEXT.match(text):
            if build:
                build.over = True
            context = printed_bytes(match[1]) if match[1] else context
            continue
        if step := _step(text, line.at):
            if build is None or _begins_anew(build, step):
                build = _Build(_writer(text), line.number, context)
                context = None
                builds.append(build)
            elif build.over:
                continue
            elif _is_next(build, step):
                build.end_last(line.at)
            elif _follows_gap(build, step, line.number, ahead):
                build.left_out += step.number - build.steps[-1].number - 1
                build.steps[-1].running = False
            else:
                continue
            build.steps.append(step)
        elif build and build.steps and not build.over:
            _take(build, text, line.at)
    return [(build.line, _build_log(build, source)) for build in builds]


class _Ahead:
    """Where a log has steps of a number and a total."""

    def __init__(self, lines: Iterable[LogLine]) -> None:
        self._lines: dict[tuple[str, int, str | None], list[int]] = {}
        for line in lines:
            if step := _step(line.text.strip(), None):
                self._lines.setdefault((step.stage, step.number, step.total), []).append(line.number)

    def has(self, stage: str, number: int, total: str | None, after: int) -> bool:
        """Whether there is one after a line."""
        return any(line > after for line in self._lines.get((stage, number, total), ()))


def _step(text: str, at: int | None) -> _Step | None:
    if match := _DOCKER_STEP.fullmatch(text):
        return _Step(text, "", int(match[1]), match[2], at)
    if match := _BUILDAH_STEP.fullmatch(text):
        return _Step(text, match[1] or "", int(match[2]), match[3], at)
    return None


def _writer(step: str) -> LogWriter:
    return LogWriter.CLASSIC if step.startswith("Step") else LogWriter.BUILDAH


def _begins_anew(build: _Build, step: _Step) -> bool:
    first = 0 if build.steps[0].number == 0 else 1  # Docker 1.5 and older count from 0
    if build.over:
        return step.number in {0, 1}
    last = build.steps[-1]
    if step.number > first or last.running:
        return False
    return any(known.stage == step.stage for known in build.steps)


def _is_next(build: _Build, step: _Step) -> bool:
    before = [known for known in build.steps if known.stage == step.stage]
    if not before:
        return step.number == 1 and bool(step.stage)
    last = before[-1]
    return not last.running and step.number == last.number + 1 and step.total == last.total


def _follows_gap(build: _Build, step: _Step, line: int, ahead: _Ahead) -> bool:
    """Whether a step is one of the build before which the log has lost lines, and no output of the last."""
    last = build.steps[-1]
    if step.stage != last.stage or step.total != last.total:
        return False
    if step.number <= last.number:
        last.prints_steps = last.running  # a build begins within it
        return False
    return not last.prints_steps and not ahead.has(step.stage, last.number + 1, step.total, line)


def _take(build: _Build, text: str, at: int | None) -> None:
    step = build.steps[-1]
    if _RUNNING.fullmatch(text):
        step.running = True
    elif _RESULT.fullmatch(text):
        # What went before and looked like an error was the step's own output.
        step.running, step.error = False, None
    elif _FAILED.match(text):
        step.error = text
    elif step.running:
        return
    elif _CACHED.match(text):
        # Under FROM these are the ONBUILD triggers of its base, which have no rows of their own.
        step.cached = not parse_step_name(step.name).is_from
    elif _ENDED.match(text):
        build.end_last(at)
        build.over = build.builder is LogWriter.CLASSIC


def _build_log(build: _Build, source: str) -> BuildLog:
    timed = not _stages_interleave(build.steps)
    steps = tuple(
        LoggedStep(step.name, step.cached, _seconds(step) if timed else None, step.error) for step in build.steps
    )
    began, ended = build.steps[0].began, build.steps[-1].ended
    seconds = to_seconds(ended - began) if began is not None and ended is not None and ended >= began else None
    return BuildLog(build.builder, steps, build.context_bytes, source, seconds=seconds, left_out=build.left_out)


def _stages_interleave(steps: list[_Step]) -> bool:
    """Whether stages ran side by side (`podman build --jobs`): the next row is then no step's end."""
    changes = sum(a.stage != b.stage for a, b in pairwise(steps))
    return changes >= len({step.stage for step in steps}) and changes > 0


def _seconds(step: _Step) -> float | None:
    if step.cached or step.error is not None or step.began is None or step.ended is None:
        return None
    duration = step.ended - step.began
    return to_seconds(duration) if duration >= 0 else None
