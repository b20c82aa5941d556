"""A line on standard error that shows how far long work has come; on a terminal alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from layerscope.values import Entity

_BAR = 30
_STEPS = 200  # how often the line is drawn anew


class Progress(Entity):
    """A bar for `noun`; it is gone when the work is done."""

    noun: str
    total: int = 0
    done: int = -1
    drawn: int = -1

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.drawn >= 0:
            print("\r\x1b[K", end="", flush=True, file=sys.stderr)  # noqa: T201

    def show(self, done: int, count: Callable[[], int]) -> None:
        """count: tells of how many, once for each work that begins."""
        if sys.stderr is None or not sys.stderr.isatty():
            return
        if done <= self.done or self.done < 0:
            self.total, self.drawn = count(), -1
        self.done = done
        step = _STEPS * done // self.total if self.total else -1
        if step <= self.drawn:
            return
        self.drawn = step
        filled = min(_BAR, _BAR * step // _STEPS)
        bar = "#" * filled + "." * (_BAR - filled)
        print(f"\r[{bar}] {done} of {self.total} {self.noun} ", end="", flush=True, file=sys.stderr)  # noqa: T201
