"""Recordings: one folder per recorded build, with the log and the snapshot of each target, kept for a timings file.

They lie under Layerscope's cache, `builds/<name of the timings file>-<hash of its path>/<number>`: never beside the
file, which may lie in a build context. A recording is made aside and renamed, so it is there as a whole or not at
all, and only the newest are kept.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from layerscope.errors import InputError
from layerscope.remembered import cache_folder
from layerscope.values import Value

KEPT = 20
_LOG, _SNAPSHOT = ".log.gz", ".snapshot"
_WHOLE_LOG = "log.gz"
_PENDING = re.compile(r"\.new-(\d+)-.*")
_NEWEST_BUT = re.compile(r"(.+)~(\d{1,4})")


class Recording(Value):
    """One recorded build. logs and snapshots: files by target; a log of all targets together has the name ""."""

    folder: Path
    logs: dict[str, Path]
    snapshots: dict[str, Path]


class Recordings:
    """The recordings that belong to one timings file, oldest first."""

    def __init__(self, timings_file: str) -> None:
        real = os.path.realpath(timings_file)
        mark = hashlib.sha256(os.fsencode(real)).hexdigest()[:16]
        name = re.sub(r"[^A-Za-z0-9._-]", "_", Path(real).name)[:60]
        self.folder = cache_folder() / "builds" / f"{name}-{mark}"

    @contextlib.contextmanager
    def pending(self) -> Iterator[Path]:
        """A folder to make a recording in; gone afterwards unless it was kept. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clear()
        made = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=self.folder))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def keep(self, made: Path) -> Path:
        """Give a finished recording its number, and drop the oldest of too many; its folder. Raises OSError."""
        with self._lock():
            last = max((int(path.name) for path in self._numbered()), default=0)
            folder = self.folder / f"{last + 1:06d}"
            made.rename(folder)
            for path in self._numbered()[:-KEPT]:
                shutil.rmtree(path, ignore_errors=True)
        return folder

    def newest_but(self, number: int) -> Path | None:
        """The folder of the newest recording (0), the one before it (1), …"""
        folders = self._numbered()
        return folders[-1 - number] if number < len(folders) else None

    def _numbered(self) -> list[Path]:
        try:
            found = [path for path in self.folder.iterdir() if path.name.isdecimal() and path.is_dir()]
        except OSError:
            return []
        return sorted(found, key=lambda path: int(path.name))

    def _clear(self) -> None:
        """Remove what recorders that were killed have left."""
        for path in self.folder.iterdir():
            match = _PENDING.fullmatch(path.name)
            if match and not _runs(int(match[1])):
                shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        if sys.platform == "win32":
            yield
            return
        import fcntl

        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def read_recording(folder: Path) -> Recording:
    """What a recording's folder holds. Raises InputError where it is none."""
    logs: dict[str, Path] = {}
    snapshots: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name == _WHOLE_LOG:
            logs[""] = path
        elif path.name.endswith(_LOG):
            logs[unquote(path.name.removesuffix(_LOG))] = path
        elif path.name.endswith(_SNAPSHOT):
            snapshots[unquote(path.name.removesuffix(_SNAPSHOT))] = path
    if not logs:
        raise InputError("is no recorded build: it holds no log", str(folder))
    return Recording(folder, logs, snapshots)


def find_recording(name: str) -> Recording | None:
    """The recording that a name stands for; None where it names something else, such as a log.

    A recording's folder, or a timings file: its newest recording, and with `~N` the Nth before that. Raises
    InputError where a timings file has no such recording.
    """
    path = Path(name)
    if path.is_dir():
        return read_recording(path)
    if not path.exists() and (match := _NEWEST_BUT.fullmatch(name)):
        return _of_timings(match[1], int(match[2]))
    return None


def recording_of(timings_file: str) -> Recording:
    """The newest recording of a timings file. Raises InputError where there is none."""
    return _of_timings(timings_file, 0)


def _of_timings(timings_file: str, number: int) -> Recording:
    folder = Recordings(timings_file).newest_but(number)
    if folder is None:
        text = "has no recorded build" if number == 0 else f"has no {number + 1} recorded builds"
        raise InputError(f"{text}: layerscope timings record -o FILE -- docker build … makes one", timings_file)
    return read_recording(folder)


def write_log(folder: Path, target: str, data: bytes) -> None:
    """Put a target's log into a recording that is being made."""
    path = folder / (f"{quote(target, safe='')}{_LOG}" if target else _WHOLE_LOG)
    path.write_bytes(gzip.compress(data, compresslevel=6, mtime=0))


def write_inputs(folder: Path, target: str, data: bytes) -> None:
    """Put a target's snapshot into a recording that is being made."""
    (folder / f"{quote(target, safe='')}{_SNAPSHOT}").write_bytes(data)


def _runs(process: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
