"""Files are written whole or not at all, with the modes they are asked to have, and read up to a bound."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from layerscope.errors import InputError
from layerscope.files import UNFINISHED, read_bounded, write_new, write_whole


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_modes(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        report, secret, kept = (tmp_path / name for name in ("report", "secret", "kept"))
        write_new(str(report), b"a", force=False)
        write_new(str(secret), b"a", force=False, mode=0o600)
        kept.write_bytes(b"old")
        kept.chmod(0o604)
        write_whole(kept, [b"new"], as_it_was=True, durable=True)
    finally:
        os.umask(mask)
    assert (mode_of(report), mode_of(secret), mode_of(kept)) == (0o640, 0o600, 0o604)
    assert kept.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "report", "secret"]


def test_what_fails_leaves_the_old_bytes_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def parts() -> object:
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_whole(file, parts())  # type: ignore[arg-type]
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_many_write_one_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    (tmp_path / f".file.{os.getpid()}-0{UNFINISHED}").write_bytes(b"of one that was killed")
    writers = [threading.Thread(target=write_whole, args=(file, [bytes([n]) * 100_000])) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(set(file.read_bytes())) == 1
    assert len(file.read_bytes()) == 100_000


def test_a_file_that_is_there_stays_unless_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists already; --force overwrites it"):
        write_new(str(file), b"new", force=False)
    write_new(str(file), b"new", force=True)
    assert file.read_bytes() == b"new"
    with pytest.raises(InputError, match="cannot write: no such file or directory"):
        write_new(str(tmp_path / "no" / "file"), b"", force=False)
    write_new(os.devnull, b"new", force=True)
    assert not Path(os.devnull).is_file()


def test_reading_stops_at_the_bound(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_bounded(file, 5) == b"12345"
    assert read_bounded(file, 4) is None
    assert read_bounded(Path("/dev/zero"), 10) is None
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"x" * 200_000,))
    writer.start()
    assert read_bounded(pipe, 1 << 20) == b"x" * 200_000
    writer.join()
