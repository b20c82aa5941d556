"""A build context from a directory on disk: stat first, read only what must be compared."""

from __future__ import annotations

import os
import re
import stat
import time
from array import array
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.context.digest_memory import memory_of_user
from layerscope.context.tree import Directory, EditedFile, File, Link, Node, Special
from layerscope.errors import InputError

if TYPE_CHECKING:
    from hashlib import _Hash

    from layerscope.context.digest_memory import DigestMemory, FolderDigests, RootDigests

_BLOCK = 1 << 20
_TAR_BLOCK = 512
_COMPRESSED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")  # gzip, bzip2, xz, zstd
_OCTAL = re.compile(rb"[0-7]+\Z")
_UNKNOWN = (0,) * 6  # the row of a file whose numbers are out of range
_BY_HANDLE = os.scandir in os.supports_fd
_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read_directory(path: str, *, remember: DigestMemory | bool = True) -> Directory:
    """The tree at `path`; nothing is listed before it is asked for.

    remember: use the digests of earlier runs, and keep new ones for later; in the user's memory, or in another.
    Raises InputError, now or when a part is looked at, for what cannot be read.
    """
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        raise InputError(_reason(error), path) from None
    if not stat.S_ISDIR(status.st_mode):
        raise InputError("is not a directory", path)
    memory = memory_of_user() if remember is True else remember or None
    return _directory(path, "", status.st_mode, memory.of(path) if memory is not None else None)


def _directory(path: str, below_root: str, mode: int, remembered: RootDigests | None) -> Directory:
    folder = _Folder(path, below_root, remembered)
    return Directory(stat.S_IMODE(mode), folder.listed, token=folder, proof=folder.proof)


def _nodes(folder: _Folder, place: str | int) -> dict[str, Node]:
    with os.scandir(place) as scanned:
        entries = {entry.name: entry for entry in scanned}
    nodes: dict[str, Node] = {}
    names, rows = folder.names, folder.rows
    # Once for every file of a context: what costs is calls, so there are few.
    for name in sorted(entries):
        entry = entries[name]
        status = entry.stat(follow_symlinks=False)
        mode = status.st_mode
        if stat.S_ISREG(mode):
            size = status.st_size
            nodes[name] = DiskFile(folder, len(names), mode & 0o7777, size)
            names.append(name)
            try:
                rows.extend((status.st_dev, status.st_ino, size, status.st_mtime_ns, status.st_ctime_ns, mode))
            except OverflowError:
                del rows[(len(names) - 1) * len(_UNKNOWN) :]
                rows.extend(_UNKNOWN)
        elif stat.S_ISDIR(mode):
            nodes[name] = folder.subdirectory(name, mode)
        elif stat.S_ISLNK(mode):
            nodes[name] = Link(os.readlink(folder.path_of(name)))  # noqa: PTH115 (a Path would tidy the text)
        else:
            nodes[name] = _special(status)
    return nodes


def _special(status: os.stat_result) -> Special:
    from layerscope.context.special import SpecialType, special_kind

    device = status.st_rdev
    kind = SpecialType(special_kind(stat.filemode(status.st_mode)[0]), os.major(device), os.minor(device))
    return Special(kind, stat.S_IMODE(status.st_mode))


