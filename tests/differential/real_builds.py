"""Cases on a real engine: each state of the directory is built, and its log read."""

from __future__ import annotations

import fcntl
import posixpath
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from layerscope.cost.read import read_log
from tests.differential.case import Build, Case, lay_out
from tests.engine.engine import Engine

BuilderName = Literal["buildkit", "classic"]

# Failures of a step that runs (a command's exit code, a copy onto a file that stands in its way), of a registry or
# of a store: a prediction is of keys.
_RUN_FAILED = re.compile(
    r"did not complete successfully|returned a non-zero code|failed to solve: process|not a directory|"
    r"failed to resolve source metadata|pull access denied|cannot copy to non-directory|"
    r"cannot overwrite|cannot replace|file exists|snapshot \w+ does not exist"
)
_NOT_FOUND = re.compile(
    r'"([^"]+)": not found|l?stat (\S+): (?:no such file|file does not exist)|outside the build context: (\S+)'
)


@dataclass(frozen=True)
class Actual:
    """What the engine did. steps: name → whether it was CACHED; refusal: its error.

    Rows that tell nothing of the cache are left out: FROM, and an ARG before the first one.
    """

    steps: dict[str, bool]
    refusal: str | None = None

    ran_into: bool = False  # it failed only while it ran: nothing a prediction is about


@contextmanager
def alone_on(engine: Engine) -> Iterator[None]:
    """Wait until nobody else builds cases on the engine: each empties the cache."""
    with (engine.folder / "differential.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def build_all(case: Case, engine: Engine, builder: BuilderName) -> list[Actual]:
    """Build all states of a case on an empty cache, up to the first that fails.

    The engine's whole build cache is dropped first: only so can nothing be cached by accident.
    """
    prune(engine, builder)
    # A path of its own: BuildKit keeps what it was sent last from a path.
    with tempfile.TemporaryDirectory(prefix=f"{case.name}-") as folder:
        root = Path(folder) / "context"
        actual: list[Actual] = []
        for state in case.builds:
            lay_out(state.files, root, state.touched)
            actual.append(_build(state, root, engine, builder))
            if actual[-1].refusal is not None:
                break
        return actual


def prune(engine: Engine, builder: BuilderName) -> None:
    """Drop all that the builder could take for cached; named images stay."""
    if builder == "buildkit":
        engine.docker("builder", "prune", "--all", "--force")
    engine.docker("container", "prune", "--force")  # a command that failed leaves one, which keeps its images
    engine.docker("image", "prune", "--force")


def _build(state: Build, root: Path, engine: Engine, builder: BuilderName) -> Actual:
    words = [*(word.replace("{context}", str(root)) for word in state.options), "--network", "none"]
    if state.file is not None:
        words += ["-f", str(root / state.file)]
    if state.target is not None:
        words += ["--target", state.target]
    for name, value in state.build_args:
        words += ["--build-arg", f"{name}={value}"]
    environment = engine.environment()
    if builder == "buildkit":
        words = ["buildx", "build", "--progress=rawjson", "--output", "type=cacheonly", *words]
    else:
        environment["DOCKER_BUILDKIT"] = "0"
        words = ["build", "--force-rm", *words]
    docker = shutil.which("docker", path=environment["PATH"]) or "docker"
    done = subprocess.run(
        [docker, *words, str(root)], capture_output=True, env=environment, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = [line for line in lines if line.startswith(("ERROR", "error", "Error", "failed", "COPY failed"))]
        refusal = (said or lines or ["no message"])[-1]
        return Actual({}, refusal, _fails_at_run_time(refusal, state))
    log = done.stderr if builder == "buildkit" else done.stdout
    steps = read_log(log, "log")[-1].steps
    if builder == "classic":
        steps = steps[next(number for number, step in enumerate(steps) if _is_from(step.name)) :]
    return Actual({step.name: step.cached for step in steps if not _is_from(step.name)})


def _fails_at_run_time(refusal: str, state: Build) -> bool:
    if _RUN_FAILED.search(refusal):
        return True
    # What a command did not write cannot be copied from its stage.
    lines = [line for line in state.files[state.file or "Dockerfile"].text.splitlines() if "from=" in line]
    if "no source files were specified" in refusal:
        return any("*" in line for line in lines)
    missing = _NOT_FOUND.search(refusal)
    if missing is None:
        return False
    path = missing[1] or missing[2] or missing[3]
    return any(path in line or posixpath.dirname(path) + "/*" in line for line in lines)


def _is_from(name: str) -> bool:
    text = name.partition(" : ")[2] if name.startswith("Step ") else name.partition("] ")[2] or name
    return text.upper().startswith("FROM ")
