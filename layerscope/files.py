"""Files written whole and read up to a bound: one way for answers, snapshots, timings and what is remembered."""

from __future__ import annotations

import itertools
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from layerscope.errors import InputError

UNFINISHED = ".part"  # how the name of a file ends that is being written
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_BLOCK = 1 << 20
_numbers = itertools.count()  # several threads may write one file


def write_whole(
    target: Path,
    parts: Iterable[bytes | memoryview],
    *,
    mode: int = 0o666,
    as_it_was: bool = False,
    durable: bool = False,
) -> None:
    """Write a file whole or not at all, whoever else writes it or is killed: a reader sees the old bytes or the new.

    mode: its permissions, less the umask. as_it_was: those of the file that is there, if one is. durable: also after a
    power cut. Raises OSError.
    """
    unfinished, descriptor = _unfinished(target, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if as_it_was and target.exists():
                unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
            file.writelines(parts)
            if durable:
                file.flush()
                os.fsync(descriptor)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    if durable:
        _settle(target.parent)


def write_new(path: str, data: bytes, *, force: bool, mode: int = 0o666) -> None:
    """Write a file that the user named, whole or not at all; one that is there stays unless `force`.

    A device or a pipe is written to, never replaced. mode: as for `write_whole`. Raises InputError.
    """
    target = Path(path)
    try:
        if target.exists() and not force:
            raise InputError("exists already; --force overwrites it", path)
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            write_whole(target, [data], mode=mode)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write: {reason(error)}", path) from None


def read_bounded(path: Path, limit: int) -> bytes | None:
    """The bytes of a file; None where there are more than `limit`. Raises OSError, ValueError for what is no path."""
    with path.open("rb", buffering=0) as file:
        # A file may grow, one call may give less than there is, and what is no regular file has no size.
        data = file.read(min(os.fstat(file.fileno()).st_size, limit) + 1)
        while len(data) <= limit and (more := file.read(min(limit + 1 - len(data), _BLOCK))):
            data += more
    return data if len(data) <= limit else None


def reason(error: OSError | ValueError) -> str:
    """Why a file cannot be read or written, for the end of a sentence."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def _unfinished(target: Path, mode: int) -> tuple[Path, int]:
    """A new file beside the target, open for writing. Raises OSError."""
    while True:
        path = target.with_name(f".{target.name}.{os.getpid()}-{next(_numbers)}{UNFINISHED}")
        try:
            return path, os.open(path, _NEW, mode)
        except FileExistsError:  # a killed writer's, or one's with our number in a container of its own
            continue


def _settle(folder: Path) -> None:
    """The folder's entries last, too; what keeps none of its own (Windows) needs no call."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
