"""Which platform of several is taken."""

from __future__ import annotations

import pytest

from layerscope.docker.platforms import choose, parse_platform_option
from layerscope.errors import InputError


@pytest.mark.parametrize(
    ("offered", "wanted", "chosen"),
    [
        ("linux/arm64", None, 0),
        ("linux/arm64 linux/amd64", None, 1),
        ("linux/amd64 linux/arm64/v8", "linux/arm64", 1),
        ("linux/amd64 linux/arm64", "linux/arm64/v8", 1),
        ("linux/amd64 linux/arm64", "linux/aarch64", 1),
        ("linux/amd64", "linux/x86_64", 0),
        ("linux/arm/v6 linux/arm/v7", "linux/arm", 1),
        ("linux/arm/v5 linux/arm/v6", "linux/arm", 0),
        ("linux/arm/v6 linux/arm/v7", "linux/arm/v6", 0),
        ("windows/amd64 linux/amd64", "Linux/AMD64", 1),
    ],
)
def test_choice(offered: str, wanted: str | None, chosen: int) -> None:
    platforms = [parse_platform_option(text) for text in offered.split()]
    assert choose(platforms, parse_platform_option(wanted) if wanted else None, "image") == chosen


@pytest.mark.parametrize(
    ("offered", "wanted", "message"),
    [
        ("linux/amd64 linux/arm64", "linux/s390x", "no image for linux/s390x (there is linux/amd64, linux/arm64)"),
        ("linux/s390x linux/arm64", None, "choose one with --platform: linux/s390x, linux/arm64"),
        ("linux/arm/v7", "linux/arm/v6", "no image for linux/arm/v6"),
    ],
)
def test_no_choice(offered: str, wanted: str | None, message: str) -> None:
    platforms = [parse_platform_option(text) for text in offered.split()]
    with pytest.raises(InputError) as raised:
        choose(platforms, parse_platform_option(wanted) if wanted else None, "image")
    assert message in str(raised.value)


@pytest.mark.parametrize("text", ["linux", "", "linux/", "/amd64", "a/b/c/d"])
def test_what_is_no_platform(text: str) -> None:
    with pytest.raises(InputError, match="--platform takes OS/ARCH"):
        parse_platform_option(text)
