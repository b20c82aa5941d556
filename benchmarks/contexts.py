"""Prediction for large contexts against the real engine's own build of the same context when nothing changed.

CPU seconds of whole processes, the engine's daemons counted in; needs root on Linux (see tests/engine).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.context_trees import CHANGED, make_context
from benchmarks.engine_cpu import engine_seconds
from benchmarks.pairs import cpu_seconds

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.engine import engine as engines

RUNS = int(os.environ.get("LAYERSCOPE_BENCHMARK_RUNS", "5"))
SENT = int(os.environ.get("LAYERSCOPE_BENCHMARK_FILES", "100000"))
_PROGRAM = [sys.executable, "-c", "from layerscope.cli.entry import main; main()", "simulate"]
_LIMITS = {
    "--change": 0.15,
    "--change, a glob": None,
    "--after, nothing remembered": 1.0,
    "--after, remembered": 0.3,
    "--since HEAD": None,
}
_Task = Callable[[], float]


def run() -> None:
    if reason := engines.available():
        sys.exit(f"no engine can run here: {reason}")
    engine = engines.up(f"benchmark-{os.getpid()}")
    try:
        engines.base(engine.name)
        with tempfile.TemporaryDirectory() as folder:
            for sent in (SENT, SENT // 5):
                _measure(engine, Path(folder, str(sent)), sent, SENT - sent)
    finally:
        engines.down(engine.name)


def _measure(engine: engines.Engine, folder: Path, sent: int, ignored: int) -> None:
    before, after, cache = folder / "before", folder / "after", folder / "cache"
    make_context(before, sent, ignored)
    # A copy with another file in it, as a checkout beside the first is; its files are other inodes.
    subprocess.run(["cp", "-a", before, after], check=True)
    (after / CHANGED).write_text("changed\n")
    _commit(before)
    build = _build(engine, before)
    build()
    tasks: dict[str, _Task] = {"docker build, no change": build}
    store = {"LAYERSCOPE_CACHE": str(cache)}
    tasks["--change"] = _simulate(store, before, "--change", CHANGED)
    tasks["--change, a glob"] = _simulate(store, before, "--change", "**/file19.js")
    tasks["--after, nothing remembered"] = _forgetting(cache, _simulate(store, before, "--after", after))
    tasks["--after, remembered"] = _simulate(store, before, "--after", after)
    tasks["--since HEAD"] = _simulate(store, before, "--since", "HEAD")
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(RUNS + 1):
        for name, task in tasks.items():
            seconds = task()
            if number:
                taken[name].append(seconds)
    _print(f"{sent:,} files sent of {sent + ignored:,}", taken)
    shutil.rmtree(folder)


def _build(engine: engines.Engine, context: Path) -> _Task:
    started = engine.started()
    assert started is not None
    environment = engine.environment()
    docker = shutil.which("docker", path=environment["PATH"]) or "docker"
    command = [docker, "build", "--network=none", "--quiet", str(context)]

    def build() -> float:
        before = engine_seconds(started.pid)
        client = cpu_seconds(command, environment)
        return client + engine_seconds(started.pid) - before

    return build


def _simulate(environment: dict[str, str], context: Path, *change: object) -> _Task:
    command = [*_PROGRAM, str(context), *map(str, change), "--format", "json"]
    return lambda: cpu_seconds(command, {**os.environ, **environment})


def _forgetting(cache: Path, task: _Task) -> _Task:
    def forget_first() -> float:
        shutil.rmtree(cache, ignore_errors=True)
        return task()

    return forget_first


def _commit(context: Path) -> None:
    identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost", "-c", "gc.auto=0"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
        subprocess.run(["git", "-C", context, *identity, *words], check=True)
    (context / CHANGED).write_text("edited\n")


def _print(title: str, taken: dict[str, Sequence[float]]) -> None:
    floor = statistics.median(taken["docker build, no change"])
    print(f"{title}; CPU seconds, median of {RUNS} interleaved runs")
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        limit = _LIMITS.get(name)
        goal = "" if limit is None else f"  (at most {limit:.2f})"
        spread = f"({min(seconds):.2f}-{max(seconds):.2f})"
        print(f"  {name:28} {median:6.2f} s {spread:>13}  x {median / floor:.3f}{goal}", flush=True)