class _Folder:
    """One directory, and when it was listed its regular files: names in order, and a row of numbers for each."""

    __slots__ = ("_below_root", "_digests", "_listed_at", "_path", "_remembered", "_start", "names", "rows")

    def __init__(self, path: str, below_root: str, remembered: RootDigests | None) -> None:
        self._path = path
        self._start = path if path.endswith("/") else f"{path}/"
        self._below_root = below_root
        self._remembered = remembered
        self._digests: FolderDigests | None = None
        self._listed_at = 0
        self.names: list[str] = []
        self.rows = array("q")  # device, inode, size, mtime, ctime, mode

    def listed(self) -> dict[str, Node]:
        """The entries of the directory, in order. Raises InputError."""
        self._listed_at = time.time_ns()
        try:
            if not _BY_HANDLE:
                return _nodes(self, self._path)
            # A name looked up from the open directory spares the kernel the way down the path.
            handle = os.open(self._path, _OPEN | os.O_DIRECTORY)
            try:
                return _nodes(self, handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise InputError(f"cannot list directory: {_reason(error)}", self._path) from None

    def proof(self) -> Hashable:
        """Names, modes and digests of all files, if those are remembered."""
        digests = self.digests
        known = digests.all_known() if digests is not None else None
        return None if known is None else (self.names, self.rows[5 :: len(_UNKNOWN)].tobytes(), known)

    def path_of(self, name: str) -> str:
        return self._start + name

    def subdirectory(self, name: str, mode: int) -> Directory:
        below = f"{self._below_root}/{name}" if self._below_root else name
        return _directory(self.path_of(name), below, mode, self._remembered)

    @property
    def digests(self) -> FolderDigests | None:
        """What is remembered, looked up when first a file's digest is wanted; None where nothing shall be."""
        if self._digests is None and self._remembered is not None:
            self._digests = self._remembered.folder(self._below_root, self.names, self.rows, self._listed_at)
        return self._digests


class DiskFile(File):
    """A regular file on disk; place: its position among the files of its directory."""

    __slots__ = ("_folder", "_place")

    def __init__(self, folder: _Folder, place: int, mode: int, size: int) -> None:
        # What File's own would set, without the call.
        self.mode = mode
        self.size = size
        self.owner = ""
        self._digest = None
        self.known_name = None
        self._folder = folder
        self._place = place

    @property
    def source(self) -> str:  # type: ignore[override]
        """Its path."""
        return self._folder.path_of(self._folder.names[self._place])

    @property
    def known_digest(self) -> None:
        """Only its bytes would tell."""

    @property
    def digest(self) -> str:
        return self._known() or self._made()

    @property
    def is_archive(self) -> bool:
        try:
            with Path(self.source).open("rb", buffering=0) as file:
                return begins_as_archive(file.read(_TAR_BLOCK))
        except OSError as error:
            raise InputError(f"cannot read file: {_reason(error)}", self.source) from None

    def has_bytes_of(self, other: File) -> bool:
        if other.size is not None and self.size != other.size:
            return False
        if not isinstance(other, DiskFile):
            return not isinstance(other, EditedFile) and self.digest == other.digest
        ours, theirs = self._known(), other._known()
        if ours is None and theirs is None:
            return self._is(other) or self._reads_as(other)
        return (ours or self._made()) == (theirs or other._made())

    def _reads_as(self, other: DiskFile) -> bool:
        """Equality of two files of one size, read both; where they are equal one digest serves both."""
        if self.size is None or self.size >= _BLOCK:
            return self._made() == other._made()
        ours, theirs = _whole(self.source, self.size), _whole(other.source, self.size)
        digest = _sha256()(ours).digest()
        self._keep(digest)
        other._keep(digest if ours == theirs else _sha256()(theirs).digest())
        return ours == theirs

    def _is(self, other: DiskFile) -> bool:
        """Hard links, and a directory that is its own other side. Some file systems make inodes up: all must agree."""
        ours, theirs = self._folder.rows, other._folder.rows
        at, there = self._place * len(_UNKNOWN), other._place * len(_UNKNOWN)
        if ours[at + 1] != theirs[there + 1] or not ours[at + 5]:
            return False
        return ours[at : at + len(_UNKNOWN)] == theirs[there : there + len(_UNKNOWN)]

    def _known(self) -> str | None:
        """The digest, if it need not be made."""
        if self._digest is None and (digests := self._folder.digests) is not None:
            found = digests.known(self._place)
            if found is not None:
                self._digest = f"sha256:{found.hex()}"
        return self._digest

    def _made(self) -> str:
        return self._keep(_hashed(self.source, self.size or 0))

    def _keep(self, digest: bytes) -> str:
        # A file that was written to since it was listed has another ctime when it is listed next: no status is asked
        # for again, and what is kept for the old one is never found.
        digests = self._folder.digests
        if digests is not None:
            digests.keep(self._place, digest)
        self._digest = made = f"sha256:{digest.hex()}"
        return made


@cache
def _sha256() -> Callable[..., _Hash]:
    """Asked for where a file is hashed: OpenSSL behind it costs more than a small simulation's own work."""
    from hashlib import sha256

    return sha256


def _hashed(path: str, size: int) -> bytes:
    """SHA-256 of a file's bytes; size: as it was listed. Raises InputError."""
    if size < _BLOCK:
        return _sha256()(_whole(path, size)).digest()
    digest = _sha256()()
    try:
        with Path(path).open("rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise InputError(f"cannot read file: {_reason(error)}", path) from None
    return digest.digest()


def _whole(path: str, size: int) -> bytes:
    """The bytes of a file that is not large; size: as it was listed. Raises InputError."""
    try:
        handle = os.open(path, _OPEN)
        try:
            # One byte more than there is, so that one call tells that it is all.
            data = os.read(handle, size + 1)
            if len(data) != size:
                while block := os.read(handle, _BLOCK):
                    data += block
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(f"cannot read file: {_reason(error)}", path) from None
    return data


def node_at(path: str) -> Node | None:
    """What lies at a path, no link followed and nothing read; None where nothing is, or nothing may be seen."""
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return Link(os.readlink(path))  # noqa: PTH115 (a Path would tidy the text)
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(status.st_mode):
        return read_directory(path, remember=False)
    if not stat.S_ISREG(status.st_mode):
        return _special(status)
    return File(stat.S_IMODE(status.st_mode), status.st_size, source=path)


class DeniedError(InputError):
    """A file that this user may not read."""


def read_bytes(path: str) -> bytes | None:
    """The bytes of a file, None where nothing is. Raises InputError."""
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise DeniedError(f"cannot read file: {_reason(error)}", path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read file: {_reason(error)}", path) from None


def begins_as_archive(data: bytes) -> bool:
    """Whether bytes begin as an archive that builders unpack: compressed, or with a tar header."""
    start = data[:_TAR_BLOCK]
    if start.startswith(_COMPRESSED):
        return True
    if len(start) < _TAR_BLOCK or not any(start):
        return False
    # A header's own checksum counts its eight bytes as blanks.
    total = sum(start[:148]) + 8 * 0x20 + sum(start[156:])
    field = start[148:156].strip(b"\0 ")
    return bool(_OCTAL.match(field)) and int(field, 8) == total


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
