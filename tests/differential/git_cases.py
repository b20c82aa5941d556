"""Hand-written cases of git's own folder: repositories in which commits are made, and each is built with its `.git`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.differential.case import Build, Case, Files, file
from tests.differential.histories import committed
from tests.differential.real_builds import BuilderName
from tests.differential.traps import BOTH, BUILDKIT, Trap

_CONFIG = "COPY .git/config .git/description .git/hooks .git/info /the-same/"


def git_cases() -> list[Trap]:
    """Cases whose last state is a work tree that git can be asked about."""
    every = "FROM busybox / ADD . /httpbin / RUN ls /httpbin"
    selected = f"FROM busybox / {_CONFIG} / COPY .git/HEAD /h / COPY .git/logs /l / RUN cat /h"
    mounted = (
        "FROM busybox / RUN --mount=type=bind,source=.git/config,target=/g cat /g / "
        "RUN --mount=type=bind,source=.git,target=/g cat /g/HEAD"
    )
    return [
        _case("git-empty-commits", every, [{}, {}, {}]),
        _case("git-selections", selected, [{}, {}, {"a": "b"}]),
        _case("git-mounted", mounted, [{}, {}, {"a": "b"}], builders=BUILDKIT),
        _case("git-left-out", every, [{}, {".dockerignore": ".git\n"}, {".dockerignore": ".git\n"}]),
        _case("git-partly-left-out", every, [{".dockerignore": ".git/objects\n.git/logs\n"}] * 3),
        _case("git-config-alone", every, [{".dockerignore": ".git/*\n!.git/config\n"}] * 3),
    ]


def _case(name: str, dockerfile: str, states: list[dict[str, str]], builders: tuple[BuilderName, ...] = BOTH) -> Trap:
    """A commit for each state: the files in it, beside the Dockerfile and one that does not change."""
    text = "\n".join(dockerfile.split(" / ")) + "\n"
    files: list[Files] = [
        {path: file(content) for path, content in {"Dockerfile": text, "x": "x", **state}.items()} for state in states
    ]
    with tempfile.TemporaryDirectory() as folder:
        case = committed(Case(name, tuple(map(Build, files))), Path(folder)).case
    return Trap(case, builders)
