"""Recordings: whole or not at all, numbered, bounded, and found by the timings file they belong to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from layerscope.errors import InputError
from layerscope.recording.store import (
    KEPT,
    Recordings,
    find_recording,
    read_recording,
    recording_of,
    write_inputs,
    write_log,
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAYERSCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def recorded(recordings: Recordings, log: bytes = b"log", target: str = "default") -> Path:
    with recordings.pending() as made:
        write_log(made, target, log)
        write_inputs(made, target, b"snapshot")
        return recordings.keep(made)


def test_recordings_are_found_by_their_timings_file(tmp_path: Path) -> None:
    file = str(tmp_path / "timings.json")
    first, second = (recorded(Recordings(file)) for _ in range(2))
    assert recording_of(file).folder == second
    newest, before = find_recording(f"{file}~0"), find_recording(f"{file}~1")
    assert newest is not None
    assert before is not None
    assert (newest.folder, before.folder) == (second, first)
    assert find_recording(str(first)) == before
    assert list(before.logs) == list(before.snapshots) == ["default"]
    with pytest.raises(InputError, match=f"^{file}: has no 3 recorded builds"):
        find_recording(f"{file}~2")
    with pytest.raises(InputError, match="has no recorded build: "):
        recording_of(str(tmp_path / "other.json"))


def test_a_file_of_such_a_name_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "log~1").write_text("log")
    assert find_recording(str(tmp_path / "log~1")) is None


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    recordings = Recordings(str(tmp_path / "t"))
    folders = [recorded(recordings) for _ in range(KEPT + 2)]
    assert [path for path in folders if path.exists()] == folders[2:]
    assert recorded(recordings).name == f"{KEPT + 3:06d}"


def test_what_was_not_kept_is_gone_and_what_a_killed_one_left_is_cleared(tmp_path: Path) -> None:
    recordings = Recordings(str(tmp_path / "t"))
    with recordings.pending() as made:
        write_log(made, "default", b"log")
    assert not made.exists()
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = recordings.folder / f".new-{ended.pid}-x"
    running = recordings.folder / f".new-{os.getpid()}-x"
    left.mkdir()
    running.mkdir()
    recorded(recordings)
    assert (left.exists(), running.exists()) == (False, True)
    assert recordings.newest_but(1) is None


def test_names_of_targets_are_names_of_files_whatever_they_are(tmp_path: Path) -> None:
    folder = recorded(Recordings(str(tmp_path / "t")), target="../a/b%.log.gz")
    recording = read_recording(folder)
    assert list(recording.logs) == list(recording.snapshots) == ["../a/b%.log.gz"]
    assert all(path.parent == folder for path in recording.logs.values())


def test_a_folder_without_a_log_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no log"):
        find_recording(str(tmp_path))


def test_recordings_are_their_owners_alone(tmp_path: Path) -> None:
    recordings = Recordings(str(tmp_path / "t"))
    recorded(recordings)
    assert recordings.folder.stat().st_mode & 0o077 == 0
