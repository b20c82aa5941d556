"""Histories replayed with another Dockerfile: `replay --with-file` and `compare --commits`."""

from __future__ import annotations

from pathlib import Path

import pytest
from run import layerscope
from small_history import DOCKERFILE, TIMES, replayed, six_commits


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return six_commits(tmp_path / "repo")


def test_another_dockerfile_for_all_commits(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "new.Dockerfile"
    other.write_text("FROM busybox\nCOPY lock /a/\nRUN install\n")
    document = replayed(capsys, repo, "--with-file", other)
    assert document["with_file"]["summary"]["rebuilt"] == 2
    assert document["summary"]["rebuilt"] == 6
    page = layerscope(capsys, "replay", repo, "--with-file", other).out
    assert f"With {other} it would have been 2 steps" in " ".join(page.split())


def test_compare_replays_both_dockerfiles_over_the_history(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after = tmp_path / "after"
    after.mkdir()
    (after / "Dockerfile").write_text("FROM busybox\nCOPY lock /a/\nRUN install\nCOPY src /a/src/\nRUN build\n")
    (after / "lock").write_text("1")
    (after / "src").mkdir()
    (after / "src" / "a").write_text("1")
    (tmp_path / "log").write_text(TIMES + "#5 [4/5] COPY src /a/src/\n#5 DONE 0.1s\n")
    words = ("--commits", "10", "--timings", tmp_path / "log", "--change", "lock")
    done = layerscope(capsys, "compare", repo, after, *words, "--format", "json")
    assert done.status == 0, done.err
    history = done.document["history"]
    assert (history["commits"], history["unbuildable"]) == (5, 0)
    assert (history["before"]["rebuild_seconds"], history["before"]["rebuilt"]) == (50.5, 6)
    assert (history["after"]["rebuild_seconds"], history["after"]["rebuilt"]) == (50.3, 6)
    page = layerscope(capsys, "compare", repo, after, *words).out
    assert page.startswith("The last 5 commits would have re-run 6 steps (50 s) before and 6 steps (50 s) after.")
    html = tmp_path / "page.html"
    assert layerscope(capsys, "compare", repo, after, *words, "--html", html).status == 0
    assert "Over the last 5 commits" in html.read_text()
    # The other way round it is the second context that a repository tracks.
    turned = layerscope(capsys, "compare", after, repo, *words, "--format", "json").document["history"]
    assert (turned["before"], turned["after"]) == (history["after"], history["before"])
    lonely = layerscope(capsys, "compare", after, after, *words)
    assert (lonely.status, lonely.out) == (2, "")
    assert "tracks" in lonely.err
    assert "--commits" in layerscope(capsys, "compare", "history:none", "history:none", "--commits", "1").err


def test_ignore_files_of_a_fixed_dockerfile_count(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "new.Dockerfile"
    other.write_text(DOCKERFILE)
    (tmp_path / "new.Dockerfile.dockerignore").write_text("src\n.git\n")
    document = replayed(capsys, repo, "--with-file", other)
    assert (
        document["with_file"]["summary"]["rebuilt"] == 6
    )  # four for the lock, two for docs, which this file lets through
