"""A third builder touches its own module and one line of the table: then every question and every command know it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from repositories import commit, git, write
from run import layerscope
from toy_builder import Toy

import layerscope as layerscope_library
from layerscope.errors import InputError
from layerscope.graph.builder import BUILDERS, Builder, builder_named, builder_version
from layerscope.graph.options import BuildOptions

DOCKERFILE = "FROM busybox AS base\nRUN make\nFROM base\nCOPY app.rb /app/\nRUN test\n"
EDITED = DOCKERFILE.replace("RUN make", "RUN make all")
NAMES = [f"STEP {n}: {text}" for n, text in enumerate(DOCKERFILE.splitlines(), 1)]

Ask = Callable[..., dict[str, Any]]


def rebuilt(commit: dict[str, Any]) -> int:
    return sum(step["outcome"] == "rebuilt" for step in commit["steps"])


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUILDERS, "toy", Toy)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    place = commit(tmp_path / "app", {"Dockerfile": DOCKERFILE, "app.rb": "1", "notes.md": "n"})
    write(place, {"Dockerfile": EDITED})
    return place


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def asked(*words: object) -> dict[str, Any]:
        done = layerscope(capsys, *words, "--builder", "toy", "--format", "json")
        assert done.err == ""
        assert done.status == 0
        return done.document

    return asked


def test_a_name_that_no_builder_has_is_one_clear_error() -> None:
    with pytest.raises(InputError, match=f"kaniko: no builder has this name; there are {' and '.join(BUILDERS)}"):
        builder_named("kaniko")


@pytest.mark.parametrize("name", [*BUILDERS, "toy"])
def test_a_builder_has_the_name_it_is_found_by(name: str) -> None:
    builder: Builder = builder_named(name)
    assert builder.name == name
    assert builder_version(BuildOptions(builder=name)) == builder.versions[-1]


def test_simulate(ask: Ask, app: Path) -> None:
    document = ask("simulate", app, "--since", "HEAD")
    assert (document["builder"], document["builder_version"]) == ("toy", "2")
    steps = {step["name"]: step["outcome"] for step in document["steps"]}
    expected = ["cached", "rebuilt", "rebuilt", "rebuilt", "rebuilt"]
    assert list(steps.values()) == expected
    assert list(steps) == [name.replace("RUN make", "RUN make all") for name in NAMES]
    assert {token for step in document["steps"] for token in step["because"]} == {"Dockerfile:2"}


def test_it_passes_over_what_files_hold(ask: Ask, app: Path) -> None:
    document = ask("simulate", app, "--change", "app.rb", "--context-bytes")
    assert {step["outcome"] for step in document["steps"]} == {"cached"}
    context = document["cost"]["context"]
    assert context["changed_files"] == context["files"]  # it keeps no copy of the context


def test_a_version_of_its_own(capsys: pytest.CaptureFixture[str], ask: Ask, app: Path) -> None:
    assert ask("simulate", app, "--change", "app.rb", "--builder-version", "1")["builder_version"] == "1"
    assert ask("simulate", app, "--change", "app.rb", "--builder-version", "3")["builder_version"] == "3"
    done = layerscope(capsys, "simulate", app, "--change", ".", "--builder", "toy", "--builder-version", "new")
    assert (done.status, done.err) == (2, "layerscope: new: --builder-version takes a version, such as 2\n")


def test_explain(ask: Ask, app: Path) -> None:
    (made, *_) = ask("explain", app, "--since", "HEAD")["steps"]
    assert made["difference"] == {"part": "new", "before": None, "after": "a step that was not there"}
    assert [link["because"] for link in made["chain"]] == [["Dockerfile:2"]]


def test_context(ask: Ask, app: Path) -> None:
    write(app, {"Dockerfile.dockerignore": ".git\nnotes.md\n", ".dockerignore": ""})
    document = ask("context", app)
    assert document["ignore_file"] == "Dockerfile.dockerignore"
    assert {step["name"]: step["files"] for step in document["steps"]} == {NAMES[3]: 1}


def test_replay(ask: Ask, app: Path) -> None:
    commit(app)
    git(app, "revert", "--no-edit", "HEAD")
    document = ask("replay", app, "--include-cold")
    assert [rebuilt(commit) for commit in document["commits"]] == [5, 4, 0]  # going back finds what was built


def test_replay_goes_on_from_what_is_remembered(ask: Ask, app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layerscope.inputs.replayed._WORTH_KEEPING", 1)
    commit(app)
    first = ask("replay", app, "--include-cold")
    write(app, {"Dockerfile": DOCKERFILE})
    commit(app)
    again = ask("replay", app, "--include-cold")
    assert again["commits"][: len(first["commits"])] == first["commits"]
    assert rebuilt(again["commits"][-1]) == 0


def test_what_it_cannot_do_is_said(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    done = layerscope(capsys, "replay", app, "--builder", "toy", "--cache", "gha")
    assert (done.status, "the toy builder exports no cache" in done.err) == (2, True)
    done = layerscope(capsys, "verify", app, "--since", "HEAD", "--builder", "toy")
    assert (done.status, "verify builds as an engine does, with buildkit or classic" in done.err) == (2, True)


def test_compare(ask: Ask, app: Path) -> None:
    other = app.with_name("other")
    write(other, {"Dockerfile": EDITED + "RUN more\n", "app.rb": "1"})
    document = ask("compare", app, other, "--change", "app.rb")
    assert [row["change"] for row in document["steps"]] == ["same"] * 5 + ["added"]
    assert [row["before"]["rebuilt"] for row in document["scenarios"]] == [0]


def test_graph(ask: Ask, app: Path) -> None:
    document = ask("graph", app)
    edges = {(edge["source"], edge["target"]): edge["kind"] for edge in document["edges"]}
    edited = [name.replace("RUN make", "RUN make all") for name in NAMES]
    assert all(edges[pair] == "parent" for pair in pairwise(edited))
    assert edges["file:app.rb", edited[3]] == "reads"


def test_a_snapshot_keeps_it(ask: Ask, app: Path, tmp_path: Path) -> None:
    path = tmp_path / "side.json"
    layerscope_library.snapshot(layerscope_library.open_context(app, options=BuildOptions(builder="toy")), path)
    options = layerscope_library.open_context(path).options
    assert (options.builder, options.builder_version) == ("toy", "2")
