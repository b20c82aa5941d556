"""Notices where a zstd stream breaks off: the decompressor takes the end of its input for the end of the data."""

from __future__ import annotations

from collections.abc import Generator
from typing import BinaryIO

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def is_skippable_frame(magic: bytes) -> bool:
    """zstd:chunked and others put frames of metadata among those with content (RFC 8878, 3.1.2)."""
    return magic[1:4] == b"\x2a\x4d\x18" and magic[0] & 0xF0 == 0x50


class WholeFrames:
    """Passes a zstd stream on as it is, and raises `EOFError` where it ends inside a frame."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._steps = _frame_steps()
        self._wanted = next(self._steps)  # bytes to look at, or as a negative number to pass over
        self._held = b""
        self._between_frames = True

    def read(self, count: int) -> bytes:
        data = self._stream.read(count)
        if not data and not (self._between_frames and not self._held):
            raise EOFError
        self._follow(data)
        return data

    def close(self) -> None:
        self._stream.close()

    def _follow(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._wanted < 0:
                at -= self._wanted
                if at > len(data):  # it goes on in what comes next
                    self._wanted = len(data) - at
                    return
                self._next(b"")
                continue
            part = data[at : at + self._wanted - len(self._held)]
            at += len(part)
            self._held += part
            if len(self._held) == self._wanted:
                held, self._held = self._held, b""
                self._next(held)

    def _next(self, looked_at: bytes) -> None:
        self._wanted = self._steps.send(looked_at)
        self._between_frames = False
        while self._wanted == 0:
            self._between_frames = True
            self._wanted = self._steps.send(b"")


def _frame_steps() -> Generator[int, bytes, None]:
    """Walks frames by RFC 8878, 3.1: yields how much to look at or, negative, to pass over; 0 between two frames."""
    while True:
        magic = yield 4
        if is_skippable_frame(magic):
            size = int.from_bytes((yield 4), "little")
            if size:
                yield -size
        elif magic == ZSTD_MAGIC:
            descriptor = (yield 1)[0]
            yield -_header_size(descriptor)  # never 0: either the window or the content size is there
            last = False
            while not last:
                block = int.from_bytes((yield 3), "little")
                last, repeated, size = bool(block & 1), block >> 1 & 3 == 1, block >> 3
                if size or repeated:
                    yield -1 if repeated else -size
            if descriptor & 4:
                yield -4  # the checksum of the content
        else:
            while True:  # no zstd: the decompressor will say so
                yield -(1 << 30)
        yield 0


def _header_size(descriptor: int) -> int:
    """Bytes of a frame's header after its descriptor: window, dictionary id and content size."""
    single_segment = descriptor >> 5 & 1
    window = 0 if single_segment else 1
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content_size = (single_segment, 2, 4, 8)[descriptor >> 6]
    return window + dictionary + content_size
