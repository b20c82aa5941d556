"""A second run of `layerscope replay` goes on where the first has come to, and says the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from repositories import git
from run import layerscope
from small_history import DOCKERFILE, commit, ran, replayed, six_commits

from tests.differential.generator import generate_history
from tests.differential.histories import committed


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return six_commits(tmp_path / "repo")


def test_a_second_run_goes_on_where_the_first_has_come_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layerscope.inputs.replayed._WORTH_KEEPING", 1)
    monkeypatch.setenv("LAYERSCOPE_CACHE", str(tmp_path / "cache"))
    files = list((tmp_path / "cache" / "replays").glob("*"))
    for seed in (3, 8, 21):
        case = generate_history(seed).case
        (tmp_path / case.name).mkdir()
        work = committed(case, tmp_path / case.name).work
        first = git(work, "rev-list", "--max-parents=0", "HEAD").decode().split()[0]
        ids = git(work, "rev-list", "--first-parent", "--reverse", "HEAD").decode().split()
        words = ("-f", work / case.builds[0].file) if case.builds[0].file else ()
        for end in (*ids[2::2], ids[-1], ids[3]):  # longer and longer, and one that is a part of what is known
            git(work, "checkout", "-q", end)
            asked = (work, *words, "--commits", "100", "--format", "json")
            known = layerscope(capsys, "replay", *asked).out
            assert known == layerscope(capsys, "replay", *asked, "--no-store").out, (seed, end)
        assert first == ids[0]
    files = list((tmp_path / "cache" / "replays").glob("*"))
    assert len(files) == 3
    for file in files:
        file.write_bytes(file.read_bytes()[:-5] + b"junk!")
    assert layerscope(capsys, "replay", *asked).out == known


def test_only_what_hangs_on_the_commits_alone_is_remembered(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layerscope.inputs.replayed._WORTH_KEEPING", 1)
    monkeypatch.setenv("LAYERSCOPE_CACHE", str(tmp_path / "cache"))
    commit(repo, {"Dockerfile": DOCKERFILE.replace("busybox", "alpine")}, day=21)
    assert "alpine" in str(replayed(capsys, repo)["assumptions"])
    git(repo, "reset", "-q", "--hard", "HEAD~1")
    assert "alpine" not in str(replayed(capsys, repo)["assumptions"])  # a part of what is known
    blob = git(repo, "rev-parse", "HEAD:Dockerfile").decode().strip()
    file = repo / ".git" / "objects" / blob[:2] / blob[2:]
    commit(repo, {"src/a": "7"}, day=22)
    kept = file.rename(tmp_path / "kept")
    assert not any(c["buildable"] for c in replayed(capsys, repo, "--range", "HEAD~2..HEAD")["commits"])
    kept.rename(file)
    assert all(c["buildable"] for c in replayed(capsys, repo, "--range", "HEAD~2..HEAD")["commits"])
    inner = tmp_path / "inner"
    commit(inner, {"f": "1"})
    git(repo, "submodule", "add", "-q", str(inner), "sub")
    commit(repo, {}, day=23)
    commit(repo / "sub", {"f": "2"})
    commit(repo, {}, day=24)
    words = ("--range", "HEAD~2..HEAD")
    assert "sub/f" in str(replayed(capsys, repo, *words)["commits"])
    shutil.rmtree(repo / "sub")
    document = replayed(capsys, repo, *words)
    assert "sub/f" not in str(document["commits"])
    assert "submodule" in str(document["assumptions"])


def test_what_was_rewritten_is_walked_anew(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layerscope.inputs.replayed._WORTH_KEEPING", 1)
    monkeypatch.setenv("LAYERSCOPE_CACHE", str(tmp_path / "cache"))
    replayed(capsys, repo)
    git(repo, "reset", "-q", "--hard", "HEAD~2")
    commit(repo, {"lock": "other"}, day=22)
    document = replayed(capsys, repo)
    assert [len(names) for names in ran(document)] == [4, 2, 4, 0, 4]
    assert document == replayed(capsys, repo, "--no-store")
