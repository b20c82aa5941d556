"""What Layerscope remembers between runs: where it lies, and how files there are written, read and bounded.

It changes how long an answer takes, never the answer: what cannot be written is not, what is damaged is not there.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from layerscope.files import UNFINISHED, write_whole

SETTLING = 2_000_000_000  # ns; FAT, the coarsest clock of a file system, counts two seconds
_MAX_AGE_OF_PARTS = 3600  # seconds after which what a killed writer left is deleted
_CHECKSUM_BYTES = 32


class Remembering:
    """Whether this process uses the user's memory at all: `--no-store` turns it off."""

    enabled = True


def cache_folder() -> Path:
    """Where Layerscope remembers things between runs. Raises RuntimeError for a user without a home."""
    if chosen := os.environ.get("LAYERSCOPE_CACHE"):
        return Path(chosen)
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # What is no absolute path is no setting, as its specification has it.
    return (base if base.is_absolute() else Path.home() / ".cache") / "layerscope"


def remember(file: Path, magic: bytes, parts: Sequence[bytes | memoryview]) -> None:
    """Writes magic, a checksum and the parts, for its owner's eyes alone. Raises OSError."""
    from hashlib import sha256  # OpenSSL behind it costs more than a small simulation's own work

    checksum = sha256()
    for part in parts:
        checksum.update(part)
    write_whole(file, [magic, checksum.digest(), *parts], mode=0o600)


def recall(file: Path, magic: bytes, limit: int) -> memoryview | None:
    """What `remember` wrote behind the checksum; None where the file is not there, not ours or damaged."""
    try:
        with file.open("rb", buffering=0) as opened:
            status = os.fstat(opened.fileno())
            # Whoever else may write it could make an answer wrong.
            if status.st_uid != os.geteuid() or status.st_mode & 0o022 or not stat.S_ISREG(status.st_mode):
                return None
            data = opened.read(limit)
    except OSError:
        return None
    from hashlib import sha256

    start = len(magic) + _CHECKSUM_BYTES
    content = memoryview(data)[start:]
    if data[: len(magic)] != magic or data[len(magic) : start] != sha256(content).digest():
        return None
    return content


def bound(folder: Path, limit: int) -> None:
    """Deletes what killed writers left, and the files written longest ago where all are more than `limit` bytes."""
    total = 0
    newest_first = sorted(((e.stat(), e.path) for e in os.scandir(folder)), key=lambda entry: -entry[0].st_mtime)
    for status, path in newest_first:
        total += status.st_size
        left_over = path.endswith(UNFINISHED) and time.time() - status.st_mtime > _MAX_AGE_OF_PARTS
        if left_over or total > limit:
            Path(path).unlink(missing_ok=True)
