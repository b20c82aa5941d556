"""Flags of `docker build` that reach RUNs, and the platform: on both sides, in keys and as causes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_images import INDEX, Files, layer, put, put_image, with_index
from made_images import write as write_layout
from repositories import commit, write
from run import layerscope

STEPS = "FROM busybox\nWORKDIR /w\nCOPY a /a\nRUN one\nCOPY a /b\nRUN --network=none two\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    write(tmp_path, {"Dockerfile": STEPS, "a": "1"})
    return tmp_path


def because(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, list[str]]:
    """The causes of the steps that are not cached, by their texts."""
    done = layerscope(capsys, "simulate", *words, "--format", "json")
    assert done.status == 0, done.err
    steps = done.document["steps"]
    assert all((step["outcome"] == "cached") == (step["because"] == []) for step in steps)
    for step in steps:
        assert [cause["kind"] for cause in step["causes"] if cause["kind"] != "option"] == []
    return {step["name"].partition("] ")[2]: step["because"] for step in steps if step["because"]}


@pytest.mark.parametrize(
    ("before", "after", "option"),
    [
        (["--network", "none"], ["--after-network", "host"], "--network"),
        ([], ["--after-add-host", "a:1.1.1.1"], "--add-host"),
        (["--add-host", "a:1.1.1.1"], ["--after-add-host="], "--add-host"),
        ([], ["--after-shm-size", "64m"], "--shm-size"),
        (["--shm-size", "64m"], ["--after-shm-size", "0"], "--shm-size"),
        ([], ["--after-ulimit", "nofile=1024:2048"], "--ulimit"),
        (["--ulimit", "nofile=1"], ["--after-ulimit="], "--ulimit"),
        ([], ["--after-cgroup-parent", "x"], "--cgroup-parent"),
    ],
)
def test_another_value_runs_again_from_the_first_run_on(
    app: Path, capsys: pytest.CaptureFixture[str], before: list[str], after: list[str], option: str
) -> None:
    token = f"option:{option}"
    runs = ("RUN one", "COPY a /b", "RUN --network=none two")
    assert because(capsys, app, *before, *after) == {text: [token] for text in runs}
    told = layerscope(capsys, "explain", app, *before, *after)
    assert f"{option} has another value" in told.out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["--add-host", "a:1.1.1.1"], ["--after-add-host", "A=2.2.2.2"]),
        (["--shm-size", "64m"], ["--after-shm-size", "65536k"]),
        (
            ["--ulimit", "nproc=9", "--ulimit", "nofile=1"],
            ["--after-ulimit", "nofile=1:1", "--after-ulimit", "nproc=9"],
        ),
        (["--network", "none"], ["--after-network", "none"]),
    ],
)
def test_the_same_value_spelled_otherwise_changes_nothing(
    app: Path, capsys: pytest.CaptureFixture[str], before: list[str], after: list[str]
) -> None:
    assert because(capsys, app, *before, *after) == {}


def test_a_network_of_its_own_does_not_hang_on_that_of_the_build(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "Dockerfile").write_text("FROM busybox\nRUN --network=none one\nRUN --network=default two\n")
    assert because(capsys, app, "--after-network", "host") == {"RUN --network=default two": ["option:--network"]}


def test_several_flags_are_several_causes(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--after-network", "host", "--after-ulimit", "nofile=1", "--after-shm-size", "1m"]
    assert because(capsys, app, *words)["RUN one"] == ["option:--network", "option:--shm-size", "option:--ulimit"]


def test_the_classic_builder_has_none_of_them_in_its_keys(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (app / "Dockerfile").write_text("FROM busybox\nRUN one\n")
    words = [
        "--after-network",
        "mine",
        "--after-ulimit",
        "nofile=1",
        "--after-shm-size",
        "1m",
        "--after-add-host",
        "a:::1",
    ]
    assert because(capsys, app, "--builder", "classic", *words, "--after-cgroup-parent", "x") == {}


def test_every_command_that_builds_takes_them(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(app)
    flags = [
        "--network",
        "none",
        "--add-host",
        "a:1.1.1.1",
        "--shm-size",
        "1g",
        "--ulimit",
        "core=0",
        "--cgroup-parent",
        "c",
    ]
    for command in (["context", app], ["graph", app], ["replay", app], ["explain", app, "--change", "a"]):
        assert layerscope(capsys, *command, *flags).status == 0
    assert layerscope(capsys, "compare", app, app, *flags, "--after-network", "host").status == 0


def test_a_snapshot_keeps_them(app: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path.parent / f"{tmp_path.name}.snapshot"
    assert layerscope(capsys, "context", app, "--network", "none", "--snapshot", saved).status == 0
    assert because(capsys, saved, "--after", app) == {}
    assert because(capsys, saved, "--after-network", "host")["RUN one"] == ["option:--network"]


def test_another_platform_is_another_image_unless_it_is_told(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = ["option:--platform"]
    found = because(capsys, app, "--after-platform", "linux/arm64")
    assert set(map(tuple, found.values())) == {tuple(token)}
    assert next(iter(found)) == "FROM docker.io/library/busybox:latest"
    (app / "Dockerfile").write_text("FROM scratch\nCOPY a /a\nARG TARGETARCH\nENV A=$TARGETARCH\nCOPY a /b\nRUN one\n")
    assert because(capsys, app, "--after-platform", "linux/arm64") == {"RUN one": token}
    pinned = "FROM --platform=$BUILDPLATFORM busybox\nRUN one\nARG TARGETOS TARGETARCH\nRUN two\n"
    (app / "Dockerfile").write_text(pinned)
    assert because(capsys, app, "--after-platform", "linux/arm64") == {"RUN two": token}


def layout(folder: Path, *platforms: str) -> str:
    """An image layout: one image for each platform, or an image alone, as the words of `--base` take it."""
    files: Files = {}
    images = [
        put_image(
            files,
            [layer(f"{name.replace('/', '-')}:1")],
            name,
            platform=dict(zip(("os", "architecture"), name.split("/"), strict=True)),
        )
        for name in platforms
    ]
    (made,) = (
        images
        if len(images) == 1
        else [put(files, json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}).encode(), INDEX)]
    )
    return f"busybox=oci:{write_layout(folder, with_index(files, made))}"


def test_a_base_that_can_be_read_is_read_for_each_platform(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    several = layout(app.parent / "several", "linux/amd64", "linux/arm64")
    token, words = ["option:--platform"], ["--after-platform", "linux/arm64"]
    assert because(capsys, app, "--base", several, *words)["COPY a /a"] == token
    # One image alone is taken for every platform: RUN alone has the platform in its key.
    alone = layout(app.parent / "alone", "linux/amd64")
    assert "COPY a /a" not in (found := because(capsys, app, "--base", alone, *words))
    assert found["RUN one"] == token
    pinned = "FROM --platform=$BUILDPLATFORM busybox\nCOPY a /a\nRUN one\nARG TARGETOS\nRUN two\n"
    (app / "Dockerfile").write_text(pinned)
    assert because(capsys, app, "--base", several, *words) == {}
    done = layerscope(capsys, "simulate", app, "--base", several, *words, "--format", "json")
    assert [each for each in done.document["assumptions"] if "another image" in each["text"]] == []
    lacking = layerscope(capsys, "simulate", app, "--base", several, "--after-platform", "linux/s390x")
    assert (lacking.status, "linux/s390x" in lacking.err) == (2, True)


def test_what_is_not_known_of_an_image_on_another_platform_is_said(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = "sha256:" + "1" * 64
    for base in ([], ["--base", f"busybox={digest}"]):
        done = layerscope(capsys, "simulate", app, *base, "--after-platform", "linux/arm64", "--format", "json")
        said = [each["subject"] for each in done.document["assumptions"] if each["kind"] == "platform"]
        assert said == ["docker.io/library/busybox:latest"]
    told = ["--after-platform", "linux/arm64", "--base", f"busybox={digest}", "--after-base", f"busybox={digest}"]
    assert because(capsys, app, *told)["RUN one"] == ["option:--platform"]
