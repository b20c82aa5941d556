"""A layer's bytes as stored → its entries, in bounded memory: decompression by magic, bodies passed over."""

from __future__ import annotations

import io
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from layerscope.errors import InputError
from layerscope.image.layers.tar_entries import BLOCK, Windows
from layerscope.image.layers.zstd_frames import ZSTD_MAGIC, WholeFrames, is_skippable_frame

GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 17  # what a processor's cache holds beside a decompressor's tables
_MAX_EXPANDED = 1 << 38  # bytes of a compressed layer's tar; 256 GiB are minutes of work
_WINDOW = 1 << 13  # of a plain file whose bodies are small: many headers share one read
_SMALL_WINDOW = 3 * BLOCK  # where they are large: a header with what may extend it

if sys.platform == "win32":

    def _pread(descriptor: int, count: int, position: int) -> bytes:
        os.lseek(descriptor, position, os.SEEK_SET)
        return os.read(descriptor, count)

    def _pread_into(descriptor: int, buffer: memoryview, position: int) -> int:
        data = _pread(descriptor, len(buffer), position)
        buffer[: len(data)] = data
        return len(data)
else:
    _pread = os.pread

    def _pread_into(descriptor: int, buffer: memoryview, position: int) -> int:
        return os.preadv(descriptor, [buffer], position)


class FileSpan(io.RawIOBase):
    """A stretch of a file as a stream of its own: a blob inside an archive, or a whole file.

    name: what errors call it. Closing it closes the descriptor it was given.
    """

    def __init__(self, descriptor: int, start: int, size: int, name: str) -> None:
        self.descriptor, self.start, self.size, self.name = descriptor, start, size, name
        self._position = 0

    @classmethod
    def of_path(cls, path: Path, name: str, start: int = 0, size: int | None = None) -> FileSpan:
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise InputError(error.strerror or str(error), name) from None
        return cls(descriptor, start, os.fstat(descriptor).st_size - start if size is None else size, name)

    def part(self, position: int, count: int) -> bytes:
        """Up to `count` bytes from `position`, fewer only at the end."""
        return _pread(self.descriptor, max(0, min(count, self.size - position)), self.start + position)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = max(0, min(len(buffer), self.size - self._position))
        count = _pread_into(self.descriptor, memoryview(buffer)[:count], self.start + self._position)
        self._position += count
        return count

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        if not self.closed:
            os.close(self.descriptor)
        super().close()


@contextmanager
def layer_windows(stream: BinaryIO, file: str) -> Iterator[Windows]:
    """The tar in a layer as it is stored: gzip, zstd or plain, told apart by its first bytes, not by media type.

    Args:
        stream: the blob from its start; it is closed at the end. file: names the layer in errors.

    Raises:
        InputError: the blob is no tar, damaged or truncated.
    """
    with stream:
        if isinstance(stream, FileSpan) and not is_compressed(stream.part(0, 4)):
            yield FileWindows(stream)
        else:
            with uncompressed(stream, file) as plain:
                yield _StreamWindows(plain, file)


def is_compressed(magic: bytes) -> bool:
    return magic[:2] == GZIP_MAGIC or magic[:4] == ZSTD_MAGIC or is_skippable_frame(magic)


def uncompressed(stream: BinaryIO, file: str) -> BinaryIO:
    """The content of a gzip or zstd stream, members and frames one after another; any other as it is."""
    if not (isinstance(stream, io.BufferedReader)):
        stream = io.BufferedReader(cast(io.RawIOBase, stream), _CHUNK)
    magic = stream.peek(4)[:4]
    if magic[:2] == GZIP_MAGIC:
        from isal import igzip

        return cast(BinaryIO, igzip.IGzipFile(fileobj=stream))  # type: ignore[no-untyped-call]
    if magic == ZSTD_MAGIC or is_skippable_frame(magic):
        import zstandard

        return cast(
            BinaryIO,
            zstandard.ZstdDecompressor().stream_reader(
                cast(BinaryIO, WholeFrames(stream)), read_size=_CHUNK, read_across_frames=True
            ),
        )
    return stream


def read_chunk(stream: BinaryIO, file: str, count: int = _CHUNK) -> bytes:
    """Reads on in a stream of `uncompressed`; what is wrong with its compression becomes an `InputError`."""
    with _damage_told(file):
        return stream.read(count)


def _read_into(stream: BinaryIO, buffer: memoryview, file: str) -> int:
    """As `read_chunk`, into a buffer."""
    with _damage_told(file):
        return stream.readinto(buffer)  # type: ignore[attr-defined,no-any-return]  # all binary streams have it


@contextmanager
def _damage_told(file: str) -> Iterator[None]:
    try:
        yield
    except EOFError:
        raise InputError("the compressed data ends early: it is truncated", file) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error}", file) from None
    except Exception as error:
        if not isinstance(error, _compression_errors()):
            raise
        raise InputError(f"the compressed data is damaged: {error}", file) from None


def _compression_errors() -> tuple[type[Exception], ...]:
    from isal import isal_zlib
    from zstandard import ZstdError

    isal_error: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub declares an instance
    return (zlib.error, isal_error, ZstdError)


class FileWindows:
    """Windows of a plain tar in a file: bodies are not read, but for what lies between the headers of small ones."""

    def __init__(self, part: FileSpan) -> None:
        self._part = part
        self._end = 0

    def at(self, position: int, least: int = BLOCK) -> tuple[bytes, int]:
        part = self._part
        if least > BLOCK or position - self._end <= _SMALL_WINDOW or position + _SMALL_WINDOW > part.size:
            window = part.part(position, max(least, _WINDOW))
        else:
            window = _pread(part.descriptor, _SMALL_WINDOW, part.start + position)
        self._end = position + len(window)
        return window, position

    def check_reaches(self, position: int) -> bool:
        return position <= self._part.size


class _StreamWindows:
    """Windows of a tar that comes as a stream: what lies between headers is read and let go, all in one buffer."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream, self._file = stream, file
        self._buffer = bytearray(_CHUNK)
        self._start = self._filled = 0

    def at(self, position: int, least: int = BLOCK) -> tuple[bytes | bytearray, int]:
        if self.check_reaches(position) and position + least > self._start + self._filled:
            held = self._buffer[position - self._start : self._filled]
            if least > len(self._buffer):
                self._buffer = bytearray(least)
            self._buffer[: len(held)] = held
            self._start = position
            self._fill(len(held))
        if self._filled == len(self._buffer):
            return self._buffer, self._start
        return self._buffer[: self._filled], self._start

    def check_reaches(self, position: int) -> bool:
        while position > self._start + self._filled:
            if self._start > _MAX_EXPANDED:
                raise InputError(f"expands to more than {_MAX_EXPANDED >> 30} GiB: this is no layer", self._file)
            self._start += self._filled
            if not self._fill(0):
                return False
        return True

    def _fill(self, held: int) -> int:
        """Reads on behind what is held in the buffer until it is full or nothing comes; how much it holds then."""
        with memoryview(self._buffer) as whole:
            while held < len(whole) and (count := _read_into(self._stream, whole[held:], self._file)):
                held += count
        self._filled = held
        return held
