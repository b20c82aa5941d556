"""Histories replayed with another Dockerfile: `replay --with-file` and `compare --commits`."""

from __future__ import annotations

from pathlib import Path

import pytest
from run import layerscope
from small_history import DOCKERFILE, TIMES, commit, replayed, six_commits


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
    assert (history["commits"], history["comparable"], history["lost"]) == (5, 5, [])
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


OLD = "FROM busybox\nCOPY . /a/\nRUN deps\nRUN build\n"
NEW = "FROM busybox\nCOPY deps.lock /a/\nRUN deps\nCOPY . /a/\nRUN build\n"


@pytest.fixture
def late_lock(tmp_path: Path) -> Path:
    """Eight commits, the first four without the lock that a new Dockerfile needs, the last two without a Dockerfile."""
    place = tmp_path / "late"
    commit(
        place, {"Dockerfile": "FROM busybox\nCOPY . /a/\nRUN deps\nRUN build\n", ".dockerignore": ".git\n", "a": "1"}
    )
    for text in "234":
        commit(place, {"a": text})
    commit(place, {"deps.lock": "1"})
    commit(place, {"a": "6"})
    commit(place, {"Dockerfile": None, "a": "7"})
    commit(place, {"a": "8"})
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "Dockerfile").write_text(NEW)
    (tmp_path / "new" / "deps.lock").write_text("1")
    return place


def test_only_commits_that_both_can_build_are_compared(
    late_lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new" / "Dockerfile"
    document = replayed(capsys, late_lock, "--with-file", new)
    beside = document["with_file"]
    assert (beside["commits"], beside["comparable"]) == (7, 1), "the new file's first build is not held against another"
    assert [one["side"] for one in beside["lost"]] == ["after"] * 4 + ["before"] * 2
    assert beside["lost"][0]["commit"] == document["commits"][0]["commit"]
    assert 'COPY source "/deps.lock": not found' in beside["lost"][0]["error"]
    assert "no such Dockerfile" in beside["lost"][5]["error"]
    assert (beside["before"]["rebuilt"], beside["after"]["rebuilt"]) == (3, 2)
    assert (document["summary"]["rebuilt"], beside["summary"]["rebuilt"]) == (3, 2)
    assert [len(one["steps"]) for one in document["commits"]] == [4] * 6 + [0] * 2, "commits are told all the same"

    done = layerscope(capsys, "replay", late_lock, "--with-file", new)
    assert done.out.startswith("1 commit that both can build re-ran 3 steps")
    assert f"With {new} it would have been 2 steps; 6 commits are lost: not both sides can build them." in done.out
    html = tmp_path / "page.html"
    assert layerscope(capsys, "replay", late_lock, "--with-file", new, "--html", html).status == 0
    for shown in (done.out, html.read_text().replace("&quot;", '"')):
        assert "Commits that cannot be compared" in shown
        assert shown.count('COPY source "/deps.lock": not found') >= 4
        assert "no such Dockerfile in this commit" in shown


def test_compare_counts_as_replay_does(late_lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (late_lock / "Dockerfile").write_text(OLD)
    words = ("compare", late_lock, tmp_path / "new", "--commits", "20", "--change", "deps.lock")
    history = layerscope(capsys, *words, "--format", "json").document["history"]
    # The Dockerfile of the first side is taken for all commits, so that these six alone are told apart.
    assert (history["commits"], history["comparable"]) == (7, 3)
    assert [one["side"] for one in history["lost"]] == ["after"] * 4
    assert (history["before"]["rebuilt"], history["after"]["rebuilt"]) == (9, 6)
    said = layerscope(capsys, *words)
    assert said.out.startswith(
        "The 3 commits that both can build would have re-run 9 steps before and 6 steps after; "
        "4 commits are lost: not both sides can build them."
    )
    assert "Commits that cannot be compared" in said.out


def test_nothing_to_compare_is_said(late_lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "none.Dockerfile"
    other.write_text("FROM busybox\nCOPY never /a/\n")
    done = layerscope(capsys, "replay", late_lock, "--with-file", other)
    assert done.out.startswith("No build to count in 8 commits; 8 commits are lost: not both sides can build them.\n")
    words = ("--with-file", other, "--include-cold")
    assert replayed(capsys, late_lock, *words)["with_file"]["comparable"] == 0


def test_a_first_build_is_held_against_a_first_build_alone(
    repo: Path, late_lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new" / "Dockerfile"
    beside = replayed(capsys, late_lock, "--with-file", new, "--include-cold")["with_file"]
    assert (beside["comparable"], beside["before"]["rebuilt"], beside["after"]["rebuilt"]) == (1, 3, 2)
    new.write_text("FROM busybox\nCOPY lock /a/\nRUN install\n")
    counted = [replayed(capsys, repo, "--with-file", new, *more)["with_file"] for more in ((), ("--include-cold",))]
    assert [one["comparable"] for one in counted] == [5, 6]
    assert [one["after"]["rebuilt"] for one in counted] == [2, 4]


def test_the_classic_builder_reads_no_ignore_file_of_the_dockerfile(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "new.Dockerfile"
    other.write_text("FROM busybox\nCOPY src /a/\n")
    (tmp_path / "new.Dockerfile.dockerignore").write_text("src\n")
    found = {}
    for builder in ("buildkit", "classic"):
        beside = replayed(capsys, repo, "--with-file", other, "--builder", builder)["with_file"]
        found[builder] = len(beside["lost"]), [one["rebuilt"] for one in beside["by_commit"]]
    assert found == {"buildkit": (6, [0] * 6), "classic": (0, [1, 1, 0, 0, 0, 0])}
