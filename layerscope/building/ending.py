"""What a run made on an engine or on disk is taken away again, however the run ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Say = Callable[[str], None]  # one line of progress


class Ending:
    """What is to be undone, last made first; what cannot be is told, and the rest is undone all the same."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._undo: list[tuple[str, Callable[[], object]]] = []

    def then(self, what: str, undo: Callable[[], object]) -> None:
        """Undo something at the end. StrPath before it is made: it may be there although making it was interrupted."""
        self._undo.append((what, undo))

    def close(self) -> None:
        while self._undo:
            what, undo = self._undo.pop()
            try:
                undo()
            except Exception as error:
                self._say(f"{what} could not be taken away: {' '.join(str(error).split())}")


@contextmanager
def ending(say: Say) -> Iterator[Ending]:
    """A termination counts as an interrupt here, and neither stops what is being undone."""
    found = Ending(say)
    with _handling(signal.SIGTERM, _interrupt):
        try:
            yield found
        finally:
            with _handling(signal.SIGINT, signal.SIG_IGN), _handling(signal.SIGTERM, signal.SIG_IGN):
                found.close()


@contextmanager
def unbroken() -> Iterator[None]:
    """An interrupt waits until the end of this: what an engine is making must be there before it can be undone."""
    came: list[int] = []

    def keep(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    with _handling(signal.SIGINT, keep), _handling(signal.SIGTERM, keep):
        yield
    if came:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _handling(number: signal.Signals, handler: Any) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before if before is not None else signal.SIG_DFL)
