"""What BuildKit draws on a terminal, as it is copied out of one: ` => CACHED [2/6] RUN make      0.0s`.

The rows are drawn again and again under `[+] Building 12.3s (9/12)`; a captured session has every drawing of them. A
row may be that of a step still running: only the last drawing of a build that ended, or got to its export, or to a
later step of the stage, tells what a step took. A name is cut where it would reach the seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from layerscope.cost.build_log import CANCELED, BuildLog, LoggedStep, LogWriter
from layerscope.cost.logs.lines import Found, LogLine
from layerscope.cost.logs.rows import logged_steps
from layerscope.cost.logs.transfers import is_push, transfers
from layerscope.docker.pasted import prompted
from layerscope.docker.sizes import PRINTED_SIZE, printed_bytes
from layerscope.docker.step_names import is_vertex_step, parse_step_name
from layerscope.docker.truncation import CUT, shown_beginning
from layerscope.values import Entity, field, replace

_HEADING = re.compile(r"\s*\[\+\] [A-Z]\w+ (\d{1,7}(?:\.\d+)?)s \((\d{1,6})/(\d{1,6})\)(.*)", re.ASCII)
_ROW = re.compile(r"\s{0,4}=> (?!=> )(?:(CACHED|ERROR|CANCELED) )?(\S.*)", re.ASCII | re.DOTALL)
_DETAIL = re.compile(r"\s{0,4}=> => (.*)", re.DOTALL)
_TIMER = re.compile(r"(\s+)(\d{1,9}\.\d)s\s*", re.ASCII)
_CONTEXT = re.compile(rf"transferring context: ({PRINTED_SIZE})")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{0,63}$")
_LONGEST_WRAP = 3  # lines that one row may be broken into


class _Row(Entity):
    name: str
    said: str
    seconds: float | None
    pushed: dict[str, float] = field(default_factory=dict)


class _Drawing(Entity):
    """One drawing of the rows, under its heading if it has one."""

    line: int
    elapsed: float | None
    rows: list[_Row] = field(default_factory=list)
    finished: bool = False
    context_bytes: int | None = None

    @property
    def stopped(self) -> bool:
        return any(row.said in {"ERROR", "CANCELED"} for row in self.rows)

    @property
    def ended(self) -> bool:
        """Whether no step of it is running any more."""
        return self.finished or self.stopped or any(row.name.startswith("exporting ") for row in self.rows)


def parse_display(lines: Iterable[LogLine], source: str) -> list[Found]:
    """The builds a terminal's display tells, each with its first line; none if there is no such display."""
    builds: list[list[_Drawing]] = []
    for drawing, anew in _drawings(list(lines)):
        if builds and not anew and not _begins_anew(builds[-1][-1], drawing):
            builds[-1].append(drawing)
        else:
            builds.append([drawing])
    return [
        (drawings[0].line, _build_log(drawings, source))
        for drawings in builds
        if any(drawing.elapsed is not None or _has_vertex(drawing) for drawing in drawings)
    ]


def _drawings(lines: list[LogLine]) -> Iterator[tuple[_Drawing, bool]]:
    """Every drawing, and whether a command was typed before it."""
    drawing: _Drawing | None = None
    typed = False
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if heading := _HEADING.fullmatch(line.text):
            if drawing is not None:
                yield drawing, typed
                typed = False
            whole = heading[2] == heading[3] and "FINISHED" in heading[4]
            drawing = _Drawing(line.number, float(heading[1]), finished=whole)
        elif detail := _DETAIL.fullmatch(line.text):
            if drawing is not None:
                _take_part(drawing, detail[1])
        elif row := _ROW.fullmatch(line.text):
            if drawing is None:
                drawing = _Drawing(line.number, None)
            rest, index = _unbroken(row[2], lines, index)
            drawing.rows.append(_row(row[1] or "", rest))
        elif prompted(line.text):
            if drawing is not None:
                yield drawing, typed
            drawing, typed = None, True
    if drawing is not None:
        yield drawing, typed


def _take_part(drawing: _Drawing, text: str) -> None:
    """A row below a row: what it did."""
    if sent := _CONTEXT.match(text):
        drawing.context_bytes = printed_bytes(sent[1])
    elif is_push(text) and drawing.rows:
        part = _row("", text)
        if part.seconds is not None:
            drawing.rows[-1].pushed[part.name] = part.seconds


