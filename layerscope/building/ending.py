"""What a run made on an engine or on disk is taken away again, however the run ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from layerscope.errors import EndedBySignal

Say = Callable[[str], None]  # one line of progress
_ENDS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Ending:
    """What is to be undone, last made first; what cannot be is told, and the rest is undone all the same."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._undo: list[tuple[str, Callable[[], object]]] = []

    def then(self, what: str, undo: Callable[[], object]) -> None:
        """Undo something at the end. Said before it is made: it may be there although making it was interrupted."""
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
    """A termination or a hang-up counts as an interrupt here, and none of them stops what is being undone."""
    found = Ending(say)
    with _handling(_ENDS, _end):
        try:
            yield found
        finally:
            with _handling((signal.SIGINT, *_ENDS), signal.SIG_IGN):
                found.close()


@contextmanager
def unbroken() -> Iterator[None]:
    """An interrupt waits until the end of this: what an engine is making must be there before it can be undone."""
    came: list[int] = []

    def keep(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    with _handling((signal.SIGINT, *_ENDS), keep):
        yield
    if came:
        raise KeyboardInterrupt if came[0] == signal.SIGINT else EndedBySignal(came[0])


def _end(number: int, _frame: FrameType | None) -> None:
    raise EndedBySignal(number)


@contextmanager
def _handling(numbers: Iterable[signal.Signals], handler: Any) -> Iterator[None]:
    """Signals that are ignored, as under `nohup`, stay so."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    before = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number, handled in before.items() if handled is not signal.SIG_IGN]
    try:
        for number in heard:
            signal.signal(number, handler)
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number] if before[number] is not None else signal.SIG_DFL)
