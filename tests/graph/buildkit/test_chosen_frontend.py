"""Which frontend reads a Dockerfile, and what is said where that is not certain."""

from __future__ import annotations

import pytest

from layerscope.context.tree import EMPTY
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.errors import InputError
from layerscope.graph.builder import new_solver
from layerscope.graph.buildkit.chosen_frontend import chosen_frontend
from layerscope.graph.buildkit.versions import FRONTENDS, rules_of
from layerscope.graph.options import BuildOptions
from layerscope.graph.steps import BuildInput

PARENTS = "FROM scratch\nCOPY --parents *.c /z/\n"
DEVICE = "FROM scratch\nRUN --device=v/d true\n"


def assumed(text: str, version: str = "", **arguments: str) -> list[str]:
    """What a build takes for granted of its frontend. Raises InputError where it is refused."""
    options = BuildOptions(builder_version=version, build_args=arguments)
    built = new_solver(options).build(BuildInput(parse_dockerfile(text, "Dockerfile"), EMPTY, options))
    return [f"{each.subject} {each.text}" for each in built.assumptions if each.kind == "frontend"]


def test_without_a_syntax_it_is_the_daemons_own() -> None:
    assert assumed(PARENTS, "0.26") == []
    with pytest.raises(InputError, match="unknown flag: --parents"):
        assumed(PARENTS, "0.25")
    with pytest.raises(InputError, match="unknown flag: --device"):
        assumed(DEVICE)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("docker/dockerfile:1.19", "1.19"), ("docker.io/docker/dockerfile:1.20.3", "1.20"),
        ("docker/dockerfile:1.26@sha256:" + "0" * 64, "1.26"), ("docker/dockerfile:1", "1.26"),
        ("docker/dockerfile", "1.26"), ("docker/dockerfile:1.4", "1.19"), ("docker/dockerfile:1.99", "1.26"),
        ("example.com/frontend:2", "1.26"), ("dockerfile.v0", "1.22"),
    ],
)  # fmt: skip
def test_a_syntax_has_the_rules_of_its_release(image: str, version: str) -> None:
    dockerfile = parse_dockerfile(f"# syntax={image}\nFROM scratch\n", "Dockerfile")
    daemon = rules_of("0.28")
    assert chosen_frontend(dockerfile, BuildOptions(), daemon).rules.version == version
    plain = parse_dockerfile("FROM scratch\n", "Dockerfile")
    given = BuildOptions(build_args={"BUILDKIT_SYNTAX": image})
    assert chosen_frontend(plain, given, daemon).rules.version == version


@pytest.mark.parametrize("image", ["docker/dockerfile:1.19-labs", "docker/dockerfile:labs", "docker/dockerfile:1-labs"])
def test_the_labs_have_all_flags(image: str) -> None:
    assumed(f"# syntax={image}\n{DEVICE}", "0.25")
    assumed(f"# syntax={image}\n{PARENTS}", "0.25")


def test_a_frontend_goes_before_the_daemons_own() -> None:
    with pytest.raises(InputError, match="unknown flag: --parents"):
        assumed(f"# syntax=docker/dockerfile:1.19\n{PARENTS}", "0.32")
    assert assumed(f"# syntax=docker/dockerfile:1.20\n{PARENTS}", "0.32") == []


def test_of_a_tag_that_moves_only_what_hangs_on_it_is_said() -> None:
    syntax = "# syntax=docker/dockerfile:1\n"
    newest = list(FRONTENDS)[-1]
    said = [f"docker/dockerfile:1 the tag moves, and is taken as docker/dockerfile:{newest}"]
    assert assumed(f"{syntax}FROM scratch\nCOPY *.c /z/\n") == []
    assert assumed(syntax + PARENTS) == said
    assert assumed(f"{syntax}FROM scratch\nRUN <<-EOF\n\t#!/bin/sh\n\ttrue\nEOF\n") == said
    assert assumed(f"{syntax}ARG SOURCE_DATE_EPOCH=1\nFROM scratch\nWORKDIR /w\n") == said


@pytest.mark.parametrize("image", ["docker/dockerfile:1.4", "docker/dockerfile:1.99", "example.com/frontend:2"])
def test_of_a_frontend_that_is_not_modelled_it_is_always_said(image: str) -> None:
    (said,) = assumed(f"# syntax={image}\nFROM scratch\nCOPY *.c /z/\n")
    assert said.startswith(f"{image} ")
