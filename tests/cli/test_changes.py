"""All ways to state a change give the same answer for the same change."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from repositories import git
from run import Done, layerscope

DOCKERFILE = "FROM busybox AS a\nCOPY src /src\nRUN make\nFROM busybox\nCOPY --from=a /src/x /x\nCOPY docs /docs\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose folder `app` is the context, committed clean."""
    app = tmp_path / "repo" / "app"
    for name, text in {
        "Dockerfile": DOCKERFILE,
        ".dockerignore": "ignored\n",
        ".gitignore": "out/\n",
        "src/x": "x\n",
        "src/y": "y\n",
        "docs/a b": "a\n",
        "docs/é": "é\n",
        "ignored/i": "i\n",
    }.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text)
    git(app.parent, "init", "-q")
    git(app.parent, "add", "-A")
    git(app.parent, "commit", "-qm", "one")
    (app / "docs" / "out").mkdir()
    (app / "docs" / "out" / "made").write_text("made")
    return app


def outcomes(done: Done) -> dict[str, tuple[str, list[str]]]:
    assert done.status == 0, done.err
    return {s["name"]: (s["outcome"], s["because"]) for s in done.document["steps"] if s["outcome"] != "cached"}


# the edit, and what it re-runs, by name and cause
COPY_X, MAKE = "[a 2/3] COPY src /src", "[a 3/3] RUN make"
FROM_A, DOCS = "[stage-1 2/3] COPY --from=a /src/x /x", "[stage-1 3/3] COPY docs /docs"
EDITS: dict[str, tuple[Callable[[Path], object], dict[str, tuple[str, list[str]]]]] = {
    "nothing": (lambda app: None, {}),
    "touch": (lambda app: os.utime(app / "docs" / "a b", (0, 0)), {}),
    "a file": (lambda app: (app / "docs/a b").write_text("new"), {DOCS: ("rebuilt", ["docs/a b"])}),
    "no ASCII": (lambda app: (app / "docs/é").write_text("new"), {DOCS: ("rebuilt", ["docs/é"])}),
    "a new file": (lambda app: (app / "docs/new").write_text("new"), {DOCS: ("rebuilt", ["docs/new"])}),
    "a file gone": (lambda app: (app / "docs/a b").unlink(), {DOCS: ("rebuilt", ["docs/a b"])}),
    "a mode": (lambda app: (app / "docs/a b").chmod(0o755), {DOCS: ("rebuilt", ["docs/a b"])}),
    "an ignored file": (lambda app: (app / "ignored/i").write_text("new"), {}),
    "an unread file": (lambda app: (app / "README").write_text("new"), {}),
    "a stage's source": (
        lambda app: (app / "src/y").write_text("new"),
        {
            COPY_X: ("rebuilt", ["src/y"]),
            MAKE: ("rebuilt", ["src/y"]),
            FROM_A: ("output_dependent", [f"step:{MAKE}"]),
            DOCS: ("output_dependent", [f"step:{MAKE}"]),
        },
    ),
    "the Dockerfile": (
        lambda app: (app / "Dockerfile").write_text(DOCKERFILE.replace("docs /docs", "docs /d")),
        {"[stage-1 3/3] COPY docs /d": ("rebuilt", ["Dockerfile:6"])},
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_since_diff_and_after_agree(edit: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change, expected = EDITS[edit]
    clean = Path(shutil.copytree(repository, repository.parent.parent / "clean"))
    change(repository)
    assert outcomes(layerscope(capsys, "simulate", repository, "--format", "json")) == expected
    assert outcomes(layerscope(capsys, "simulate", repository, "--since", "HEAD", "--format", "json")) == expected
    after = layerscope(capsys, "simulate", clean, "--after", repository, "--format", "json")
    assert outcomes(after) == expected
    git(repository, "add", "-A")
    patch = repository.parent.parent / "patch.diff"
    patch.write_bytes(git(repository, "diff", "--cached", "--no-color"))
    git(repository, "stash", "-q")
    assert outcomes(layerscope(capsys, "simulate", repository, "--diff", patch, "--format", "json")) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--change", "docs/a b"], {DOCS: ("rebuilt", ["docs/a b"])}),
        (["--change", "./docs/../docs/a b"], {DOCS: ("rebuilt", ["docs/a b"])}),
        (["--change", "docs/a*"], {DOCS: ("rebuilt", ["docs/a b"])}),
        (["--change", "docs"], {DOCS: ("rebuilt", ["docs/a b", "docs/out/made", "docs/é"])}),
        (["--add", "docs/x/y"], {DOCS: ("rebuilt", ["docs/x/y"])}),
        (["--remove", "docs/a b"], {DOCS: ("rebuilt", ["docs/a b"])}),
        (["--remove", "docs/out", "--add", "docs/b"], {DOCS: ("rebuilt", ["docs/b", "docs/out/made"])}),
        (["--change", "Dockerfile"], {}),
        (["--change", "ignored/i"], {}),
    ],
)
def test_named_paths(
    words: list[str],
    expected: dict[str, tuple[str, list[str]]],
    repository: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = layerscope(capsys, "simulate", repository, *words, "--format", "json")
    assert outcomes(done) == expected
    assert ("changes no step" in done.err) is (not expected)


@pytest.mark.parametrize("option", ["--change", "--remove"])
def test_a_path_below_a_link_is_what_the_link_leads_to(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("a")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "Dockerfile").write_text("FROM app\nCOPY real /real\n")
    done = layerscope(capsys, "simulate", tmp_path, option, "link/a", "--format", "json")
    assert done.document["steps"][1]["because"] == ["real/a"]


def test_after_build_arg_is_a_change_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nARG V\nCOPY Dockerfile /d\nRUN make\n")
    words = ("simulate", tmp_path, "--build-arg", "V=1", "--after-build-arg", "V=2", "--format", "json")
    assert outcomes(layerscope(capsys, *words)) == {"[3/3] RUN make": ("rebuilt", ["ARG V"])}


def test_an_archive_is_a_context_too(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(repository, ".")
    path = repository.parent / "context.tar.gz"
    path.write_bytes(packed.getvalue())
    expected = {DOCS: ("rebuilt", ["docs/a b"])}
    words = ("--change", "docs/a b", "--format", "json")
    assert outcomes(layerscope(capsys, "simulate", path, *words)) == expected
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(packed.getvalue())))
    assert outcomes(layerscope(capsys, "simulate", "-", *words)) == expected


@pytest.mark.parametrize(
    ("diff", "message"),
    [
        ("hello\n", "patch:1: is no git diff"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n", "patch:1: is no git diff"),
        ("diff --git a/app/src/x b/app/src/x\n@@ -1 +1 @@\n-other\n+y\n", "does not apply to app/src/x at line 1"),
        ("diff --git a/app/src/x b/app/src/x\n@@ -1,9 +1 @@\n-x\n", "ends in the middle of a hunk"),
        ("diff --git a/app/Dockerfile b/app/Dockerfile\ndeleted file mode 100644\n", "leaves no Dockerfile"),
    ],
)
def test_bad_diffs(diff: str, message: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patch = repository.parent / "patch"
    patch.write_text(diff)
    done = layerscope(capsys, "simulate", repository, "--diff", patch)
    assert done.status == 2
    assert message in done.err


def test_an_unknown_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, "simulate", repository, "--since", "nowhere")
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert "nowhere" in done.err
