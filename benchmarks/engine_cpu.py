"""CPU seconds of a real engine: its daemons', read from /proc around one command of its client."""

from __future__ import annotations

import os
from pathlib import Path

_PARENT, _FIRST_TIME, _LAST_TIME = 1, 11, 15  # after the command's name: ppid; utime, stime, cutime, cstime


def engine_seconds(pid: int) -> float:
    """What a process, all it has started and those of them that have ended took so far."""
    fields = {int(entry.name): _fields(entry) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
    children: dict[int, list[int]] = {}
    for child, values in fields.items():
        if values:
            children.setdefault(int(values[_PARENT]), []).append(child)
    ticks, waiting = 0, [pid]
    while waiting:
        each = waiting.pop()
        ticks += sum(map(int, fields.get(each, [])[_FIRST_TIME:_LAST_TIME]))
        waiting += children.get(each, [])
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(process: Path) -> list[str]:
    try:
        line = (process / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    # The name may hold blanks and brackets: fields are counted from its last bracket.
    return line.rpartition(")")[2].split()
