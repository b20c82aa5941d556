"""`context` as a page, as the machine interface's document, and as prerequisites for make."""

from __future__ import annotations

import re

from layerscope.analysis.context_use import Amount, ContextUse
from layerscope.report.json_document import Document, assumption_rows, document
from layerscope.report.page import Cell, Page, Table
from layerscope.report.units import UNKNOWN, counted, human_bytes, human_seconds, share, shortened

_SHOWN = 10


def context_document(use: ContextUse) -> Document:
    return document(
        "context",
        assumptions=assumption_rows(use.assumptions),
        sent=_amount(use.sent),
        ignored=_amount(use.ignored),
        steps=[{"name": s.name, "line": s.line, **_amount(s.amount), "paths": list(s.paths)} for s in use.steps],
        unread=list(use.unread),
        costs=[
            {
                "path": cost.path,
                "files": cost.files,
                "alike": cost.alike,
                "rebuilt": cost.rebuilt,
                "output_dependent": cost.output_dependent,
                "rebuild_seconds": cost.seconds,
                "known_seconds": cost.known_seconds,
            }
            for cost in use.costs
        ],
        ignore_file=use.ignore_file,
        rules=[{"pattern": r.pattern, "line": r.line, **_amount(r.amount)} for r in use.rules],
    )


def _amount(amount: Amount) -> Document:
    return {"files": amount.files, "bytes": amount.bytes}


def context_page(use: ContextUse) -> Page:
    ignored = f", {counted(use.ignored.files, 'file')} ({human_bytes(use.ignored.bytes)}) ignored"
    headline = f"{counted(use.sent.files, 'file')} sent, {human_bytes(use.sent.bytes)}{ignored}"
    headline += f"; no step reads {len(use.unread)} of them." if use.unread else "; every one is read."
    tables = [_steps(use), _costs(use), _largest(use)]
    if use.rules:
        tables.append(_rules(use))
    if use.unread:
        rows = tuple((shortened(path, 100),) for path in use.unread[:_SHOWN])
        title = f"Sent, and read by no step{_first(len(use.unread))}"
        tables.append(Table(("path",), "l", rows, title))
    return Page(headline, tuple(tables), _notes(use))


def _steps(use: ContextUse) -> Table:
    rows = tuple(
        (str(s.line), str(s.amount.files), human_bytes(s.amount.bytes), Cell(shortened(s.name, 70))) for s in use.steps
    )
    return Table(("line", "files", "bytes", "step"), "rrrl", rows, "What each step reads")


def _costs(use: ContextUse) -> Table:
    rows = tuple(
        (
            f"{c.rebuilt}" + (f" to {c.rebuilt + c.output_dependent}" if c.output_dependent else ""),
            UNKNOWN if c.seconds is None else human_seconds(c.seconds),
            shortened(c.path, 70) + (f" and {counted(c.files - 1, 'other file')}" if c.files > 1 else ""),
        )
        for c in use.costs[:_SHOWN]
    )
    return Table(("steps", "seconds", "path"), "rrl", rows, f"What a change re-runs{_first(len(use.costs))}")


def _largest(use: ContextUse) -> Table:
    rows = tuple(
        (str(a.files), human_bytes(a.bytes), share(a.bytes, use.sent.bytes), shortened(name, 70))
        for name, a in use.largest[:_SHOWN]
    )
    return Table(("files", "bytes", "share", "path"), "rrrl", rows, f"Where the bytes are{_first(len(use.largest))}")


def _rules(use: ContextUse) -> Table:
    rows = tuple(
        (str(r.line), str(r.amount.files), human_bytes(r.amount.bytes), shortened(r.pattern, 70)) for r in use.rules
    )
    return Table(("line", "files", "bytes", "pattern"), "rrrl", rows, f"What {use.ignore_file} keeps out")


def _first(number: int) -> str:
    return f" (the first {_SHOWN} of {number})" if number > _SHOWN else ""


def _notes(use: ContextUse) -> tuple[str, ...]:
    notes: list[str] = []
    if use.ignore_file is None:
        notes.append("There is no .dockerignore: everything in the context counts as sent.")
    if use.costs and all(cost.seconds is None for cost in use.costs):
        notes.append("Seconds are unknown: --timings FILE takes a build log with times, rawjson or plain.")
    if not all(cost.alike for cost in use.costs):
        notes.append("The steps are those of the first file named: a later stage may take some of the others only.")
    return tuple(notes)


_ESCAPED = re.compile(r"(\\*)([ #:*?\[])")
_UNSPEAKABLE = re.compile(r"[\t\n\r\v\f|;]|\\(?=\\*$)")


def context_prerequisites(use: ContextUse, target: str = "image") -> str:
    """A rule for make: the image depends on what its steps read, and on what describes the build."""
    paths = dict.fromkeys(path for step in use.steps for path in step.paths)
    prefix = "" if use.reference in {".", "-"} else use.reference.rstrip("/") + "/"
    files = [use.dockerfile, *(prefix + path for path in paths)]
    return f"{target}: \\\n" + " \\\n".join(f"  {_for_make(file)}" for file in dict.fromkeys(files)) + "\n"


def _for_make(path: str) -> str:
    """A path as a word of a rule: make splits at blanks, expands patterns, and knows signs it has no escape for.

    For those, and for blanks and backslashes at the end, a pattern stands that matches them.
    """
    body, end = path.rstrip(" "), " " * (len(path) - len(path.rstrip(" ")))
    # A backslash is one by itself, but in front of what is escaped two are needed.
    escaped = _ESCAPED.sub(lambda found: 2 * found[1] + "\\" + found[2], body)
    quoted = _UNSPEAKABLE.sub("?", escaped).replace("$", "$$") + "?" * len(end)
    return "[~]" + quoted[1:] if quoted.startswith("~") else quoted
