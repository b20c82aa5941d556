"""The headers of a tar, one after another: ustar, PAX, GNU and old V7, as the engine's own reader takes them.

The bodies between them are never looked at. Where formats disagree this follows Go's archive/tar, which is what
unpacks layers in Docker and containerd.
"""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from layerscope.errors import InputError

BLOCK = 512
_ZEROS = bytes(BLOCK)
_EXTENSION_LIMIT = 1 << 20  # Go's archive/tar refuses longer PAX and GNU records, too

FILE, HARD_LINK, SYMLINK, DIRECTORY = "file", "hardlink", "symlink", "directory"
KINDS = {
    ord("1"): HARD_LINK,
    ord("2"): SYMLINK,
    ord("3"): "char",
    ord("4"): "block",
    ord("5"): DIRECTORY,
    ord("6"): "fifo",
}  # every other type flag is a regular file, as POSIX asks of unknown ones
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = ord("x"), ord("g"), ord("L"), ord("K")
EXTENSIONS = frozenset((_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK))
V7_FILE, GNU_SPARSE = 0, ord("S")


class TarEntry(NamedTuple):
    """One entry of a tar.

    path: cleaned, without a leading slash, `""` for the root; bytes that are no UTF-8 as surrogates. kind: file,
    hardlink, symlink, directory, char, block or fifo. size: of the file's content in bytes as the header states it.
    offset: where the body begins in the uncompressed tar.
    """

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    link_target: str
    offset: int


class Windows(Protocol):
    """A tar's bytes by position, asked for in rising order."""

    def at(self, position: int, least: int = BLOCK) -> tuple[bytes | bytearray, int]:
        """Bytes, and where they begin: from `position` on at least `least` of them, unless the tar ends before.

        They hold until the next call.
        """

    def check_reaches(self, position: int) -> bool:
        """Whether the tar goes on to `position`; asked only where a body was passed over."""


def tar_entries(windows: Windows, file: str) -> Iterator[TarEntry]:
    """Walks the headers of an uncompressed tar. `file` names it in errors.

    Raises:
        InputError: a header's checksum is wrong, a field is no number, or the tar ends inside an entry.
    """
    headers = Headers(windows, file)
    position = 0
    while (entry := headers.entry(position)) is not None:
        yield entry
        position = headers.position


class Headers:
    """The entries of a tar, each read at its position.

    position: where the header after the entry read last begins. body_end: where the last body ends. window, start:
    the bytes at hand, and where in the tar they begin; whoever walks many headers may look at them, and put others
    there.
    """

    def __init__(self, windows: Windows, file: str) -> None:
        self.position = 0
        self.window: bytes | bytearray = b""
        self.start = 0
        self._windows, self._file = windows, file
        self._extended = _Extended()
        self.body_end = 0

    def entry(self, position: int) -> TarEntry | None:
        """The entry whose first header is at a position, with all that extended headers say of it; None at the end."""
        file, extended = self._file, self._extended
        while True:
            header = self._block(position)
            if len(header) < BLOCK:
                self.check_ends(header, position)
                return None  # no blocks of zeros at the end: every reader lets that pass
            if header == _ZEROS:
                _check_second_zero_block(self._block(position + BLOCK), position, file)
                return None
            _check_checksum(header, position, file)
            flag = header[156]
            size = _number(header[124:136], position, file)
            if size < 0:
                raise _damaged("a negative size", position, file)
            position += BLOCK
            if flag not in EXTENSIONS:
                break
            if size > _EXTENSION_LIMIT:
                raise _damaged(f"an extended header of {size} bytes", position - BLOCK, file)
            extended.take(flag, self._bytes(position, size), position, file)
            position += (size + BLOCK - 1) & -BLOCK

        name = header_prefix(header) + header[:100].split(b"\0", 1)[0]
        path = name.decode("utf-8", "surrogateescape")
        link = header[157:257].split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
        mode = _number(header[100:108], position, file) & 0o7777
        uid, gid = _number(header[108:116], position, file), _number(header[116:124], position, file)
        stated = size
        if flag == GNU_SPARSE:
            stated = _number(header[483:495], position, file)
            more = header[482]
            while more:  # blocks of the map before the body; the last byte of each says whether one more comes
                more = self._bytes(position, BLOCK)[504]
                position += BLOCK
        if extended.pending:
            path, link, uid, gid, size, stated = extended.apply((path, link, uid, gid, size, stated), position, file)

        kind = KINDS.get(flag, FILE)
        if flag == V7_FILE and path.endswith("/"):
            kind = DIRECTORY  # archives from before the type flag
        self.pass_body(position, size if has_body(kind) else 0)
        return TarEntry(clean_path(path), kind, mode, uid, gid, stated, link, position)

    def pass_body(self, position: int, size: int) -> None:
        """Moves on behind a body that begins at a position."""
        self.body_end = position + size
        self.position = position + ((size + BLOCK - 1) & -BLOCK)

    def check_ends(self, rest: bytes | bytearray, position: int) -> None:
        """Asked where fewer bytes than a header are left.

        Raises:
            InputError: the tar breaks off here: inside a header, a body, or before the entry that headers announced.
        """
        if rest or self._extended.pending or not self._windows.check_reaches(self.body_end):
            raise _truncated(position, self._file)

    def _block(self, position: int) -> bytes:
        at = position - self.start
        if not 0 <= at <= len(self.window) - BLOCK:
            self.window, self.start = self._windows.at(position)
            at = position - self.start
        return bytes(self.window[at : at + BLOCK])

    def _bytes(self, position: int, count: int) -> bytes:
        at = position - self.start
        if not 0 <= at <= len(self.window) - count:
            self.window, self.start = self._windows.at(position, count)
            at = position - self.start
        found = bytes(self.window[at : at + count])
        if len(found) < count:
            raise _truncated(position, self._file)
        return found


