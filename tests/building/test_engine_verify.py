"""`layerscope verify` on a real engine: on a cache that holds both sides already, and with nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
from repositories import commit, write
from run import Done, layerscope

from layerscope.docker.inspected_builder import buildkit_of_engine
from tests.engine.engine import Engine, Store

pytestmark = [
    pytest.mark.engine,
    pytest.mark.xdist_group("differential"),  # no other builds meanwhile: what is left behind is counted
]

DOCKERFILE = """FROM busybox AS build
WORKDIR /src
COPY package.json .
RUN cat package.json > installed
COPY src ./src
RUN cat src/* installed > out
FROM scratch
WORKDIR /app
COPY src/a /a
COPY --from=build /src/out .
"""
FILES = {"Dockerfile": DOCKERFILE, "package.json": "{}\n", "src/a": "a\n", "src/b": "b\n"}


@dataclass
class Ground:
    """An engine that the command line talks to."""

    engine: Engine
    api: Any

    def holds(self) -> tuple[set[str], set[str], set[str]]:
        """Images, containers and records of the build cache."""
        records = {record["ID"] for record in self.api.df()["BuildCache"] or []}
        images = {image["Id"] for image in self.api.images(all=True)}
        return images, {container["Id"] for container in self.api.containers(all=True)}, records

    def build(self, context: Path) -> None:
        self.engine.docker("buildx", "build", "-q", "--network=none", "--output=type=cacheonly", str(context))


@pytest.fixture
def ground(start_engine: Callable[[Store], Engine], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ground]]:
    clients: list[docker.DockerClient] = []

    def on(store: Store = "overlay2") -> Ground:
        engine = start_engine(store)
        for name, value in engine.environment().items():
            monkeypatch.setenv(name, value)
        clients.append(docker.from_env())
        return Ground(engine, clients[-1].api)

    yield on
    for client in clients:
        client.close()


def verify(capsys: pytest.CaptureFixture[str], *words: object) -> Done:
    return layerscope(capsys, "verify", *words, "--network", "none", "--format", "json")


def outcomes(done: Done) -> dict[str, tuple[str, str]]:
    """Step text without its number → predicted and actual."""
    return {row["name"].partition("] ")[2]: (row["predicted"], row["actual"]) for row in done.document["steps"]}


def test_a_cache_that_knows_both_sides_is_not_read(
    ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ground()
    before, after = tmp_path / "before", tmp_path / "after"
    write(before, FILES)
    write(after, {**FILES, "src/a": "other\n"})
    here.build(before)
    here.build(after)
    holds = here.holds()
    done = verify(capsys, before, "--after", after, "--image-store", "overlay2")
    assert (done.status, done.document["summary"]) == (0, {"steps": 8, "wrong": 0, "open": 0}), done
    assert outcomes(done)["RUN cat src/* installed > out"] == ("rebuilt", "rebuilt")
    assert outcomes(done)["COPY src/a /a"] == ("rebuilt", "rebuilt")
    assert outcomes(done)["RUN cat package.json > installed"] == ("cached", "cached")
    assert here.holds() == holds


def test_the_classic_builder_needs_no_client(
    ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ground()
    context = commit(tmp_path / "context", FILES)
    write(context, {"src/a": "other\n", "new": "untracked\n", ".dockerignore": "new\n"})
    holds = here.holds()
    git = shutil.which("git")
    assert git is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = verify(capsys, context, "--since", "HEAD", "--builder", "classic")
    assert (done.status, done.document["summary"]) == (0, {"steps": 8, "wrong": 0, "open": 0}), done
    assert {row["actual"] for row in done.document["steps"]} == {"cached", "rebuilt"}
    assert here.holds() == holds
    done = verify(capsys, context, "--change", "src/a")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("layerscope: there is no docker command here")


def test_linked_copies_on_a_store_that_merges(
    ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ground("containerd")
    run = "RUN --mount=type=secret,id=key,required=true cat a /run/secrets/key"
    write(tmp_path, {"Dockerfile": f"FROM busybox\nCOPY --link a /a\n{run}\nCOPY b /b\n", "a": "1\n", "b": "2\n"})
    holds = here.holds()
    done = verify(capsys, tmp_path, "--change", "a", "--secret", f"id=key,src={tmp_path / 'b'}")
    assert (done.status, done.document["summary"]) == (0, {"steps": 4, "wrong": 0, "open": 0}), done
    assert outcomes(done)["LINK COPY --link a /a"] == ("rebuilt", "rebuilt")
    assert here.holds() == holds


def test_the_before_side_has_the_named_contexts_that_it_had(
    ground: Callable[..., Ground],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = ground()
    dockerfile = "FROM busybox\nCOPY --from=shared . /s\nRUN --mount=from=docs,source=b,target=/b cat /b\n"
    files = {"app/Dockerfile": dockerfile, "app/docs/b": "1", "shared/lib": "1", "shared/x.log": "1"}
    monkeypatch.chdir(commit(tmp_path / "repo", {**files, "shared/.dockerignore": "*.log\n"}))
    holds = here.holds()
    words = ["app", "--build-context", "shared=shared", "--build-context", "docs=app/docs"]
    shared, run = "COPY --from=shared . /s", "RUN --mount=from=docs,source=b,target=/b cat /b"
    write(Path(), {"shared/lib": "2", "same/b": "1"})
    for changed, expected in (
        (["--since", "HEAD"], ("rebuilt", "rebuilt")),
        (["--change", "../shared/lib"], ("rebuilt", "rebuilt")),
        (["--change", "docs/b"], ("cached", "rebuilt")),
        (["--after-build-context", "shared=app"], ("rebuilt", "rebuilt")),
        (["--after-build-context", "docs=same"], ("cached", "cached")),
    ):
        done = verify(capsys, *words, *changed)
        assert done.status == 0, (done, changed)
        assert outcomes(done) == {shared: (expected[0],) * 2, run: (expected[1],) * 2}
    assert here.holds() == holds


def test_flags_that_reach_runs_are_those_of_each_side(
    ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ground()
    write(tmp_path, {"Dockerfile": "FROM busybox\nCOPY a /a\nRUN cat /etc/hosts\nRUN ulimit -n\n", "a": "1\n"})
    given = ["--add-host", "one:1.1.1.1", "--shm-size", "64m", "--ulimit", "nofile=1024", "--cgroup-parent", "ls"]
    same = ["--after-add-host", "ONE=2.2.2.2", "--after-shm-size", "65536k", "--after-ulimit", "nofile=1024:1024"]
    for after, outcome in (
        (same, "cached"),
        (["--after-network", "host"], "rebuilt"),
        (["--after-add-host", "two:1.1.1.1"], "rebuilt"),
        (["--after-shm-size", "0"], "rebuilt"),
        (["--after-ulimit", "nofile=1024:2048"], "rebuilt"),
        (["--after-cgroup-parent", ""], "rebuilt"),
    ):
        done = verify(capsys, tmp_path, *given, *after)
        assert done.status == 0, (done, after)
        assert outcomes(done)["RUN ulimit -n"] == (outcome, outcome)
        assert outcomes(done)["COPY a /a"] == ("cached", "cached")
    done = verify(capsys, tmp_path, "--builder", "classic", "--add-host", "one:1.1.1.1", "--after-network", "host")
    assert done.status == 0, done
    for builder, after, word in (("classic", ["--after-ulimit", "core=0"], "--ulimit"), ("buildkit", [], "busybox")):
        done = verify(capsys, tmp_path, "--builder", builder, "--after-platform", "linux/arm64", *after)
        assert (done.status, word in done.err or "two platforms" in done.err) == (2, True)


def test_a_prediction_from_what_is_not_so_is_wrong(
    ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ground()
    write(tmp_path, {"Dockerfile": "FROM busybox\nCOPY a /a\nRUN cat a\n", "a": "1\n"})
    moved = [f"--base=busybox=sha256:{'a' * 64}", f"--after-base=busybox=sha256:{'b' * 64}"]
    done = verify(capsys, tmp_path, *moved)
    assert done.status == 1
    assert done.document["steps"] == [
        {"name": "[2/3] COPY a /a", "predicted": "rebuilt", "actual": "cached", "agrees": False},
        {"name": "[3/3] RUN cat a", "predicted": "rebuilt", "actual": "cached", "agrees": False},
    ]
    assert done.document["summary"] == {"steps": 2, "wrong": 2, "open": 0}


def test_a_build_that_fails_is_no_answer(
    ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ground()
    write(tmp_path, {"Dockerfile": "FROM busybox\nCOPY a /a\nRUN exit 7\n", "a": "1\n"})
    holds = here.holds()
    for builder in ("buildkit", "classic"):
        done = verify(capsys, tmp_path, "--change", "a", "--builder", builder)
        assert (done.status, done.out) == (2, "")
        last = done.err.splitlines()[-1]
        assert last.startswith("layerscope: the build of the before side fails, so there is nothing to compare: ")
        assert "7" in last
    assert here.holds() == holds


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_the_variables_of_a_base_show_in_names(
    builder: str, ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ground()
    write(tmp_path, {"base/Dockerfile": "FROM busybox\nENV OWNER=1200 SHARED=1201\nWORKDIR /srv\n", "app/a": "1\n"})
    copied = "COPY --chown=${OWNER}:$SHARED a b/"
    write(tmp_path, {"app/Dockerfile": f"FROM team/base:latest\n{copied}\nRUN cat b/a\n"})
    here.engine.docker("buildx", "build", "-q", "--network=none", "-t", "team/base:latest", str(tmp_path / "base"))
    try:
        holds = here.holds()
        done = verify(capsys, tmp_path / "app", "--change", "a", "--builder", builder, "--image-store", "overlay2")
        assert (done.status, done.document["summary"]) == (0, {"steps": 2, "wrong": 0, "open": 0}), done
        shown = copied if builder == "classic" else "COPY --chown=1200:1201 a b/"
        assert done.document["steps"][0]["name"].endswith(shown)
        assert [a["kind"] for a in done.document["assumptions"]] == []
        assert here.holds() == holds
    finally:
        here.engine.docker("rmi", "team/base:latest")


def test_the_builder_that_the_environment_names(
    ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ground()
    write(tmp_path / "app", {"Dockerfile": "FROM busybox\nCOPY a /a\n", "a": "1\n"})
    plugins = Path(os.environ["DOCKER_CONFIG"], "cli-plugins")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    write(tmp_path, {"docker/config.json": "{}"})
    if plugins.exists():
        (tmp_path / "docker" / "cli-plugins").symlink_to(plugins)
    socket = here.engine.docker_host
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    for words in (
        ["context", "create", "named", "--docker", f"host={socket}"],
        ["buildx", "create", "--name", "far", "--driver", "remote", "tcp://127.0.0.1:1"],
    ):
        subprocess.run(["docker", *words], check=True, capture_output=True)
    holds = here.holds()
    monkeypatch.setenv("BUILDX_BUILDER", "named")
    done = verify(capsys, tmp_path / "app", "--change", "a", "--image-store", "overlay2")
    assert (done.status, done.document["summary"]) == (0, {"steps": 1, "wrong": 0, "open": 0}), done
    assert here.holds() == holds
    for name, said in {
        "far": "is a builder of driver remote, and verify builds on an engine's own",
        "nowhere": 'no builder "nowhere" found',
    }.items():
        monkeypatch.setenv("BUILDX_BUILDER", name)
        done = verify(capsys, tmp_path / "app", "--change", "a")
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith(f"layerscope: BUILDX_BUILDER={name}: {said}")
    done = verify(capsys, tmp_path / "app", "--change", "a", "--builder", "classic")
    assert done.status == 2
    assert "no engine answers" in done.err  # the classic builder heeds no builder of buildx


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_an_interrupt_leaves_nothing(
    builder: str, number: signal.Signals, ground: Callable[..., Ground], tmp_path: Path
) -> None:
    here = ground()
    write(tmp_path, {"Dockerfile": "FROM busybox\nCOPY a /a\nRUN echo now running && sleep 60\n", "a": "1\n"})
    holds = here.holds()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    words = ["verify", str(tmp_path), "--change", "a", "--network", "none", "--verbose", "--builder", builder]
    process = subprocess.Popen(
        [sys.executable, "-m", "layerscope", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(scratch)},
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    while "    now running" not in said and "  now running" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (128 + number, "")
    deadline = time.monotonic() + 30
    while here.holds() != holds and time.monotonic() < deadline:
        time.sleep(0.1)
    left = [here.api.inspect_image(image) for image in here.holds()[0] - holds[0]]
    assert here.holds() == holds, (err, left)
    assert list(scratch.iterdir()) == []


def test_the_engines_own_rules_count(
    ground: Callable[..., Ground], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A renamed directory on the way of a wildcard: BuildKit takes the old layer before 0.26, and copies since."""
    own = buildkit_of_engine(ground().engine.docker("version", "--format", "{{.Server.Version}}"))
    assert own is not None
    before, after = tmp_path / "before", tmp_path / "after"
    write(before, {"Dockerfile": "FROM busybox\nCOPY p/*/f /f/\n", "p/a/f": "1", "p/b/f": "1"})
    write(after, {"Dockerfile": "FROM busybox\nCOPY p/*/f /f/\n", "p/a/f": "1", "p/c/f": "1"})
    document = verify(capsys, before, "--after", after).document
    assert document["builder_version"] == own
    assert [step["actual"] for step in document["steps"]] == ["cached" if own == "0.25" else "rebuilt"]
    assert document["summary"]["wrong"] == 0
    other = "0.26" if own == "0.25" else "0.25"
    document = verify(capsys, before, "--after", after, "--builder-version", other).document
    assert (document["builder_version"], document["summary"]["wrong"]) == (other, 1)
