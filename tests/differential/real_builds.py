"""Cases on a real engine: each state of the directory is built, and its log read."""

from __future__ import annotations

import fcntl
import http.client
import json
import posixpath
import re
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import quote

from layerscope.cost.logs.open import read_log
from layerscope.docker.inspected_builder import buildkit_version
from layerscope.graph.versions import release
from tests.differential.case import NETWORK, Build, Case, lay_out_build
from tests.differential.daemon import Daemon, RegistryImages
from tests.differential.images import Images
from tests.differential.remote import Served
from tests.differential.same_keys import OF_A_RUN
from tests.engine.engine import Engine, EngineError, restart

BuilderName = Literal["buildkit", "classic"]

# Failures of a step that runs (a command's exit code, a copy onto a file that stands in its way), of a registry or
# of a store: a prediction is of keys.
_RUN_FAILED = re.compile(
    r"did not complete successfully|returned a non-zero code|failed to solve: process|not a directory|"
    r"failed to resolve source metadata|pull access denied|cannot copy to non-directory|"
    r"cannot overwrite|cannot replace|file exists|snapshot \w+ does not exist|digest mismatch|invalid response status|"
    r"invalid UTF-8|non-printable ASCII|no command specified|can't find uid for user|"
    r"unable to start container process|dial tcp|is not allowed"
)
_LAYER = re.compile(r"(extracting )?sha256:")
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


class Names(Protocol):
    """Base images under the names that a case calls them by."""

    def call(self, images: Iterable[tuple[str, str]]) -> None: ...


@dataclass(frozen=True)
class Laboratory:
    """What cases are built on, with the base images and the remote files they name.

    version: of the engine or the daemon. release: of BuildKit, whose rules a prediction goes by.
    """

    host: Engine | Daemon
    images: Names
    version: str
    release: str
    remote: Served = field(default_factory=Served)

    def prune(self, builder: BuilderName, *, keys: bool = False) -> None:
        """Drop all that the builder could take for cached; named images stay. keys: those without results, too."""
        host = self.host
        if keys and isinstance(host, Engine):
            restart(host.name, empty=True)
            return
        if isinstance(host, Daemon):
            host.prune()
        elif builder == "buildkit":
            ask(host, "POST", "/build/prune?all=1")
            if _is_held(host):
                restart(host.name)
                ask(host, "POST", "/build/prune?all=1")
        else:
            host.docker("container", "prune", "--force")  # a command that failed leaves one, which keeps its images
            host.docker("image", "prune", "--force")


def _is_held(engine: Engine) -> bool:
    """Whether results of steps are left: a copy that fails leaves a hold on what it stood on, until a restart."""
    answer = json.loads(ask(engine, "GET", "/system/df?type=build-cache"))
    return any(record["UsageCount"] and _is_of_step(record["Description"]) for record in answer["BuildCache"])


def _is_of_step(description: str) -> bool:
    return description.startswith(("[", "mount ", "ADD ", "COPY "))


def ask(engine: Engine, method: str, path: str) -> str:
    """Ask the engine itself: the client's own start takes longer than most of what is asked here."""
    connection = http.client.HTTPConnection("engine")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(engine.socket))
    connection.request(method, path)
    answer = connection.getresponse()
    said = answer.read().decode(errors="replace")
    connection.close()
    if answer.status != 200:
        raise EngineError(f"{method} {path}: {said}")
    return said


@contextmanager
def laboratory(engine: Engine, remote: Served) -> Iterator[Laboratory]:
    """An engine of its own: wait until nobody else builds cases on it, for each empties the cache."""
    with _alone(engine.folder / "differential.lock"):
        images = Images(engine)
        images.load()
        images.call(())
        version = engine.docker("version", "--format", "{{.Server.Version}}").partition("+")[0].strip()
        inspected = buildkit_version(engine.docker("buildx", "inspect", "default"), lambda: version)
        yield Laboratory(engine, images, version, release(inspected or "") or "", remote)


@contextmanager
def daemon_laboratory(daemon: Daemon, remote: Served) -> Iterator[Laboratory]:
    """A buildkitd, likewise, with a registry in which nobody else names images meanwhile."""
    names = [quote(name, safe="") for name in (daemon.address, daemon.registry)]
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(_alone(Path(tempfile.gettempdir()) / f"differential-{name}.lock"))
        version = daemon.version()
        yield Laboratory(daemon, RegistryImages(daemon.registry), version, release(version) or "", remote)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def build_all(case: Case, laboratory: Laboratory, builder: BuilderName) -> list[Actual]:
    """Build all states of a case on an empty cache, up to the first that fails.

    The engine's whole build cache is dropped first: only so can nothing be cached by accident.
    """
    keys = builder == "buildkit" and any(OF_A_RUN in build.files for build in case.builds)
    laboratory.prune(builder, keys=keys)
    # A path of its own: BuildKit keeps what it was sent last from a path.
    with tempfile.TemporaryDirectory(prefix=f"{case.name}-") as folder:
        actual: list[Actual] = []
        run = uuid.uuid4().hex
        for state in case.builds:
            if state.cold and actual:
                laboratory.prune(builder, keys=keys)
                run = uuid.uuid4().hex  # where keys cannot be dropped, they are none of this build's
            laboratory.images.call(state.images)
            actual.append(build_once(_of_run(state, run), Path(folder), laboratory, builder))
            if actual[-1].refusal is not None:
                break
        return actual