def has_body(kind: str) -> bool:
    """Links, devices and directories have no body, whatever their size field says."""
    return kind is FILE


class _Extended:
    """What PAX and GNU headers say of the entry that follows them. Global PAX headers say nothing engines heed."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.pending = False
        self._records: dict[str, str] = {}
        self._name = ""
        self._link = ""

    def take(self, flag: int, body: bytes, position: int, file: str) -> None:
        if flag == _PAX_GLOBAL:
            return
        self.pending = True
        if flag == _PAX:
            self._records = _pax_records(body, position, file)
            return
        text = body.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
        if flag == _LONG_NAME:
            self._name = text
        else:
            self._link = text

    def apply(
        self, header: tuple[str, str, int, int, int, int], position: int, file: str
    ) -> tuple[str, str, int, int, int, int]:
        """The entry's path, link target, uid, gid, stored and stated size with what was said before it."""
        path, link, uid, gid, size, stated = header
        records = self._records
        path = records.get("GNU.sparse.name") or self._name or records.get("path") or path
        link = self._link or records.get("linkpath") or link
        try:
            uid = int(records.get("uid") or uid)
            gid = int(records.get("gid") or gid)
            if records.get("size"):
                size = stated = int(records["size"])
            stated = int(records.get("GNU.sparse.realsize") or records.get("GNU.sparse.size") or stated)
        except ValueError:
            raise _damaged("a PAX header whose number is none", position, file) from None
        if size < 0 or stated < 0:
            raise _damaged("a negative size", position, file)
        if "\0" in path or "\0" in link:
            raise _damaged("a name with a NUL in it", position, file)
        self._forget()  # what was said holds for one entry
        return path, link, uid, gid, size, stated


def _pax_records(body: bytes, position: int, file: str) -> dict[str, str]:
    """The records `LENGTH KEY=VALUE\\n` of a PAX header."""
    records: dict[str, str] = {}
    at = 0
    while at < len(body) and body[at]:
        digits, blank, _ = body[at : at + 20].partition(b" ")
        length = int(digits) if blank and digits.isdigit() else 0
        record = body[at : at + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not equals or len(record) < length or record[-1:] != b"\n":
            raise _damaged("a PAX header that is not well formed", position, file)
        records[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        at += length
    return records


def header_prefix(header: bytes) -> bytes:
    """What stands before the name of a ustar header, with its slash."""
    if not header[345] or header[257:263] != b"ustar\0":
        return b""
    star = header[508:512] == b"tar\0"  # Schilling's star keeps times behind a shorter prefix
    return header[345 : 476 if star else 500].split(b"\0", 1)[0] + b"/"


def _number(field: bytes, position: int, file: str) -> int:
    """A number of a header: octal digits, or base-256 with the top bit set."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=True)
        # The marker bit itself is no part of the number: 0x80 begins positive ones, 0xff negative ones.
        return value if field[0] == 0xFF else value + (1 << (8 * len(field) - 1))
    digits = field.strip(b" \0").split(b"\0", 1)[0]
    try:
        return int(digits or b"0", 8)
    except ValueError:
        raise _damaged("a header whose number is none", position, file) from None


def clean_path(path: str) -> str:
    """A member's name as the path it unpacks to: no leading or trailing slash, no `.` or empty parts."""
    if "//" not in path and "/." not in path and path[:1] not in "/.":
        return path[:-1] if path.endswith("/") else path
    cleaned = posixpath.normpath(path).lstrip("/")
    return "" if cleaned == "." else cleaned


def is_tar_header(block: bytes) -> bool:
    """Whether a tar may begin with this block: it says so, or, from before ustar, its checksum is right."""
    if block[257:262] == b"ustar":
        return True
    try:
        return len(block) == BLOCK and any(block) and _has_right_checksum(block)
    except ValueError:
        return False


def _has_right_checksum(header: bytes) -> bool:
    """The whole rule: the field may be written in several ways, and old tars summed signed bytes."""
    stated = int(header[148:156].strip(b" \0") or b"0", 8)
    total = byte_sum(header[:148]) + 8 * ord(" ") + byte_sum(header[156:])
    if stated == total:
        return True
    return stated == total - 256 * sum(byte > 127 for byte in header[:148] + header[156:])


def byte_sum(part: bytes) -> int:
    """The sum of a part's bytes at C speed: the low half of Adler-32 less 1, modulo a prime 256 bytes stay below."""
    return sum((zlib.adler32(part[at : at + 256]) & 0xFFFF) - 1 for at in range(0, len(part), 256))


def _check_checksum(header: bytes, position: int, file: str) -> None:
    try:
        right = _has_right_checksum(header)
    except ValueError:
        right = False
    if not right:
        raise _damaged("a header whose checksum is wrong", position, file)


def _check_second_zero_block(window: bytes, position: int, file: str) -> None:
    if window[:BLOCK].strip(b"\0"):
        raise _damaged("a block of zeros between entries", position, file)


def _damaged(what: str, position: int, file: str) -> InputError:
    return InputError(f"not a readable tar: {what} at byte {position}", file)


def _truncated(position: int, file: str) -> InputError:
    return InputError(f"the tar ends inside an entry, near byte {position}: it is truncated", file)
