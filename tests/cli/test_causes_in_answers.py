"""Causes are values: what they point to is in their fields, and a name that reads like a token is still a name."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run import layerscope

NAMES = ["cold", "ARG V", "Dockerfile:4", "FROM busybox", "ignore:.dockerignore", "option:--no-cache", "step:RUN x"]

# What differs of a file between two contexts → the part, and the clause that tells it.
PARTS = {
    "content": ("g changed", lambda g: g.write_text("other")),
    "mode": ("the mode of g changed", lambda g: g.chmod(0o755)),
    "removed": ("g was removed", lambda g: g.unlink()),
    "type": ("g is of another type", lambda g: (g.unlink(), g.mkdir(), (g / "in").write_text("x"))),
    "link": ("g points elsewhere", None),
    "added": ("g was added", None),
}


def contexts(place: Path, dockerfile: str, before: dict[str, str], after: dict[str, str] | None = None) -> list[str]:
    for side, files in (("before", before), ("after", before if after is None else after)):
        (place / side).mkdir()
        (place / side / "Dockerfile").write_text(dockerfile)
        for name, text in files.items():
            (place / side / name).write_text(text)
            (place / side / name).chmod(0o644)
    return [str(place / "before"), "--after", str(place / "after")]


Simulated = Callable[[list[str]], list[dict[str, Any]]]


@pytest.fixture
def simulated(capsys: pytest.CaptureFixture[str]) -> Simulated:
    def steps(arguments: list[str]) -> list[dict[str, Any]]:
        done = layerscope(capsys, "simulate", *arguments, "--format", "json")
        assert done.status == 0, done.err
        found: list[dict[str, Any]] = done.document["steps"]
        return found

    return steps


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_named_like_a_token_is_a_file(name: str, tmp_path: Path, simulated: Simulated) -> None:
    arguments = contexts(tmp_path, "FROM scratch\nCOPY . /x/\n", {name: "1"}, {name: "2"})
    copy = simulated(arguments)[-1]
    assert copy["because"] == [name]
    assert copy["reason"] == f"{name} changed"
    expected = {"kind": "file", "path": name, "line": None, "name": None, "part": "content", "text": f"{name} changed"}
    assert copy["causes"] == [expected]


@pytest.mark.parametrize("part", PARTS)
def test_what_of_a_file_differs(part: str, tmp_path: Path, simulated: Simulated) -> None:
    text, edit = PARTS[part]
    arguments = contexts(
        tmp_path, "FROM scratch\nCOPY . /x/\n", {"f": "1"} if part in {"added", "link"} else {"f": "1", "g": "2"}
    )
    file = tmp_path / "after" / "g"
    if part == "added":
        file.write_text("new")
    elif part == "link":
        file.symlink_to("f")
        (tmp_path / "before" / "g").symlink_to("h")
    elif edit is not None:
        edit(file)
    (first, *rest) = [cause for cause in simulated(arguments)[-1]["causes"] if cause["path"] == "g"]
    assert (first["part"], first["text"], rest) == (part, text, [])


def test_a_named_change_is_one_of_content(tmp_path: Path, simulated: Simulated) -> None:
    context, *_ = contexts(tmp_path, "FROM scratch\nCOPY . /x/\n", {"f": "1"})
    assert [cause["part"] for cause in simulated([context, "--change", "f"])[-1]["causes"]] == ["content"]


def test_causes_point_to_places(tmp_path: Path, simulated: Simulated) -> None:
    dockerfile = "FROM busybox\nARG V=1\nRUN echo $V\nCOPY . /x/\n"
    arguments = contexts(tmp_path, dockerfile, {"f": "1"}, {"f": "2"})
    steps = simulated([*arguments, "--after-build-arg", "V=2"])
    path = str(tmp_path / "after" / "Dockerfile")
    text = "build argument V has another value"
    argument = {"kind": "argument", "path": path, "line": 2, "name": "V", "part": None, "text": text}
    assert steps[1]["causes"] == [argument]
    # Inherited causes and the step's own stand in the order of their tokens.
    assert steps[2]["because"] == ["ARG V", "f"]
    assert [cause["kind"] for cause in steps[2]["causes"]] == ["argument", "file"]


def test_a_place_is_a_file_however_the_side_was_made(tmp_path: Path, simulated: Simulated) -> None:
    context, *_ = contexts(tmp_path, "FROM busybox\nCOPY f /x\n", {"f": "1"})
    dockerfile = Path(context) / "Dockerfile"
    patch = tmp_path / "p.diff"
    head = "diff --git a/Dockerfile b/Dockerfile\n--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,2 +1,2 @@\n"
    patch.write_text(f"{head} FROM busybox\n-COPY f /x\n+COPY f /y\n")
    (cause,) = simulated([context, "--diff", str(patch)])[-1]["causes"]
    assert (cause["kind"], cause["path"], cause["line"]) == ("dockerfile", str(dockerfile), 2)

    with tarfile.open(tmp_path / "after.tar", "w") as archive:
        dockerfile.write_text("FROM busybox\nCOPY f /y\n")
        archive.add(context, ".")
    dockerfile.write_text("FROM busybox\nCOPY f /x\n")
    (cause,) = simulated([context, "--after", str(tmp_path / "after.tar")])[-1]["causes"]
    assert (cause["kind"], cause["path"], cause["line"]) == ("dockerfile", "Dockerfile", 2)


def test_a_run_that_reads_like_a_link_row_is_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    context, *_ = contexts(tmp_path, "FROM busybox\nCOPY f /f\nRUN [ -f /f ] LINK it\n", {"f": "1"})
    words = ("simulate", context, "--change", "f", "--builder", "classic", "--estimate", "--format", "json")
    document = layerscope(capsys, *words).document
    assert [step["cost_seconds"] is None for step in document["steps"]] == [True, False, True]
    assert document["summary"]["rebuild_seconds"] is None, "the seconds of the RUN are missing"


def test_lines_bases_rules_options_and_git(tmp_path: Path, simulated: Simulated) -> None:
    arguments = contexts(tmp_path, "FROM busybox\nCOPY . /x/\n", {"f": "1"})
    base = simulated([arguments[0], "--after-base", "busybox=sha256:" + "1" * 64])[0]["causes"]
    assert [(c["kind"], c["name"], c["line"]) for c in base] == [("base", "busybox", 1)]
    forced = simulated([*arguments, "--no-cache"])[1]["causes"]
    assert [(c["kind"], c["name"], c["text"]) for c in forced] == [("option", "--no-cache", "--no-cache was given")]

    (tmp_path / "after" / ".dockerignore").write_text("f\n")
    ruled = simulated(arguments)[1]["causes"]
    assert [(c["kind"], c["path"], c["part"]) for c in ruled] == [
        ("file", ".dockerignore", "added"),
        ("ignore", ".dockerignore", None),
    ]
    (tmp_path / "after" / ".dockerignore").unlink()

    (tmp_path / "after" / "Dockerfile").write_text("FROM busybox\nCOPY f /y/\n")
    edited = simulated(arguments)[1]["causes"]
    assert [(c["kind"], c["path"], c["line"]) for c in edited] == [
        ("dockerfile", str(tmp_path / "after" / "Dockerfile"), 2)
    ]
    (tmp_path / "after" / "Dockerfile").write_text("FROM busybox\nCOPY . /x/\n")

    for side in ("before", "after"):
        (tmp_path / side / ".git").mkdir()
        (tmp_path / side / ".git" / "HEAD").write_text(side)
    assert [(c["kind"], c["path"]) for c in simulated(arguments)[1]["causes"]] == [("git", ".git/HEAD")]


def test_a_base_of_two_stages_is_one_cause(tmp_path: Path, simulated: Simulated) -> None:
    dockerfile = "FROM busybox AS a\nRUN make\nFROM busybox\nCOPY --from=a /x /x\nRUN test\n"
    context, *_ = contexts(tmp_path, dockerfile, {"f": "1"})
    last = simulated([context, "--after-base", "busybox=sha256:" + "1" * 64])[-1]
    assert last["because"] == ["FROM busybox"]
    assert [(cause["kind"], cause["line"]) for cause in last["causes"]] == [("base", 1)]


def test_bytes_of_a_step_are_a_cause_that_names_it(tmp_path: Path, simulated: Simulated) -> None:
    dockerfile = "FROM busybox AS b\nCOPY f /f\nRUN make\nFROM busybox\nCOPY --from=b /out /out\n"
    steps = simulated(contexts(tmp_path, dockerfile, {"f": "1"}, {"f": "2"}))
    (cause,) = steps[-1]["causes"]
    assert (cause["kind"], cause["name"], cause["line"]) == ("step", "[b 3/3] RUN make", 3)
    assert cause["path"] == str(tmp_path / "after" / "Dockerfile")
    assert steps[-1]["because"] == ["step:[b 3/3] RUN make"]
