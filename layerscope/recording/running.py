"""Runs a build under the user's eyes: its output goes where it would go, and a copy of it is kept.

A stream that nobody has to read along is handed on as it is, so that a terminal stays a terminal. One that is read
goes through a pipe, or through a pseudo-terminal of the same size where it is a terminal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

from layerscope.errors import InputError

_BLOCK = 1 << 16
_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")


class KeptOutput:
    """The file in which output is kept as it comes, on request with the time at which each line began."""

    def __init__(self, path: Path, *, stamped: bool) -> None:
        self._file = path.open("wb")
        self._stamped = stamped
        self._lock = threading.Lock()
        self._rest: dict[int, bytes] = {}
        self._began: dict[int, int] = {}

    def take(self, stream: int, data: bytes) -> None:
        """Some bytes of a stream. Lines of several streams stay whole."""
        with self._lock:
            if self._stamped:
                self._take_lines(stream, data)
            else:
                self._file.write(data)
            self._file.flush()

    def _take_lines(self, stream: int, data: bytes) -> None:
        now = time.time_ns()
        *lines, rest = (self._rest.get(stream, b"") + data).split(b"\n")
        for line in lines:
            self._file.write(_stamp(self._began.pop(stream, now)) + line + b"\n")
        self._rest[stream] = rest
        if rest:
            self._began.setdefault(stream, now)

    def close(self) -> None:
        """Write what has no line's end yet."""
        with self._lock:
            for stream, rest in self._rest.items():
                if rest:
                    self._file.write(_stamp(self._began[stream]) + rest + b"\n")
            self._file.close()


def _stamp(at: int) -> bytes:
    seconds, nanos = divmod(at, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z ".encode("ascii")


def run_build(
    words: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: BinaryIO | None = None,
    keep: KeptOutput | None = None,
    kept_streams: Sequence[int] = (2,),
    started: Callable[[], None] = lambda: None,
) -> int:
    """Run a command to its end and return its exit status, as a shell tells it (128 + n where signal n ended it).

    keep: what takes a copy of the streams named by number. Signals are passed on, and the command decides what
    becomes of them. started: called as soon as it runs. Raises InputError where the command cannot be started.
    """
    copied = tuple(kept_streams) if keep is not None else ()
    with contextlib.ExitStack() as stack:
        channels = {number: stack.enter_context(_channel(number)) for number in copied}
        with _deaf(stack) as begin:
            try:
                process = subprocess.Popen(
                    list(words),
                    env=None if environment is None else dict(environment),
                    stdin=stdin,
                    stdout=channels[1].inner if 1 in channels else None,
                    stderr=channels[2].inner if 2 in channels else None,
                )
            except OSError as error:
                raise InputError(f"cannot be run: {error.strerror or error}", words[0]) from None
            begin(process)
            started()
            pumps = [channel.pump(keep.take) for channel in channels.values()] if keep is not None else []
            status = process.wait()
            for pump in pumps:
                # A process that the build left behind may hold the stream open for ever.
                pump.join(timeout=5)
    return status if status >= 0 else 128 - status


class _Channel:
    """Stands between the command's stream and ours. inner: the descriptor that the command writes to."""

    def __init__(self, number: int, outer: int, reading: int, inner: int) -> None:
        self.number = number
        self.outer = outer
        self.reading = reading
        self.inner = inner

    def pump(self, take: Callable[[int, bytes], None]) -> threading.Thread:
        """Copy all that comes until the command's end of it is closed."""
        os.close(self.inner)
        self.inner = -1
        thread = threading.Thread(target=self._run, args=(take,), daemon=True)
        thread.start()
        return thread

    def _run(self, take: Callable[[int, bytes], None]) -> None:
        showing = True
        while True:
            try:
                data = os.read(self.reading, _BLOCK)
            except OSError:  # a pseudo-terminal says so when its last writer is gone
                return
            if not data:
                return
            if showing:
                try:
                    _write_all(self.outer, data)
                except OSError:
                    showing = False  # nobody reads it any more; the build goes on
            take(self.number, data)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


@contextlib.contextmanager
def _channel(number: int) -> Iterator[_Channel]:
    outer = _descriptor(number)
    if os.isatty(outer):
        reading, inner = _terminal_like(outer)
    else:
        reading, inner = os.pipe()
    channel = _Channel(number, outer, reading, inner)
    try:
        yield channel
    finally:
        if channel.inner >= 0:
            os.close(channel.inner)
        os.close(reading)


def _descriptor(number: int) -> int:
    stream = sys.stdout if number == 1 else sys.stderr
    try:
        stream.flush()
        return stream.fileno()
    except (AttributeError, OSError, ValueError):  # replaced by something that is no file
        return number


def _terminal_like(outer: int) -> tuple[int, int]:
    """A pseudo-terminal with the size and the modes of a terminal."""
    import fcntl
    import termios
    import tty

    reading, inner = os.openpty()
    with contextlib.suppress(OSError, termios.error):
        fcntl.ioctl(inner, termios.TIOCSWINSZ, fcntl.ioctl(outer, termios.TIOCGWINSZ, b"\0" * 8))
        tty.setraw(inner)  # the real terminal does the rest
    return reading, inner


@contextlib.contextmanager
def _deaf(stack: contextlib.ExitStack) -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """While the command runs, signals are the command's: passed on, unless the terminal sends them to both."""
    running: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def begin(process: subprocess.Popen[bytes]) -> None:
        running.append(process)
        for number in early:
            pass_on(number, None)

    def pass_on(number: int, _frame: object) -> None:
        if not running:
            early.append(number)
        elif not (number in {signal.SIGINT, signal.SIGQUIT} and _terminal_sends_to_us()):
            with contextlib.suppress(ProcessLookupError):
                running[0].send_signal(number)

    if threading.current_thread() is threading.main_thread():
        for name in _FORWARDED:
            number = getattr(signal, name, None)
            # What is ignored (`nohup`) stays ignored, for the command too.
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                former = signal.signal(number, pass_on)
                stack.callback(signal.signal, number, former)
    yield begin


def _terminal_sends_to_us() -> bool:
    """Whether a key of the terminal reaches the command as well as us: both are in its foreground group."""
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError, AttributeError):
            if os.isatty(descriptor) and os.tcgetpgrp(descriptor) == os.getpgrp():
                return True
    return False
