"""A named context that is all of the repository sends its `.git`, which every commit changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import commit, git
from run import layerscope

FILES = {"app/Dockerfile": "FROM busybox\nCOPY --from=root . /r\nCOPY --from=root app /app\n", "f": "1"}
ROOT = ["--build-context", "root=."]
COMMIT = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "empty"]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(commit(tmp_path / "repo", FILES))
    git(tmp_path / "repo", *COMMIT)
    return tmp_path / "repo"


def because(capsys: pytest.CaptureFixture[str], *words: object) -> list[list[str]]:
    done = layerscope(capsys, "simulate", "app", *ROOT, *words, "--format", "json")
    assert done.status == 0, done.err
    return [step["because"] for step in done.document["steps"][1:]]


@pytest.mark.parametrize(
    ("words", "causes"),
    [
        (["--since", "HEAD~1"], [["root:.git"], ["root:.git"]]),
        (["--since", "HEAD"], [[], []]),
        (["--since", "HEAD~1", "--without-git"], [[], []]),
    ],
)
def test_a_commit_changes_it(
    repo: Path, capsys: pytest.CaptureFixture[str], words: list[str], causes: list[list[str]]
) -> None:
    assert repo.is_dir()
    assert because(capsys, *words) == causes


def test_a_diff_is_taken_to_be_committed(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repo.parent / "empty.diff").write_text("")
    assert because(capsys, "--diff", repo.parent / "empty.diff") == [["root:.git"], ["root:.git"]]


def test_its_own_rules_leave_it_out(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(repo, {".dockerignore": ".git\n"})
    git(repo, *COMMIT)
    assert because(capsys, "--since", "HEAD~1") == [[], []]


def test_every_commit_of_a_history_has_its_own(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, expected in (([], 2), (["--without-git"], 0)):
        done = layerscope(capsys, "replay", "app", *ROOT, *words, "--format", "json")
        last = done.document["commits"][-1]["steps"]
        assert sum(step["outcome"] == "rebuilt" for step in last) == expected
        again = layerscope(capsys, "replay", "app", *ROOT, *words, "--format", "json")
        assert again.document == done.document
    assert repo.is_dir()
