"""Command lines of builds, as docker, buildx and compose parse them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from layerscope.errors import InputError
from layerscope.graph.options import AddedHost, Ulimit
from layerscope.recording.command import BuildCommand, read_command
from layerscope.recording.targets import read_targets


def command(line: str, **environment: str) -> BuildCommand:
    return read_command(shlex.split(line), environment)


@pytest.mark.parametrize(
    ("line", "kind", "context", "docker"),
    [
        ("docker build .", "build", ".", ["docker"]),
        ("docker build -t app:1 -f Dockerfile.x dir", "build", "dir", ["docker"]),
        ("docker build dir --tag app", "build", "dir", ["docker"]),
        ("docker image build dir", "build", "dir", ["docker"]),
        ("docker builder build dir", "build", "dir", ["docker"]),
        ("docker buildx build dir", "build", "dir", ["docker"]),
        ("docker buildx b dir", "build", "dir", ["docker"]),
        ("docker buildx --builder x build --load dir", "build", "dir", ["docker"]),
        ("docker --context c -H u buildx build dir", "build", "dir", ["docker", "--context", "c", "-H", "u"]),
        ("docker -D build -- -odd", "build", "-odd", ["docker", "-D"]),
        ("docker build -", "build", "-", ["docker"]),
        ("docker build -qt x .", "build", ".", ["docker"]),
        ("docker build -tx --pull --no-cache .", "build", ".", ["docker"]),
        ("docker build --pull=false --secret id=x --ssh default .", "build", ".", ["docker"]),
        ("docker build --rm .", "build", ".", ["docker"]),
        ("/usr/bin/docker build .", "build", ".", ["/usr/bin/docker"]),
        ("docker buildx bake -f x.hcl web", "bake", None, ["docker"]),
        ("docker compose -f c.yaml -p p build web", "compose", None, ["docker"]),
        ("docker-compose build", "compose", None, ["docker-compose"]),
        ("docker-buildx build dir", "build", "dir", ["docker-buildx"]),
        ("docker build a b", "build", None, ["docker"]),
        ("docker build", "build", None, ["docker"]),
    ],
)
def test_what_is_built(line: str, kind: str, context: str | None, docker: list[str]) -> None:
    read = command(line)
    assert (read.kind, read.context, list(read.docker)) == (kind, context, docker)


@pytest.mark.parametrize(
    ("line", "name", "values"),
    [
        ("docker build -f A .", "file", ["A"]),
        ("docker build -fA .", "file", ["A"]),
        ("docker build -f=A .", "file", ["A"]),
        ("docker build --file=A .", "file", ["A"]),
        ("docker build -qf A .", "file", ["A"]),
        ("docker build --build-arg A=1 --build-arg=B .", "build-arg", ["A=1", "B"]),
        ("docker buildx --builder x build .", "builder", ["x"]),
        ("docker build --progress plain .", "progress", ["plain"]),
        ("docker build -t --file .", "file", []),
    ],
)
def test_values_of_flags(line: str, name: str, values: list[str]) -> None:
    assert command(line).values(name) == values


@pytest.mark.parametrize(
    ("line", "on"),
    [
        ("docker build --no-cache .", True),
        ("docker build --no-cache=true .", True),
        ("docker build --no-cache=false .", False),
        ("docker build --no-cache --no-cache=0 .", False),
        ("docker build .", False),
    ],
)
def test_switches(line: str, on: bool) -> None:
    assert command(line).has("no-cache") is on


@pytest.mark.parametrize(
    ("line", "value", "classic"),
    [
        ("docker build .", "0", True),
        ("docker image build .", "false", True),
        ("docker buildx build .", "0", False),
        ("docker build .", "1", False),
    ],
)
def test_the_classic_builder_is_asked_for_by_the_environment(line: str, value: str, classic: bool) -> None:
    assert command(line, DOCKER_BUILDKIT=value).classic is classic


@pytest.mark.parametrize("line", ["make", "docker", "docker ps", "docker buildx ls", "docker compose up", "docker -D"])
def test_what_is_no_build_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="docker build"):
        command(line)


def test_flags_are_added_before_the_commands_own() -> None:
    read = command("docker --context c buildx build -t x .")
    assert shlex.join(read.with_flags("--metadata-file", "m")) == (
        "docker --context c buildx build --metadata-file m -t x ."
    )


def test_the_options_of_a_build_are_the_commands() -> None:
    line = "docker build --build-arg A=1 --build-arg B --build-arg C --target t --platform linux/arm64"
    (target,) = read_targets(command(f"{line} --no-cache-filter X,y ."), {"B": "2"}, classic=False)
    options = target.options
    assert options.build_args == {"A": "1", "B": "2"}
    assert (options.target, options.platform, options.no_cache) == ("t", "linux/arm64", False)
    assert options.no_cache_filter == {"x", "y"}


@pytest.mark.parametrize(
    "line",
    [
        "docker build https://example.org/app.git",
        "docker build git@example.org:app.git",
        "docker build --build-context x=https://example.org/a.tar .",
        "docker build",
    ],
)
def test_inputs_that_are_not_of_this_machine_are_not_recorded(line: str) -> None:
    (target,) = read_targets(command(line), {}, classic=False)
    assert target.not_recorded


@pytest.mark.parametrize(
    ("asked", "platform"), [("arm64", "linux/arm64"), ("linux/ARM/v7,linux/amd64", "linux/arm/v7")]
)
def test_a_platform_may_be_an_architecture_alone(asked: str, platform: str) -> None:
    (target,) = read_targets(command(f"docker build --platform {asked} ."), {}, classic=False)
    assert target.options.platform == platform


def test_flags_that_reach_runs_are_the_commands() -> None:
    flags = "--network host --network none --add-host b:1.1.1.1 --add-host a=::1 --shm-size 64m --cgroup-parent c"
    (target,) = read_targets(command(f"docker build {flags} --ulimit nofile=1:2 --ulimit core=0 ."), {}, classic=False)
    options = target.options
    assert (options.network, options.shm_size, options.cgroup_parent) == ("none", 1 << 26, "c")
    assert options.add_hosts == (AddedHost("b", "1.1.1.1"), AddedHost("a", "::1"))
    assert options.ulimits == (Ulimit("core", 0, 0), Ulimit("nofile", 1, 2))
    (target,) = read_targets(command("docker build --network bridge ."), {}, classic=True)
    assert target.options.network == "bridge"


BAKE = {
    "target": {
        "default": {
            "context": ".",
            "network": "none",
            "shm-size": "64m",
            "ulimits": ["nofile=1:2", "core=0"],
            "extra-hosts": {"b": "1.1.1.1", "a": "::1,::2"},
        }
    }
}
COMPOSE = {
    "services": {
        "default": {
            "build": {
                "context": ".",
                "network": "none",
                "shm_size": "67108864",
                "ulimits": {"nofile": {"soft": 1, "hard": 2}, "core": 0},
                "extra_hosts": {"b": ["1.1.1.1"], "a": ["::1", "::2"]},
            }
        }
    }
}
LISTED = {
    "services": {
        "x": {"build": {"context": ".", "extra_hosts": ["b=1.1.1.1", "a=::1"], "ulimits": {"core": {"single": 3}}}}
    }
}


@pytest.mark.parametrize(
    ("line", "printed", "hosts", "limits"),
    [
        ("docker buildx bake", BAKE, "a a b", ((0, 0), (1, 2))),
        ("docker compose build", COMPOSE, "a a b", ((0, 0), (1, 2))),
        ("docker compose build", LISTED, "b a", ((3, 3),)),
    ],
)
def test_definitions_say_what_their_runs_have(
    tmp_path: Path, line: str, printed: object, hosts: str, limits: tuple[tuple[int, int], ...]
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\ncat <<'EOF'\n{json.dumps(printed)}\nEOF\n")
    docker.chmod(0o755)
    found = read_targets(command(line.replace("docker", str(docker), 1)), {"PATH": "/usr/bin:/bin"}, classic=False)
    (options,) = (target.options for target in found)
    assert " ".join(host.name for host in options.add_hosts) == hosts
    assert tuple((limit.soft, limit.hard) for limit in options.ulimits) == limits
    if printed is not LISTED:
        assert (options.network, options.shm_size) == ("none", 1 << 26)


def test_options_that_no_build_takes_are_not_recorded() -> None:
    (target,) = read_targets(command("docker build --no-cache --no-cache-filter a ."), {}, classic=False)
    assert "cannot be used together" in (target.not_recorded or "")
