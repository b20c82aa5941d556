"""`timings record` on a real engine: both builders; builds that fail, are cancelled, run at once; a killed recorder."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import StartEngine

from layerscope.docker.inspected_builder import buildkit_of_engine
from tests.engine.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

DOCKERFILE = """\
FROM busybox AS build
ARG V=1
COPY src /src
RUN --network=none sleep 0.3; cp /src/a /out
FROM busybox
COPY --from=build /out /out
RUN --network=none {last}
"""


class Recorder:
    """Runs `layerscope` on an app, against an engine, with a cache of its own."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self.engine = engine
        self.app = folder / "app"
        self.environment = {**engine.environment(), "LAYERSCOPE_CACHE": str(folder / "cache")}
        self.timings = folder / "timings.json"
        (self.app / "src").mkdir(parents=True)
        self.edit("echo done")

    def edit(self, last: str = "echo done", content: str = "a") -> None:
        (self.app / "Dockerfile").write_text(DOCKERFILE.format(last=last))
        (self.app / "src/a").write_text(content + str(self.folder))  # no other test has built it

    def words(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "layerscope", *map(str, words)]

    def run(self, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(*words), env={**self.environment, **environment}, capture_output=True, text=True, check=False
        )

    def record(self, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("timings", "record", "-o", self.timings, "--", *words, **environment)

    def steps(self) -> dict[str, int]:
        document = json.loads(self.timings.read_text())
        return {step["name"]: step["count"] for step in document["steps"] if "FROM " not in step["name"]}

    def snapshot(self) -> dict[str, Any]:
        """That of the newest recording."""
        *_, newest = sorted(self.folder.glob("cache/builds/*/*/*.snapshot"))
        document: dict[str, Any] = json.loads(gzip.decompress(newest.read_bytes()))
        return document

    def explained(self) -> dict[str, list[list[str]]]:
        done = self.run("explain", "--format", "json", "--logs", f"{self.timings}~1", self.timings)
        assert done.returncode == 0, done.stderr
        steps = json.loads(done.stdout)["steps"]
        return {step["name"]: step["chain"][-1]["because"] for step in steps}


@pytest.fixture
def recorder(tmp_path: Path, start_engine: StartEngine) -> Recorder:
    return Recorder(tmp_path, start_engine("overlay2"))


COPY, MAKE = "[build 2/3] COPY src /src", "[build 3/3] RUN --network=none sleep 0.3; cp /src/a /out"
RESULT, LAST = "[stage-1 2/3] COPY --from=build /out /out", "[stage-1 3/3] RUN --network=none echo done"


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_builds_are_measured_and_explained(recorder: Recorder) -> None:
    before = listing(recorder.app)
    first = recorder.record("docker", "build", "--build-arg", "NPM_TOKEN=hunter2", recorder.app)
    assert first.returncode == 0, first.stderr
    assert "#1 [internal] load build definition" in first.stderr
    assert "steps measured into" in first.stderr
    assert listing(recorder.app) == before
    assert recorder.steps() == dict.fromkeys([COPY, MAKE, RESULT, LAST], 1)
    recorder.edit(content="b")
    second = recorder.record("docker", "buildx", "build", "-q", recorder.app)
    assert second.returncode == 0
    assert second.stdout.startswith("sha256:")
    assert recorder.steps() == dict.fromkeys([COPY, MAKE, RESULT, LAST], 2)
    assert recorder.explained() == {name: ["src/a"] for name in (COPY, MAKE, RESULT, LAST)}
    kept = [path.read_bytes() for path in (recorder.folder / "cache").rglob("*.snapshot")]
    assert len(kept) == 2
    assert all(b"hunter2" not in gzip.decompress(data) for data in kept)


def test_another_network_is_the_cause_of_what_ran(recorder: Recorder) -> None:
    (recorder.app / "Dockerfile").write_text("FROM busybox\nCOPY src /src\nRUN echo one\nRUN echo two\n")
    for flags in (["--network", "none"], ["--network", "host"], ["--network", "host", "--ulimit", "nofile=2048"]):
        done = recorder.record("docker", "build", *flags, recorder.app)
        assert done.returncode == 0, done.stderr
        if flags[-1] == "host":
            assert recorder.explained() == {
                f"[{n}/4] RUN echo {name}": ["option:--network"] for n, name in ((3, "one"), (4, "two"))
            }
    assert set(map(tuple, recorder.explained().values())) == {("option:--ulimit",)}


def test_the_classic_builder_is_timed_by_its_lines(recorder: Recorder) -> None:
    (recorder.app / "Dockerfile").write_text("FROM busybox\nCOPY src /src\nENV A=b\n")
    for content in "ab":
        recorder.edit(content=content)
        (recorder.app / "Dockerfile").write_text("FROM busybox\nCOPY src /src\nENV A=b\n")
        done = recorder.record("docker", "build", recorder.app, DOCKER_BUILDKIT="0")
        assert done.returncode == 0
        assert "Successfully built" in done.stdout
    assert recorder.steps() == {"Step 2/3 : COPY src /src": 2, "Step 3/3 : ENV A=b": 2}
    assert recorder.explained() == {"Step 2/3 : COPY src /src": ["src/a"], "Step 3/3 : ENV A=b": ["src/a"]}


def test_a_terminal_shows_progress_as_it_is_and_a_failed_build_is_kept(recorder: Recorder) -> None:
    recorder.edit("exit 3")
    ours, theirs = pty.openpty()
    words = recorder.words("timings", "record", "-o", recorder.timings, "--", "docker", "build", recorder.app)
    process = subprocess.Popen(words, env=recorder.environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = bytearray()
    with contextlib.suppress(OSError):  # the last writer is gone
        while data := os.read(ours, 1 << 16):
            shown += data
    os.close(ours)
    assert process.wait() == 1
    assert b"\x1b[" in shown  # BuildKit's display for terminals
    assert b"#1 [internal]" not in shown
    assert recorder.timings.exists(), shown.decode(errors="replace")
    assert recorder.steps() == dict.fromkeys([COPY, MAKE, RESULT], 1)


def test_a_cancelled_build_keeps_what_it_measured(recorder: Recorder) -> None:
    recorder.edit("echo begun; sleep 30")
    words = recorder.words("timings", "record", "-o", recorder.timings, "--", "docker", "build", recorder.app)
    process = subprocess.Popen(words, env=recorder.environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if " begun" in line and "RUN" not in line:
            break
    process.send_signal(signal.SIGINT)
    process.stderr.read()
    assert process.wait() == 130  # docker's own
    assert recorder.steps() == dict.fromkeys([COPY, MAKE, RESULT], 1)


def test_a_killed_recorder_leaves_the_file_as_it_was(recorder: Recorder) -> None:
    recorder.record("docker", "build", recorder.app)
    before = recorder.timings.read_bytes()
    recorder.edit("echo begun; sleep 2", "b")
    words = recorder.words("timings", "record", "-o", recorder.timings, "--", "docker", "build", recorder.app)
    process = subprocess.Popen(words, env=recorder.environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    process.kill()
    process.wait()
    process.stderr.read()
    assert recorder.timings.read_bytes() == before
    recorder.edit("echo again", "c")
    assert recorder.record("docker", "build", recorder.app).returncode == 0
    assert "[stage-1 3/3] RUN --network=none echo again" in recorder.steps()
    folders = [path.name for path in (recorder.folder / "cache/builds").glob("timings*/*")]
    assert sorted(folders) == [".lock", "000001", "000002"]


def test_two_at_once_lose_nothing_and_keep_their_own(recorder: Recorder) -> None:
    recorder.edit("exit 4")
    processes = [
        subprocess.Popen(
            recorder.words(
                *("timings", "record", "-o", recorder.timings, "--"),
                *("docker", "build", "--no-cache", "--build-arg", f"V={value}", recorder.app),
            ),
            env=recorder.environment,
            stderr=subprocess.DEVNULL,
        )
        for value in "12"
    ]
    assert [process.wait() for process in processes] == [1, 1]
    # Builds at once may share the run of a step, which then counts once; each build's sample is kept.
    steps = json.loads(recorder.timings.read_text())["steps"]
    assert sum(len(step["samples"]) for step in steps if "FROM " not in step["name"]) == 6
    snapshots = sorted((recorder.folder / "cache").rglob("*.snapshot"))
    told = [json.loads(gzip.decompress(path.read_bytes()))["build_args"]["V"] for path in snapshots]
    assert sorted(told) == ["1", "2"]


def test_bake_keeps_each_target(recorder: Recorder) -> None:
    definition = {
        "group": {"default": {"targets": ["one", "two"]}},
        "target": {
            "one": {"context": str(recorder.app), "target": "build"},
            "two": {"context": str(recorder.app), "args": {"V": "2"}},
        },
    }
    (recorder.folder / "bake.json").write_text(json.dumps(definition))
    for content in "ab":
        recorder.edit(content=content)
        done = recorder.record(
            "docker", "buildx", "bake", "-f", recorder.folder / "bake.json", BUILDX_BAKE_ENTITLEMENTS_FS="0"
        )
        assert done.returncode == 0, done.stderr
        assert "recorded" not in done.stderr, done.stderr
    causes = recorder.explained()
    assert set(map(tuple, causes.values())) == {("src/a",)}
    assert {name.partition(" ")[0] for name in causes} == {"[one", "[two"}


def test_a_file_that_steps_copy_is_warned_of(recorder: Recorder) -> None:
    recorder.timings = recorder.app / "timings.json"
    done = recorder.record("docker", "build", recorder.app)
    assert "is not ignored" in done.stderr
    assert listing(recorder.app) == ["Dockerfile", "src", "src/a", "timings.json"]
    (recorder.app / ".dockerignore").write_text("timings.json\n")
    assert "is not ignored" not in recorder.record("docker", "build", recorder.app).stderr


def test_the_context_on_standard_input_is_recorded(recorder: Recorder) -> None:
    archive = recorder.folder / "app.tar"
    subprocess.run(["tar", "-cf", archive, "-C", recorder.app, "."], check=True)
    words = recorder.words("timings", "record", "-o", recorder.timings, "--", "docker", "build", "-")
    with archive.open("rb") as stdin:
        done = subprocess.run(words, env=recorder.environment, stdin=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list((recorder.folder / "cache").rglob("*.snapshot"))) == 1


def test_the_builders_version_is_recorded(recorder: Recorder) -> None:
    own = buildkit_of_engine(recorder.engine.docker("version", "--format", "{{.Server.Version}}"))
    assert own is not None
    (recorder.app / "Dockerfile").write_text("FROM busybox\nCOPY src /src\n")
    for environment in ({}, {"DOCKER_BUILDKIT": "0"}):
        assert recorder.record("docker", "build", "--network=none", recorder.app, **environment).returncode == 0
        assert recorder.snapshot()["builder_version"] == own
