"""Several layers read side by side: decompressors let other threads run, so two processors halve the wait."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_Result = TypeVar("_Result")
_THREADS = 4  # more would wait for the interpreter's lock


def idle_processors() -> int:
    """How many this process may use and others leave to it; on a busy machine threads only cost."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        return round(usable - os.getloadavg()[0])
    except (AttributeError, OSError):  # Windows tells of no load
        return usable


def side_by_side(calls: Sequence[Callable[[], _Result]]) -> Iterator[_Result]:
    """The results in order, made by some threads; the first error in order is raised, and no call begins after it.

    Threads are daemons: who interrupts the program does not wait for the layers that are being read.
    """
    results: list[_Result | None] = [None] * len(calls)
    errors: dict[int, Exception] = {}
    done = [threading.Event() for _ in calls]
    waiting = iter(range(len(calls)))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = None if errors else next(waiting, None)
            if number is None:
                return
            try:
                results[number] = calls[number]()
            except Exception as error:
                errors[number] = error
            done[number].set()

    for _ in range(max(1, min(_THREADS, idle_processors(), len(calls)))):
        threading.Thread(target=work, daemon=True).start()
    for number, event in enumerate(done):
        event.wait()
        if number in errors:
            raise errors[number]
        yield results[number]  # type: ignore[misc]  # its call is over, and gave no error
