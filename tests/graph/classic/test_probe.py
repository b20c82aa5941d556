"""What each instruction makes of the classic builder's config."""

from __future__ import annotations

import pytest

from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.graph.classic.config import ClassicConfig
from layerscope.graph.classic.probe import classic_probe
from layerscope.graph.options import BaseImage

SH = ("/bin/sh", "-c")


def probed(
    *instructions: str, args: dict[str, str] | None = None, proxies: dict[str, str] | None = None
) -> dict[str, object]:
    """The parts of the last of some instructions that are not as a plain image has them."""
    dockerfile = parse_dockerfile("\n".join(("FROM busybox", *instructions)).encode(), "Dockerfile")
    config = ClassicConfig.of_image(BaseImage("busybox"), "\\")
    config.args.update(args or {})
    config.proxies.update(proxies or {})
    for instruction in dockerfile.stages[0].instructions:
        parts = classic_probe(instruction, config)
    return {part.name: value for part, value in parts if value not in ("", (), False)}


@pytest.mark.parametrize(
    ("instructions", "expected"),
    [
        (["ENV A=1 B=$A"], {"command": ("ENV", (("A", "1"), ("B", ""))), "environment": (("A", "1"), ("B", ""))}),
        (["WORKDIR /a", "WORKDIR b/../c"], {"command": ("WORKDIR", "/a/c"), "working directory": "/a/c"}),
        (["USER app"], {"command": ("USER", "app"), "user": "app"}),
        (
            ['SHELL ["a"]', "CMD b"],
            {"command": ("CMD", ("a", "b")), "shell": ("a",), "metadata": (("CMD", ("a", "b")),)},
        ),
        (["ONBUILD RUN a"], {"command": ("ONBUILD", "RUN a"), "triggers": ("RUN a",)}),
        (['ENTRYPOINT ["a"]'], {"command": ("ENTRYPOINT", ("a",)), "metadata": (("ENTRYPOINT", ("a",)),)}),
        (
            ["LABEL b=1 a=2", "LABEL b=3"],
            {"command": ("LABEL", (("b", "3"),)), "metadata": (("labels", (("a", "2"), ("b", "3"))),)},
        ),
        (
            ["EXPOSE 80", "EXPOSE 53/udp 80/tcp"],
            {
                "command": ("EXPOSE", ("53/udp", "80/tcp")),
                "metadata": (("ports", (("53/udp", True), ("80/tcp", True))),),
            },
        ),
        (["VOLUME /b /a"], {"command": ("VOLUME", ("/b", "/a")), "metadata": (("volumes", ("/a", "/b")),)}),
        (["STOPSIGNAL TERM"], {"command": ("STOPSIGNAL", "TERM"), "metadata": (("STOPSIGNAL", "TERM"),)}),
        (
            ["HEALTHCHECK NONE"],
            {"command": ("HEALTHCHECK", ("NONE", (), ())), "metadata": (("HEALTHCHECK", ("NONE", (), ())),)},
        ),
        (["MAINTAINER me"], {"command": ("MAINTAINER", "me")}),
        (["ARG A=1"], {"command": ("ARG", (("A", "1"),))}),
        (["RUN a"], {"command": ("RUN", (*SH, "a"))}),
        (["COPY --chown=a b /c"], {"command": ("COPY", "a", "/c")}),
    ],
)
def test_an_instruction(instructions: list[str], expected: dict[str, object]) -> None:
    assert probed(*instructions) == expected


def test_a_run_has_the_arguments_that_no_variable_hides() -> None:
    found = probed("ENV B=2", "RUN a", args={"B": "1", "A": "1"})
    assert (found["command"], found["build arguments"]) == (("RUN", (*SH, "a")), (("A", "1"),))


def test_a_proxy_counts_by_being_there_where_no_argument_does() -> None:
    assert probed("RUN a", proxies={"HTTP_PROXY": "http://a"})["proxy"] is True
    assert "proxy" not in probed("RUN a", proxies={"HTTP_PROXY": "http://a"}, args={"A": "1"})
    assert "proxy" not in probed("ENV HTTP_PROXY=x", "RUN a", proxies={"HTTP_PROXY": "http://a"})
    assert probed("LABEL a=$HTTP_PROXY", proxies={"HTTP_PROXY": "b"})["command"] == ("LABEL", (("a", "b"),))


@pytest.mark.parametrize(
    ("instruction", "message"),
    [
        ("RUN --network=none a", "require BuildKit"),
        ("WORKDIR $NOTHING", "WORKDIR of nothing"),
        ("STOPSIGNAL 0", "invalid signal: 0"),
        ("EXPOSE a", "invalid containerPort: a"),
    ],
)
def test_what_the_classic_builder_refuses(instruction: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        probed(instruction)