def _unbroken(text: str, lines: list[LogLine], index: int) -> tuple[str, int]:
    """A row that a narrower window broke, whole again, and the line after it."""
    if _TIMER.search(text, max(0, len(text) - 20)):
        return text, index
    for end in range(index, min(index + _LONGEST_WRAP, len(lines))):
        following = lines[end].text
        if not following.strip() or any(form.match(following) for form in (_ROW, _DETAIL, _HEADING)):
            break
        if (timer := _TIMER.search(f" {following}")) and timer.end() == len(following) + 1:
            return "".join([text, *(line.text for line in lines[index : end + 1])]), end + 1
    return text, index


def _row(said: str, text: str) -> _Row:
    timer = next((found for found in _TIMER.finditer(text) if found.end() == len(text)), None)
    name = text[: timer.start()] if timer else text.rstrip()
    # Two blanks are the least that stand before the seconds: a name that comes so near was cut, with three before a
    # blank of its own, or just fits.
    if timer and len(timer[1]) in {2, 3} and is_vertex_step(name):
        name = _DIGEST.sub("", name) if _DIGEST.search(name) else name + CUT
    return _Row(name, said, float(timer[2]) if timer else None)


def _begins_anew(last: _Drawing, drawing: _Drawing) -> bool:
    """Whether a drawing is of another build: the clock of one runs on, and after its end comes at most the same."""
    if last.elapsed is None or drawing.elapsed is None:
        return True
    if drawing.elapsed < last.elapsed:
        return True
    over = last.finished or (last.stopped and not drawing.stopped)
    return over and drawing.elapsed > last.elapsed


def _has_vertex(drawing: _Drawing) -> bool:
    return any(is_vertex_step(row.name) or row.name.startswith("[internal] ") for row in drawing.rows)


def _build_log(drawings: list[_Drawing], source: str) -> BuildLog:
    """What was drawn last of each row; of what had scrolled off a terminal by then the seconds are not known."""
    last = drawings[-1]
    steps: dict[str, LoggedStep] = {}
    for drawing in drawings:
        for step in _steps(drawing, last=drawing is last):
            # `CACHED ` before it leaves less room for a name than a row had before.
            former = next((known for known in steps if _are_one(known, step.name)), step.name)
            longer = step.name if _shown(step.name) >= _shown(former) else former
            steps = {longer if known == former else known: told for known, told in steps.items()}
            steps[longer] = replace(step, name=longer)
    sent = next((each.context_bytes for each in reversed(drawings) if each.context_bytes is not None), None)
    names = [row.name for drawing in drawings for row in drawing.rows]
    # The rows stand in the order they began in: when one ended is not told.
    told = logged_steps([(step, 0) for step in steps.values()], names)
    over = last.finished or last.stopped
    moved = [
        each
        for row in last.rows
        for each in transfers(row.name, row.seconds if over else None, _error(row), row.pushed if over else {})
    ]
    return BuildLog(LogWriter.BUILDKIT, told, sent, source, tuple(moved), last.elapsed if over else None)


def _steps(drawing: _Drawing, *, last: bool) -> Iterator[LoggedStep]:
    rows = [row for row in drawing.rows if is_vertex_step(row.name)]
    for name in dict.fromkeys(row.name for row in rows):
        over = last and (drawing.ended or _is_passed(name, drawing))
        yield _logged_step(name, [row for row in rows if row.name == name], over=over)


def _are_one(name: str, other: str) -> bool:
    """Whether two names are of one step, one of them cut."""
    if name == other:
        return True
    begun, others = shown_beginning(name), shown_beginning(other)
    return (begun is not None and other.startswith(begun)) or (others is not None and name.startswith(others))


def _shown(name: str) -> int:
    return len(shown_beginning(name) or name)


def _is_passed(name: str, drawing: _Drawing) -> bool:
    """Whether a later step of its stage is drawn, which waits for it."""
    position = parse_step_name(name).position
    others = (parse_step_name(row.name).position for row in drawing.rows)
    return position is not None and any(
        other is not None and other.words == position.words and other.number > position.number for other in others
    )


def _logged_step(name: str, rows: list[_Row], *, over: bool) -> LoggedStep:
    """One step; `ADD https://…` is two rows of one name, the check of the URL and the copy."""
    cached = rows[-1].said == "CACHED"
    error = next((found for found in map(_error, rows) if found is not None), None)
    if error is not None:
        return LoggedStep(name, False, None, error)
    timed = [row.seconds for row in rows if row.said != "CACHED"]
    known = [figure for figure in timed if figure is not None]
    seconds = round(sum(known), 1) if over and not cached and len(known) == len(timed) else None
    return LoggedStep(name, cached, seconds)


def _error(row: _Row) -> str | None:
    return {"ERROR": "failed", "CANCELED": CANCELED}.get(row.said)
