"""The replay of a long history against git's own listing of what its commits changed.

CPU seconds of whole processes, in turn. LAYERSCOPE_BENCHMARK_REPOSITORY names a clone to walk (BuildKit's own, say);
without it one of as many files and commits is made.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.made_history import make_history
from benchmarks.pairs import cpu_seconds

RUNS = int(os.environ.get("LAYERSCOPE_BENCHMARK_RUNS", "5"))
_FILES, _COMMITS = 7600, 3600
_LAST, _NEW = 1000, 20
_PROGRAM = [sys.executable, "-c", "from layerscope.cli.entry import main; main()"]
_LIMIT = 5.0


def run() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get("LAYERSCOPE_BENCHMARK_REPOSITORY")
        repository = Path(given) if given else Path(folder, "repository")
        if not given:
            make_history(repository, _FILES, _COMMITS)
        _measure(repository, Path(folder, "cache"))


def _measure(repository: Path, cache: Path) -> None:
    count = int(_git(repository, "rev-list", "--count", "--first-parent", "HEAD"))
    first = _git(repository, "rev-list", "--first-parent", f"--max-count={_LAST + 1}", "HEAD").split()[-1]
    log = ["git", "-C", str(repository), "log", "--first-parent", "--raw"]
    tasks = {
        "start-up": [*_PROGRAM, "replay", "--help"],
        f"git log, {_LAST} commits": [*log, "-n", str(_LAST)],
        f"replay, {_LAST} commits": _replay(repository, "--commits", str(_LAST), "--no-store"),
        f"replay, all but the newest {_NEW} known": _replay(repository, "--range", f"{first}..HEAD"),
        f"git log, {count} commits": log,
        f"replay, {count} commits": _replay(repository, "--commits", str(count), "--no-store"),
    }
    environment = {**os.environ, "LAYERSCOPE_CACHE": str(cache)}
    cpu_seconds(_replay(repository, "--range", f"{first}..HEAD~{_NEW}"), environment)
    kept = cache / "replays"
    known = {path.name: path.read_bytes() for path in kept.iterdir()}
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(RUNS + 1):
        for name, command in tasks.items():
            shutil.rmtree(kept)
            kept.mkdir(mode=0o700)
            for file, data in known.items():
                (kept / file).write_bytes(data)
                (kept / file).chmod(0o600)
            seconds = cpu_seconds(command, environment)
            if number:
                taken[name].append(seconds)
    _print(taken)


def _replay(repository: Path, *words: str) -> list[str]:
    return [*_PROGRAM, "replay", str(repository), *words]


def _git(repository: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", repository, *words], check=True, capture_output=True, text=True).stdout


def _print(taken: dict[str, list[float]]) -> None:
    start = statistics.median(taken["start-up"])
    floor = 0.0
    print(f"CPU seconds, median of {RUNS} interleaved runs")
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        said = ""
        if name.startswith("git log"):
            floor = median
        elif "known" in name:
            said = f"  x {median / start:.2f} of start-up"
        elif name != "start-up":
            said = f"  x {(median - start) / floor:.2f} of git log, start-up apart  (at most {_LIMIT})"
        print(f"  {name:42} {median:6.2f} s ({min(seconds):.2f}-{max(seconds):.2f}){said}", flush=True)
