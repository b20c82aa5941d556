"""Layers read by several threads: the same answer, and the same error, as one after the other."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from made_images import layer
from odd_archives import docker_archive

from layerscope.errors import InputError
from layerscope.image.layers import measure as files
from layerscope.image.layers import side_by_side
from layerscope.image.layers.measure import measure
from layerscope.image.open import read_image


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "idle_processors", lambda: 3)
    monkeypatch.setattr(files, "idle_processors", lambda: 3)


def test_results_come_in_order_from_threads_that_run_together() -> None:
    together = threading.Barrier(3)

    def call(number: int) -> Callable[[], int]:
        def result() -> int:
            if number < 3:
                together.wait(30)
            return number

        return result

    assert list(side_by_side.side_by_side([call(number) for number in range(20)])) == list(range(20))
    assert list(side_by_side.side_by_side([])) == []


def test_the_first_error_in_order_is_raised_and_no_call_begins_after_it() -> None:
    begun: list[int] = []
    later_failed = threading.Event()

    def call(number: int) -> Callable[[], int]:
        def result() -> int:
            begun.append(number)
            if number == 2:
                later_failed.set()
                raise ValueError(number)
            if number == 1:
                later_failed.wait(30)
                raise KeyError(number)
            return number

        return result

    found = side_by_side.side_by_side([call(number) for number in range(100)])
    assert next(found) == 0
    with pytest.raises(KeyError):
        next(found)
    assert len(begun) < 100


def archive(tmp_path: Path, *layers: bytes) -> str:
    path = tmp_path / "image.tar"
    path.write_bytes(docker_archive(list(layers)))
    return str(path)


@pytest.mark.parametrize("threads", [True, False])
def test_compressed_layers_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: bool) -> None:
    used: list[int] = []
    monkeypatch.setattr(files, "_LARGE", 0 if threads else 1 << 40)
    begin = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: (used.append(1), begin(thread)))
    plain = [layer(*(f"d{number}/f{n}:{n}" for n in range(50)), "same:9") for number in range(6)]
    found = measure(read_image(archive(tmp_path, *(gzip.compress(data, mtime=0) for data in plain))))
    assert found is not None and found.size == 6 * (sum(range(50)) + 9)
    assert [one.files_modified for one in found.layers] == [0, 1, 1, 1, 1, 1]
    assert bool(used) == threads


def test_the_damage_of_the_lowest_layer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LARGE", 0)
    whole = gzip.compress(layer("a:100000"), mtime=0)
    path = archive(tmp_path, whole, whole[:60], whole[:-1], whole)
    for _ in range(5):
        with pytest.raises(InputError, match="truncated") as raised:
            measure(read_image(path))
        assert raised.value.file is not None and f"{1:064x}" in raised.value.file
