"""Docker's rules for names."""

from __future__ import annotations

import pytest

from layerscope.docker.image_name import parse_name, same_image
from layerscope.errors import InputError

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("ubuntu", "docker.io/library/ubuntu:latest"),
        ("library/ubuntu", "docker.io/library/ubuntu:latest"),
        ("docker.io/ubuntu:24.04", "docker.io/library/ubuntu:24.04"),
        ("index.docker.io/library/ubuntu", "docker.io/library/ubuntu:latest"),
        ("user/app:1", "docker.io/user/app:1"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        ("host:5000/a/b", "host:5000/a/b:latest"),
        ("ghcr.io/Owner/app".lower(), "ghcr.io/owner/app:latest"),
        ("HOST/app", "HOST/app:latest"),
        ("[::1]:5000/app", "[::1]:5000/app:latest"),
        ("app:5000", "docker.io/library/app:5000"),
        (f"app@{SHA}", f"docker.io/library/app@{SHA}"),
        (f"app:1@{SHA}", f"docker.io/library/app@{SHA}"),
        ("a__b/c-d.e", "docker.io/a__b/c-d.e:latest"),
    ],
)
def test_names_in_full(text: str, full: str) -> None:
    assert str(parse_name(text)) == full
    assert parse_name(full) == parse_name(str(parse_name(full)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ubuntu",
        "a//b",
        "/a",
        "a/",
        "a:",
        "a:-x",
        "a@",
        "a@sha256:short",
        "a b",
        "f" * 64,
        "a/" + "b" * 300,
        "-a",
        "a..b",
        "\u00e9",
    ],
)
def test_what_docker_refuses(text: str) -> None:
    with pytest.raises(InputError, match="not the name of an image"):
        parse_name(text)


def test_tag_and_digest_are_kept_as_written() -> None:
    name = parse_name(f"app:1@{SHA}")
    assert (name.repository, name.tag, name.digest, name.version) == ("docker.io/library/app", "1", SHA, SHA)


def test_the_same_image_by_several_names() -> None:
    assert same_image("ubuntu", "docker.io/library/ubuntu:latest")
    assert not same_image("ubuntu", "ubuntu:24.04")
    assert same_image("No Name", "No Name")
    assert not same_image("No Name", "ubuntu")