def build_once(state: Build, root: Path, laboratory: Laboratory, builder: BuilderName) -> Actual:
    """Build one state in a directory; its options may say what cache is read and written."""
    remote = laboratory.remote
    remote.move(state.dockerfile)
    lay_out_build(_served_now(state, remote), root)
    words = ["--network", NETWORK, *(remote.real(state.word(word, root)) for word in state.options)]
    if state.file is not None:
        words += ["-f", str(root / "context" / state.file)]
    if state.target is not None:
        words += ["--target", state.target]
    for name, value in state.build_args:
        words += ["--build-arg", f"{name}={value}"]
    for name, value in state.contexts:
        words += ["--build-context", f"{name}={state.place(value, root)}"]
    environment = laboratory.host.environment()
    if builder == "buildkit":
        buildx = str(Path(environment["DOCKER_CONFIG"]) / "cli-plugins" / "docker-buildx")
        words = [buildx, "build", "--progress=rawjson", "--output", "type=cacheonly", *words]
    else:
        environment["DOCKER_BUILDKIT"] = "0"
        words = [shutil.which("docker", path=environment["PATH"]) or "docker", "build", "--force-rm", *words]
    done = subprocess.run(
        [*words, str(root / "context")],
        capture_output=True,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = [line for line in lines if line.startswith(("ERROR", "error", "Error", "failed", "COPY failed"))]
        refusal = remote.written((said or lines or ["no message"])[-1])
        return Actual({}, refusal, fails_at_run_time(refusal, state))
    log = done.stderr if builder == "buildkit" else done.stdout
    steps = read_log(log, "log")[-1].steps
    if builder == "classic":
        steps = steps[next(number for number, step in enumerate(steps) if _is_from(step.name)) :]
    fetched = _fetched(log) if builder == "buildkit" else frozenset()
    cached = {remote.written(step.name): step.cached or step.name in fetched for step in steps}
    return Actual({name: from_cache for name, from_cache in cached.items() if not _is_from(name)})


def _fetched(log: bytes) -> frozenset[str]:
    """Names of steps that came from the cache, and started once more only while their layers were fetched."""
    first: dict[str, tuple[str, bool]] = {}
    fetched: set[str] = set()
    for line in log.splitlines():
        told = json.loads(line) if line.startswith(b"{") else {}
        for vertex in told.get("vertexes", ()):
            if vertex.get("started") and not vertex.get("error"):
                first.setdefault(vertex["digest"], (vertex["name"], vertex.get("cached") is True))
        fetched |= {status["vertex"] for status in told.get("statuses", ()) if _LAYER.match(status["id"])}
    return frozenset(name for digest, (name, cached) in first.items() if cached and digest in fetched)


def _of_run(state: Build, run: str) -> Build:
    """The build with what is another in every run."""
    if OF_A_RUN not in state.files:
        return state
    return replace(state, files={**state.files, OF_A_RUN: replace(state.files[OF_A_RUN], text=run)})


def _served_now(state: Build, remote: Served) -> Build:
    """The build with the addresses of this run in its Dockerfile."""
    place, path = state.place_of_dockerfile
    files = state.files if place == "context" else state.beside[place]
    if path not in files:
        return state
    files = {**files, path: replace(files[path], text=remote.real(files[path].text))}
    return replace(state, files=files) if place == "context" else replace(state, beside={**state.beside, place: files})


def fails_at_run_time(refusal: str, state: Build) -> bool:
    """Whether an engine's error is of what a step did, or of the engine: nothing that a prediction is about."""
    if _RUN_FAILED.search(refusal):
        return True
    # What a command did not write cannot be copied from its stage.
    lines = [line.replace("/./", "/") for line in state.dockerfile.splitlines() if "from=" in line]
    if "no source files were specified" in refusal or "more than one source file" in refusal:
        return any("*" in line for line in lines)  # how many files of an image a pattern matches only the engine knows
    missing = _NOT_FOUND.search(refusal)
    if missing is None:
        return False
    path = missing[1] or missing[2] or missing[3]
    folder = posixpath.dirname(path) + "/"
    return any(path.lstrip("/") in line or (folder in line and set("*?[") & set(line)) for line in lines)


def _is_from(name: str) -> bool:
    text = name.partition(" : ")[2] if name.startswith("Step ") else name.partition("] ")[2] or name
    return text.upper().startswith("FROM ")
