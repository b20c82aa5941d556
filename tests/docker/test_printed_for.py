"""Whose a row is: bake targets, compose services and platforms in printed names, as data."""

from __future__ import annotations

import pytest

from layerscope.docker.platforms import printed_platform
from layerscope.docker.printed_for import of_target, printed_for, printed_targets, without_target

WEB = frozenset({"web", "api"})


@pytest.mark.parametrize(
    ("name", "targets", "target", "platform", "own"),
    [
        ("[build 2/3] RUN make", (), "", "", "[build 2/3] RUN make"),
        ("[web 2/3] RUN make", (), "", "", "[web 2/3] RUN make"),
        ("[web 2/3] RUN make", WEB, "web", "", "[2/3] RUN make"),
        ("[web web 2/3] RUN make", WEB, "web", "", "[web 2/3] RUN make"),
        ("[web  9/12] RUN make", WEB, "web", "", "[9/12] RUN make"),
        ("[linux/amd64 build 2/3] RUN a/b", (), "", "linux/amd64", "[linux/amd64 build 2/3] RUN a/b"),
        ("[linux/amd64->arm64 2/3] RUN make", (), "", "linux/arm64", "[linux/amd64->arm64 2/3] RUN make"),
        ("[linux/amd64->arm/v7 2/3] RUN make", (), "", "linux/arm/v7", "[linux/amd64->arm/v7 2/3] RUN make"),
        ("[linux/amd64->windows/amd64 b 2/3] RUN", (), "", "windows/amd64", "[linux/amd64->windows/amd64 b 2/3] RUN"),
        ("[api linux/arm64 b 2/3] RUN make", WEB, "api", "linux/arm64", "[linux/arm64 b 2/3] RUN make"),
        ("Step 2/3 : RUN make", WEB, "", "", "Step 2/3 : RUN make"),
    ],
)
def test_the_parts_of_a_name(name: str, targets: frozenset[str], target: str, platform: str, own: str) -> None:
    assert printed_for(name, targets)[:2] == (target, platform)
    assert without_target(name, targets) == own
    if target:
        assert without_target(of_target(own, target), targets) == own


@pytest.mark.parametrize(
    ("names", "targets"),
    [
        (["[internal] load build definition from Dockerfile", "[web 2/3] RUN make"], set()),
        (["[linux/arm64 internal] load metadata for docker.io/library/a:1", "[web 2/3] RUN make"], set()),
        (["[web internal] load build definition from Dockerfile", "[web 2/3] RUN make"], {"web"}),
        (["[internal] load local bake definitions", "[web internal] load .dockerignore", "[api 2/3] RUN"], WEB),
        (["[web linux/amd64 2/3] RUN make", "[api linux/amd64 2/3] RUN make"], WEB),
        (["[web build 2/3] RUN make", "[api 2/3] RUN make"], WEB),
        (["[web 2/3] RUN make", "[api 2/3] RUN make"], set()),
        (["FROM docker.io/library/busybox:latest", "exporting to image"], set()),
    ],
)
def test_a_log_bears_its_targets_or_not(names: list[str], targets: set[str]) -> None:
    assert printed_targets(names) == targets


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("windows/amd64", "windows/amd64"),
    ],
)
def test_platforms_as_they_are_printed(asked: str, printed: str) -> None:
    assert printed_platform(asked) == printed
