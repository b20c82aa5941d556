"""Named contexts that change: with revisions, diffs, paths and commits where they lie in the repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import commit, git, write
from run import layerscope

DOCKERFILE = (
    "FROM busybox\nCOPY main /main\nCOPY --from=shared . /shared\nRUN --mount=from=docs,source=b,target=/b one\n"
)
FILES = {"app/Dockerfile": DOCKERFILE, "app/main": "1", "shared/lib": "1", "shared/x.log": "1", "app/docs/b": "1"}
SHARED, RUN = "COPY --from=shared . /shared", "RUN --mount=from=docs,source=b,target=/b one"
Words = list[object]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(commit(tmp_path / "repo", FILES))
    return tmp_path / "repo"


CONTEXTS = ["--build-context", "shared=shared", "--build-context", "docs=app/docs"]


def because(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, list[str]]:
    """The causes of the steps that are not cached, by their texts."""
    done = layerscope(capsys, "simulate", "app", *CONTEXTS, *words, "--format", "json")
    assert done.status == 0, done.err
    steps = done.document["steps"]
    return {step["name"].partition("] ")[2]: step["because"] for step in steps if step["because"]}


def _since(edit: Callable[[], None]) -> Words:
    edit()
    return ["--since", "HEAD"]


def _since_a_commit(edit: Callable[[], None]) -> Words:
    edit()
    commit(Path())
    return ["--since", "HEAD~1"]


def _diff(edit: Callable[[], None]) -> Words:
    edit()
    git(Path(), "add", "-A")
    patch = Path("../change.diff")
    patch.write_bytes(git(Path(), "diff", "--cached"))
    git(Path(), "reset", "-q", "--hard")
    return ["--diff", patch]


@pytest.mark.parametrize("state", [_since, _since_a_commit, _diff])
@pytest.mark.parametrize(
    ("edit", "causes"),
    [
        ({"shared/lib": "2"}, {SHARED: ["shared:lib"], RUN: ["shared:lib"]}),
        ({"shared/new": "2"}, {SHARED: ["shared:new"], RUN: ["shared:new"]}),
        ({"app/docs/b": "2"}, {RUN: ["docs:b"]}),
        ({"app/docs/c": "2"}, {}),
        ({"other/file": "2"}, {}),
        (
            {"shared/.dockerignore": "*.log\n.dockerignore\n"},
            {SHARED: ["shared:x.log"], RUN: ["shared:x.log"]},
        ),
    ],
)
def test_what_git_tells_of_them_counts(
    repo: Path,
    capsys: pytest.CaptureFixture[str],
    state: Callable[[Callable[[], None]], Words],
    edit: dict[str, str],
    causes: dict[str, list[str]],
) -> None:
    assert because(capsys, *state(lambda: write(repo, edit))) == causes


@pytest.mark.parametrize("state", [_since, _since_a_commit, _diff])
@pytest.mark.parametrize(
    ("gone", "causes"),
    [("shared/x.log", {}), ("shared/in/y.log", {SHARED: ["shared:in/y.log"], RUN: ["shared:in/y.log"]})],
)
def test_a_file_that_goes_and_its_ignore_rules(
    repo: Path,
    capsys: pytest.CaptureFixture[str],
    state: Callable[[Callable[[], None]], Words],
    gone: str,
    causes: dict[str, list[str]],
) -> None:
    commit(repo, {"shared/.dockerignore": "*.log\n", "shared/in/y.log": "1"})
    assert because(capsys, *state((repo / gone).unlink)) == causes


@pytest.mark.parametrize(
    ("words", "causes"),
    [
        (["--change", "../shared/lib"], {SHARED: ["shared:lib"], RUN: ["shared:lib"]}),
        (["--change", "shared/lib"], {SHARED: ["shared:lib"], RUN: ["shared:lib"]}),
        (["--change", "../shared/*.log"], {SHARED: ["shared:x.log"], RUN: ["shared:x.log"]}),
        (["--add", "../shared/in/new"], {SHARED: ["shared:in/new"], RUN: ["shared:in/new"]}),
        (["--remove", "../shared/lib"], {SHARED: ["shared:lib"], RUN: ["shared:lib"]}),
        (["--change", "docs/b"], {RUN: ["docs:b"]}),
        (["--change", "docs"], {RUN: ["docs:b"]}),
        (["--change", "main", "--change", "docs/b"], None),
    ],
)
def test_paths_reach_them(
    repo: Path, capsys: pytest.CaptureFixture[str], words: list[str], causes: dict[str, list[str]] | None
) -> None:
    found = because(capsys, *words)
    assert found == causes if causes is not None else found[RUN] == ["docs:b", "main"]


def test_a_path_that_no_step_reads_is_told_and_one_of_no_context_refused(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repo, {"app/docs/c": "1"})
    for path, unread in (("docs/c", True), ("docs/b", False), ("../shared/lib", False), ("main", False)):
        done = layerscope(capsys, "simulate", "app", *CONTEXTS, "--change", path)
        assert ("changes no step" in done.err) == unread, path
    write(repo, {"elsewhere/f": "1"})
    for path in ("../elsewhere/f", "elsewhere/f", "../shared/none"):
        done = layerscope(capsys, "simulate", "app", *CONTEXTS, "--change", path)
        assert done.status == 2
        assert path in done.err


def test_a_cause_points_to_a_file_that_can_be_found(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(repo, {"app/shared:lib": "1", "app/Dockerfile": "FROM busybox\nCOPY . /a\nCOPY --from=shared lib /lib\n"})
    done = layerscope(capsys, "simulate", "app", *CONTEXTS, "--change", "../shared/lib", "--format", "json")
    (cause,) = done.document["steps"][-1]["causes"]
    assert (cause["kind"], cause["name"], cause["path"]) == ("file", "shared", "shared/lib")
    assert cause["text"] == "shared/lib changed"
    done = layerscope(capsys, "simulate", "app", *CONTEXTS, "--change", "shared:lib", "--format", "json")
    (cause,) = done.document["steps"][-1]["causes"]
    assert (cause["kind"], cause["name"], cause["path"]) == ("file", None, "shared:lib")


def test_one_file_of_two_contexts_stays_one_file(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stages = "FROM busybox AS a\nCOPY docs/b /x\nFROM busybox AS b\nCOPY --from=docs b /x\nFROM scratch\n"
    for source in "ab":
        (repo / "app/Dockerfile").write_text(f"{stages}COPY --from={source} /x /x\n")
        target = f"COPY --from={source} /x /x"
        assert because(capsys, "--change", "docs/b")[target] == (["docs/b"] if source == "a" else ["docs:b"])


def test_one_outside_the_repository_is_equal_and_said_to_be(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "out", {"lib": "1"})
    write(tmp_path / "new", {"lib": "2"})
    given = ["--build-context", f"shared={tmp_path / 'out'}"]
    for words in (["simulate", "app", "--since", "HEAD"], ["replay", "app"]):
        done = layerscope(capsys, *words, *CONTEXTS, *given, "--format", "json")
        said = [each for each in done.document["assumptions"] if each["kind"] == "named-context"]
        assert [each["subject"] for each in said] == [f"shared={tmp_path / 'out'}"]
        assert "--after-build-context shared=" in said[0]["text"]
    after = ["--after-build-context", f"shared={tmp_path / 'new'}"]
    assert because(capsys, *given, *after) == {SHARED: ["shared:lib"], RUN: ["shared:lib"]}
    after = ["--after-build-context", "shared=docker-image://other"]
    assert SHARED in because(capsys, *given, *after)


def test_what_is_told_once_for_two_contexts_is_said(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "after", {"Dockerfile": DOCKERFILE, "main": "1", "docs/b": "1"})
    words = ["simulate", "app", "--after", tmp_path / "after", *CONTEXTS, "--format", "json"]
    told = layerscope(capsys, *words, "--after-build-context", f"docs={tmp_path}/after/docs").document["assumptions"]
    assert [each["subject"] for each in told if each["kind"] == "named-context"] == ["shared=shared"]


def test_the_repository_itself_may_be_one(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(repo, {"app/Dockerfile": "FROM busybox\nCOPY --from=all shared /s\nCOPY main /main\n"})
    write(repo, {"shared/lib": "2", "app/main": "2"})
    words = ["simulate", "app", "--build-context", "all=.", "--since", "HEAD", "--format", "json"]
    document = layerscope(capsys, *words).document
    assert [step["because"] for step in document["steps"]] == [[], ["all:shared/lib"], ["all:shared/lib", "main"]]
    assert [each["subject"] for each in document["assumptions"] if each["kind"] == "git"] == [".git"]


def test_replays_count_them_and_what_is_remembered_stays_right(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def history() -> list[list[str]]:
        words = ["replay", "app", *CONTEXTS, "--range", "HEAD", "--include-cold", "--format", "json"]
        commits = layerscope(capsys, *words).document["commits"]
        return [[step["name"].partition("] ")[2] for step in each["steps"] if step["because"]] for each in commits]

    commit(repo, {"shared/lib": "2"})
    commit(repo, {"app/docs/b": "2"})
    commit(repo, {"shared/lib": "1"})
    expected = [[SHARED, RUN], [RUN], [RUN]]
    assert history()[1:] == expected
    for number in range(60):  # so many that it is worth keeping
        commit(repo, {"app/docs/b": f"x{number}", "shared/lib": "3"})
    expected += [[SHARED, RUN], *[[RUN]] * 59]
    assert history()[1:] == expected
    commit(repo, {"shared/lib": "1", "app/docs/b": "2"})
    commit(repo, {"shared/lib": "4"})
    git(repo, "rm", "-qr", "shared")
    write(repo, {"shared/x": "here"})
    commit(repo, {"shared/.dockerignore": "x\n"})
    expected += [[], [SHARED, RUN], [SHARED, RUN]]
    assert history()[1:] == expected


def test_a_commit_without_the_directory_does_not_build(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(repo, "mv", "shared", "common")
    commit(repo)
    commit(repo, {"shared/lib": "1"})
    done = layerscope(capsys, "replay", "app", *CONTEXTS, "--format", "json")
    found = [(each["buildable"], each["error"]) for each in done.document["commits"]]
    assert [buildable for buildable, _ in found] == [True, False, True]
    assert "the named context shared is not there in this commit" in found[1][1]


def test_histories_that_are_compared_count_them(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(repo, {"shared/lib": "2"})
    write(tmp_path / "after", {"Dockerfile": DOCKERFILE.replace("COPY --from=shared . /shared\n", ""), "main": "1"})
    words = ["compare", "app", tmp_path / "after", *CONTEXTS, "--commits", "5", "--change", "../shared/lib"]
    done = layerscope(capsys, *words, "--format", "json")
    assert done.status == 0, done.err
    (scenario,) = done.document["scenarios"]
    assert scenario["before"]["rebuilt"] == 2
    timings = tmp_path / "timings.json"
    steps = [{"name": f"[stage-0 3/4] {SHARED}", "instruction": SHARED, "seconds": 1.0, "spread": 0, "count": 1}]
    timings.write_text(json.dumps({"schema_version": 1, "command": "timings", "steps": steps}))
    history = layerscope(capsys, *words, "--format", "json").document["history"]
    assert history["before"] != history["after"]


def test_a_snapshot_tells_their_files(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "before.snapshot"
    assert layerscope(capsys, "context", "app", *CONTEXTS, "--snapshot", saved).status == 0
    write(repo, {"shared/lib": "2"})
    done = layerscope(capsys, "simulate", saved, "--after", "app", *CONTEXTS, "--format", "json")
    causes = [cause for step in done.document["steps"] for cause in step["causes"]]
    assert {(cause["name"], cause["path"]) for cause in causes} >= {("shared", "shared/lib")}


def test_an_ignore_file_that_is_none_ends_only_builds_that_read_the_context(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(repo, {"shared/.dockerignore": "!\n", "app/Dockerfile": "FROM busybox\nCOPY main /main\n"})
    words = ["simulate", "app", *CONTEXTS, "--change"]
    assert layerscope(capsys, *words, "main").status == 0
    write(repo, {"app/Dockerfile": DOCKERFILE})
    done = layerscope(capsys, *words, "main")
    assert done.status == 2
    assert 'shared/.dockerignore:1: illegal exclusion pattern: "!"' in done.err
