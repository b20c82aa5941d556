"""A build context from a directory on disk: stat first, hash only what must be compared."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from layerscope.context.tree import Directory, File, Link, Node, Special
from layerscope.errors import InputError

_BLOCK = 1 << 20
_TAR_BLOCK = 512
_COMPRESSED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")  # gzip, bzip2, xz, zstd
_OCTAL = re.compile(rb"[0-7]+\Z")


def read_directory(path: str) -> Directory:
    """The tree at `path`; nothing is listed before it is asked for.

    Raises InputError, now or when a part is looked at, for what cannot be read.
    """
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        raise InputError(_reason(error), path) from None
    if not stat.S_ISDIR(status.st_mode):
        raise InputError("is not a directory", path)
    return _directory(path, status.st_mode)


def _directory(path: str, mode: int) -> Directory:
    def load() -> dict[str, Node]:
        try:
            with os.scandir(path) as entries:
                return {entry.name: _node(entry) for entry in entries}
        except OSError as error:
            raise InputError(f"cannot list directory: {_reason(error)}", path) from None

    return Directory(stat.S_IMODE(mode), load, token=object())


def _node(entry: os.DirEntry[str]) -> Node:
    status = entry.stat(follow_symlinks=False)
    mode = status.st_mode
    path = entry.path
    if stat.S_ISREG(mode):
        return File(
            stat.S_IMODE(mode),
            status.st_size,
            load=lambda: hash_file(path),
            look=lambda: _file_begins_as_archive(path),
            source=path,
        )
    if stat.S_ISDIR(mode):
        return _directory(path, mode)
    if stat.S_ISLNK(mode):
        return Link(str(Path(path).readlink()))
    kind = f"{stat.filemode(mode)[0]}:{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return Special(kind, stat.S_IMODE(mode))


def hash_file(path: str) -> str:
    """`sha256:<hex>` of a file's bytes. Raises InputError."""
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise InputError(f"cannot read file: {_reason(error)}", path) from None
    return f"sha256:{digest.hexdigest()}"


def read_bytes(path: str) -> bytes | None:
    """The bytes of a file, None where nothing is. Raises InputError."""
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read file: {_reason(error)}", path) from None


def _file_begins_as_archive(path: str) -> bool:
    try:
        with Path(path).open("rb", buffering=0) as file:
            return begins_as_archive(file.read(_TAR_BLOCK))
    except OSError as error:
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
