"""The timings file: its form, its exactness over merges, and writers that meet."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from layerscope.cost.build_log import TimingSource
from layerscope.cost.timings import Sample, Timings
from layerscope.cost.timings_file import load_timings, timings_text, write_timings
from layerscope.errors import InputError

RECORDED = Path(__file__).parent / "recorded"


def samples(*figures: float, build: str = "b") -> Timings:
    return Timings(Sample("[2/2] RUN make", TimingSource.LOG, f"{build}/{i}", s) for i, s in enumerate(figures))


def test_the_form_programs_rely_on(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    write_timings(path, samples(1, 2, 9))
    document = json.loads(path.read_text())
    assert (document["schema_version"], document["command"], document["assumptions"]) == (1, "timings", [])
    (step,) = document["steps"]
    assert {key: step[key] for key in ("name", "instruction", "seconds", "spread", "count")} == {
        "name": "[2/2] RUN make",
        "instruction": "RUN make",
        "seconds": 2,
        "spread": 8,
        "count": 3,
    }


def test_same_timings_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    logs = ["stages.cold.rawjson", "url.cold.plain.log", "config.json", "int.rawjson"]
    one = load_timings(RECORDED / name for name in logs)
    two = load_timings(RECORDED / name for name in reversed(logs))
    assert timings_text(one) == timings_text(two)
    path = tmp_path / "t"
    write_timings(path, one)
    assert path.read_text() == timings_text(one)
    assert load_timings([path]) == one


def test_later_builds_combine_exactly(tmp_path: Path) -> None:
    first, second = RECORDED / "stages.cold.rawjson", RECORDED / "int.rawjson"
    path = tmp_path / "t"
    write_timings(path, load_timings([first]))
    together = load_timings([first, second])
    assert load_timings([path, second]) == together
    assert load_timings([path, first, second]) == together  # named twice, counted once
    assert write_timings(path, load_timings([second]), merge=True) == together
    assert load_timings([path]) == together


def test_figures_from_a_history_are_marked() -> None:
    document = json.loads(timings_text(load_timings([RECORDED / "config.json"])))
    assert {step["source"] for step in document["steps"]} == {"history"}
    assert {assumption["kind"] for assumption in document["assumptions"]} == {"history-times"}


def test_an_existing_file_is_kept_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        write_timings(path, samples(1))
    with pytest.raises(InputError, match="no timings file"):
        write_timings(path, samples(1), merge=True)
    assert path.read_text() == "mine"
    path.chmod(0o600)
    write_timings(path, samples(1), force=True)
    assert load_timings([path]) == samples(1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["t"]  # noqa: PTH208


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "t")
    write_timings(tmp_path / "link", samples(1))
    assert (tmp_path / "link").is_symlink()
    assert load_timings([tmp_path / "real" / "t"]) == samples(1)


@pytest.mark.parametrize("path", ["absent/t", ".", "/dev/null", "x" * 300])
def test_where_nothing_can_be_written(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as raised:
        write_timings(path, samples(1), force=True)
    assert raised.value.file == path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "steps",
    [
        None,
        [1],
        [{"name": "a"}],
        [{"name": 1, "seconds": 1}],
        [{"name": "a", "seconds": -1}],
        [{"name": "a", "seconds": True}],
        [{"name": "a", "samples": [1]}],
        [{"name": "a", "samples": {"b": "1"}}],
        [{"name": "a", "seconds": 1, "source": []}],
        [{"name": "a", "seconds": float("nan")}],
    ],
)
def test_a_damaged_file_is_the_users_to_mend(steps: object, tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_text(json.dumps({"schema_version": 1, "command": "timings", "steps": steps}))
    with pytest.raises(InputError) as raised:
        load_timings([path])
    assert raised.value.file == str(path)


def test_a_file_written_by_hand_may_give_seconds_alone(tmp_path: Path) -> None:
    path = tmp_path / "t"
    steps = [{"name": "[2/2] RUN make", "seconds": 12}]
    path.write_text(json.dumps({"schema_version": 1, "command": "timings", "steps": steps}))
    assert load_timings([path]).cost("[2/9] RUN make").seconds == 12
    path.write_text(path.read_text().replace('n": 1', 'n": 2'))
    with pytest.raises(InputError, match="another version"):
        load_timings([path])


def _write_some(path: str, writer: int) -> None:
    for number in range(8):
        write_timings(path, samples(float(writer), build=f"{writer}-{number}"), merge=True)


def test_writers_that_meet_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_some, args=(str(path), writer)) for writer in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert len(load_timings([path]).samples) == 32
    assert list(tmp_path.iterdir()) == [path]
