"""The headers of a tar, one after another: ustar, PAX, GNU and old V7, as the engine's own reader takes them.

Written for speed: an image has hundreds of thousands of entries, and the bodies between them are never looked
at. Where formats disagree this follows Go's archive/tar, which is what unpacks layers in Docker and containerd.
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
_OWNERS_REMEMBERED = 4096

FILE, HARD_LINK, SYMLINK, DIRECTORY = "file", "hardlink", "symlink", "directory"
_KINDS = {
    ord("1"): HARD_LINK,
    ord("2"): SYMLINK,
    ord("3"): "char",
    ord("4"): "block",
    ord("5"): DIRECTORY,
    ord("6"): "fifo",
}  # every other type flag is a regular file, as POSIX asks of unknown ones
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = ord("x"), ord("g"), ord("L"), ord("K")
_EXTENSIONS = frozenset((_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK))
_V7_FILE, _GNU_SPARSE = 0, ord("S")


class Entry(NamedTuple):
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

    def at(self, position: int, least: int = BLOCK) -> bytes:
        """The bytes from `position` on: at least `least` of them unless the tar ends before."""

    def check_reaches(self, position: int) -> bool:
        """Whether the tar goes on to `position`; asked only where a body was passed over."""


def tar_entries(windows: Windows, file: str) -> Iterator[Entry]:  # noqa: PLR0915  # a call per step would double it
    """Walks the headers of an uncompressed tar. `file` names it in errors.

    Raises:
        InputError: a header's checksum is wrong, a field is no number, or the tar ends inside an entry.
    """
    adler32, new, kinds = zlib.adler32, tuple.__new__, _KINDS
    owners: dict[bytes, tuple[int, int, int]] = {}
    extended = _Extended()
    position = 0
    window, start, end = b"", 0, 0
    while True:
        if position + BLOCK > end:
            window = windows.at(position)
            start, end = position, position + len(window)
            if len(window) < BLOCK:
                if window or extended.pending:
                    raise _truncated(position, file)
                return  # no blocks of zeros at the end: every reader lets that pass
        at = position - start
        header = window[at : at + BLOCK]
        if header == _ZEROS:
            _check_second_zero_block(windows.at(position + BLOCK), position, file)
            return
        # Adler-32's low half is the sum of bytes (plus 1) modulo 65521: the tar checksum at C speed.
        field = header[148:156]
        try:
            stored = int(field[:6], 8)
        except ValueError:
            stored = -1
        if (stored - (adler32(header) & 0xFFFF) + (adler32(field) & 0xFFFF) - 256) % 65521:
            _check_checksum_slowly(header, position, file)
        flag = header[156]
        try:
            size = int(header[124:136].rstrip(b" \0") or b"0", 8)
        except ValueError:
            size = _number(header[124:136], position, file)
        if size < 0:
            raise _damaged("a negative size", position, file)
        position += BLOCK
        if flag in _EXTENSIONS:
            if size > _EXTENSION_LIMIT:
                raise _damaged(f"an extended header of {size} bytes", position - BLOCK, file)
            body = windows.at(position, size)[:size]
            if len(body) < size:
                raise _truncated(position, file)
            extended.take(flag, body, position, file)
            position += (size + BLOCK - 1) & -BLOCK
            continue

        nul = header.find(0, 0, 100)
        name = header[: nul if nul >= 0 else 100]
        if header[345] and header[257:263] == b"ustar\0":
            name = _prefix(header) + b"/" + name
        path = name.decode("utf-8", "surrogateescape")
        link = ""
        if header[157]:
            link = header[157:257].split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
        owner = header[100:124]
        numbers = owners.get(owner)
        if numbers is None:
            if len(owners) >= _OWNERS_REMEMBERED:
                owners.clear()
            numbers = owners[owner] = (
                _number(owner[:8], position, file) & 0o7777,
                _number(owner[8:16], position, file),
                _number(owner[16:], position, file),
            )
        mode, uid, gid = numbers
        stated = size
        if flag == _GNU_SPARSE:
            stated = _number(header[483:495], position, file)
            if header[482]:
                position = _after_sparse_headers(windows, position, file)
        if extended.pending:
            path, link, uid, gid, size, stated = extended.apply((path, link, uid, gid, size, stated), position, file)

        kind = kinds.get(flag, FILE)
        if flag == _V7_FILE and path.endswith("/"):
            kind = DIRECTORY  # archives from before the type flag
        if path.endswith("/"):
            path = path[:-1]
        if "//" in path or "/." in path or path[:1] in "/.":
            path = _clean(path)
        yield new(Entry, (path, kind, mode, uid, gid, stated, link, position))
        # Links, devices and directories have no body, whatever their size field says.
        if size and kind is FILE:
            position += (size + BLOCK - 1) & -BLOCK
            if position > end and not windows.check_reaches(position - (-size % BLOCK)):
                raise _truncated(position, file)


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


def _prefix(header: bytes) -> bytes:
    star = header[508:512] == b"tar\0"  # Schilling's star keeps times behind a shorter prefix
    return header[345 : 476 if star else 500].split(b"\0", 1)[0]


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


def _after_sparse_headers(windows: Windows, position: int, file: str) -> int:
    """Old GNU sparse files have blocks of their map before the body; the byte at 504 says whether one more comes."""
    while True:
        block = windows.at(position)[:BLOCK]
        if len(block) < BLOCK:
            raise _truncated(position, file)
        position += BLOCK
        if not block[504]:
            return position


def _clean(path: str) -> str:
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
    blanked = header[:148] + b" " * 8 + header[156:]
    total = sum(blanked)
    signed = total - 256 * sum(byte > 127 for byte in blanked)
    return int(header[148:156].strip(b" \0") or b"0", 8) in (total, signed)


def _check_checksum_slowly(header: bytes, position: int, file: str) -> None:
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
