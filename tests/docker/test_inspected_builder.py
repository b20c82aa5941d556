"""The version of BuildKit that a builder runs, out of what `docker buildx inspect` prints."""

from __future__ import annotations

import pytest

from layerscope.docker.inspected_builder import buildkit_of_engine, buildkit_version

REMOTE = """Name:          v32
Driver:        remote
Last Activity: 2026-11-25 17:27:53 +0000 UTC

Nodes:
Name:             v320
Endpoint:         unix:///run/buildkitd.sock
Status:           running
BuildKit version: {}
Platforms:        linux/amd64, linux/386
"""
ENGINE = REMOTE.replace("remote", "docker").replace("unix:///run/buildkitd.sock", "default")
OLD = "Name:   default\nDriver: docker\n\nNodes:\nName:      default\nStatus:    running\nBuildkit:  v0.11.7\n"
STOPPED = "Name:   c\nDriver: docker-container\n\nNodes:\nName:      c0\nStatus:    inactive\n"


def test_it_is_what_the_builder_says() -> None:
    assert buildkit_version(REMOTE.format("v0.32.2"), lambda: "28.5.2") == "0.32.2"
    assert buildkit_version(ENGINE.format("v0.25.2+dfsg"), lambda: None) == "0.25.2+dfsg"
    assert buildkit_version(OLD, lambda: None) == "0.11.7"


def test_a_builder_that_does_not_run_says_none() -> None:
    assert buildkit_version(STOPPED, lambda: "28.5.2") is None


def test_an_engine_that_does_not_know_it_has_its_own() -> None:
    unknown = "v0.0.0+unknown"  # as Debian builds it
    assert buildkit_version(ENGINE.format(unknown), lambda: "28.5.2+dfsg4") == "0.25"
    assert buildkit_version(ENGINE.format(unknown), lambda: None) is None
    assert buildkit_version(REMOTE.format(unknown), lambda: "28.5.2") is None


@pytest.mark.parametrize(
    ("engine", "buildkit"),
    [
        ("24.0.7", "0.11"),
        ("28.5.2", "0.25"),
        ("29.0.0", "0.25"),
        ("29.1.5", "0.26"),
        ("29.7.2", "0.32"),
        ("99.1", None),
    ],
)
def test_each_engine_brings_one(engine: str, buildkit: str | None) -> None:
    assert buildkit_of_engine(engine) == buildkit
