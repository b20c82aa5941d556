"""What a run has made is taken away however it ends: by an interrupt, a termination, a hang-up, or at its end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from layerscope.building.ending import ending, unbroken
from layerscope.errors import EndedBySignal


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    assert {number: signal.getsignal(number) for number in before} == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_and_undoes_it(number: signal.Signals) -> None:
    undone: list[str] = []
    with pytest.raises(EndedBySignal) as raised, ending(lambda _line: None) as end:
        end.then("first", lambda: undone.append("first"))
        end.then("second", lambda: undone.append("second"))
        os.kill(os.getpid(), number)
    assert raised.value.number == number
    assert undone == ["second", "first"]


def test_no_signal_stops_what_is_being_undone() -> None:
    undone: list[str] = []

    def undo() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)
        undone.append("all")

    with ending(lambda _line: None) as end:
        end.then("all", undo)
    assert undone == ["all"]


def test_a_hang_up_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending(lambda _line: None), unbroken():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGHUP, EndedBySignal)])
def test_what_is_being_made_is_there_before_a_run_ends(number: signal.Signals, kind: type[BaseException]) -> None:
    made: list[str] = []
    with pytest.raises(kind), unbroken():
        os.kill(os.getpid(), number)
        made.append("whole")
    assert made == ["whole"]
