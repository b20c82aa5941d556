"""What git keeps in `.git` is sent with a context: between two commits it differs, and that alone re-runs steps."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest
from repositories import commit, git, write
from run import layerscope
from small_history import replayed

COPY_ALL = "FROM busybox\nADD . /httpbin\nRUN ls /httpbin\n"
BOTH = {"ADD . /httpbin": [".git"], "RUN ls /httpbin": [".git"]}
SELECTED = "FROM busybox\n{}\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Two commits, of which the second changes nothing."""
    place = commit(tmp_path / "repo", {"Dockerfile": COPY_ALL, "app.py": "x\n"})
    return empty_commit(place)


def empty_commit(place: Path) -> Path:
    git(place, "commit", "-q", "--allow-empty", "-m", "empty")
    return place


def simulated(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    done = layerscope(capsys, "simulate", *words, "--format", "json")
    assert done.status == 0, done.err
    return done.document


def rerun(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, list[str]]:
    steps = simulated(capsys, *words)["steps"]
    return {s["name"].partition("] ")[2] or s["name"]: s["because"] for s in steps if s["outcome"] != "cached"}


def assumed(document: dict[str, Any]) -> list[str]:
    return [row["text"] for row in document["assumptions"] if (row["kind"], row["subject"]) == ("git", ".git")]


def headline(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    return layerscope(capsys, *words).out.splitlines()[0]


def test_an_empty_commit_re_runs_what_copies_the_whole_context(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rerun(capsys, repo, "--since", "HEAD~1") == BOTH
    classic = simulated(capsys, repo, "--since", "HEAD~1", "--builder", "classic")["steps"]
    assert [step["because"] for step in classic] == [[], [".git"], [".git"]]
    (cause,) = simulated(capsys, repo, "--since", "HEAD~1")["steps"][1]["causes"]
    assert cause == {
        "kind": "git", "path": ".git", "line": None, "name": None, "part": "content",
        "text": ".git is in the context, and every commit changes it",
    }  # fmt: skip
    document = replayed(capsys, repo)
    assert [step["because"] for step in document["commits"][1]["steps"]] == [[], [".git"], [".git"]]


def test_of_the_same_commit_it_is_equal_and_that_is_said(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(repo, {"new": "untracked\n"})
    git(repo, "add", "new")
    document = simulated(capsys, repo)
    assert document["steps"][1]["because"] == ["new"]
    (text,) = assumed(document)
    assert "of one commit" in text
    git(repo, "tag", "here")
    assert assumed(simulated(capsys, repo, "--since", "here")) == [text]


@pytest.mark.parametrize("diff", ["", "--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-x\n+y\n"])
def test_a_diff_is_taken_to_be_committed(
    diff: str, repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patch = tmp_path / "patch"
    patch.write_text(f"diff --git a/app.py b/app.py\n{diff}" if diff else "")
    causes = [".git", "app.py"] if diff else [".git"]
    document = simulated(capsys, repo, "--diff", patch)
    assert [step["because"] for step in document["steps"]] == [[], causes, causes]
    assert "taken to be committed" in assumed(document)[0]
    assert rerun(capsys, repo, "--diff", patch, "--without-git") == (dict.fromkeys(BOTH, causes[1:]) if diff else {})
    with tarfile.open(tmp_path / "packed.tar", "w") as archive:
        archive.add(repo, ".")
    assert rerun(capsys, tmp_path / "packed.tar", "--diff", patch) == dict.fromkeys(BOTH, causes)


def test_a_clean_export_has_none(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("--since", "HEAD~1"), ()):
        document = simulated(capsys, repo, *words, "--without-git")
        assert (document["summary"]["rebuilt"], assumed(document)) == (0, [])
    document = replayed(capsys, repo, "--without-git")
    assert document["summary"]["rebuilt"] == 0
    assert "without .git" in assumed(document)[0]
    asked = layerscope(capsys, "compare", repo, repo, "--commits", "9", "--format", "json")
    assert asked.document["history"]["before"]["rebuilt"] == 2
    asked = layerscope(capsys, "compare", repo, repo, "--commits", "9", "--without-git", "--format", "json")
    assert asked.document["history"]["before"]["rebuilt"] == 0
    write(repo, {"Dockerfile": SELECTED.format("COPY .git/HEAD /")})
    done = layerscope(capsys, "simulate", repo, "--without-git")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert ".git/HEAD" in done.err


@pytest.mark.parametrize(
    ("step", "because"),
    [
        ("COPY .git /x", [".git"]),
        ("COPY .git/HEAD /x", [".git"]),
        ("COPY .git/refs /x", [".git"]),
        ("COPY .git/objects /x", [".git"]),
        ("COPY .g* /x/", [".git"]),
        ("COPY .git/H* /x/", [".git"]),
        ("COPY */HEAD /x/", [".git"]),
        ("RUN --mount=type=bind,source=.git,target=/m x", [".git"]),
        ("RUN --mount=type=bind,target=/m git -C /m describe", [".git"]),
        ("COPY --exclude=.git/objects . /x", [".git"]),
        ("COPY .git/config /x", None),
        ("COPY .git/description /x", None),
        ("COPY .git/hooks /x", None),
        ("COPY .git/info .git/config /x/", None),
        ("COPY --exclude=.git . /x", None),
        ("COPY app.py /x", None),
    ],
)
def test_a_selection_inside_it(
    step: str, because: list[str] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = empty_commit(commit(tmp_path / "repo", {"Dockerfile": SELECTED.format(step), "app.py": "x\n"}))
    expected = {} if because is None else {step: because}
    assert rerun(capsys, place, "--since", "HEAD~1") == expected
    last = replayed(capsys, place)["commits"][-1]
    assert last["buildable"]
    steps = [step["because"] for step in last["steps"] if step["outcome"] != "cached"]
    assert steps == list(expected.values())


@pytest.mark.parametrize(
    ("rules", "sent"),
    [
        (".git", False),
        (".git/", False),
        ("**/.git", False),
        (".g*", False),
        (".git/*", False),  # the empty directory is left
        (".git/**", False),
        (".git/*\n!.git/config\n!.git/info", False),
        (".git/objects", True),
        (".git/objects\n.git/logs\n.git/index\n.git/COMMIT_EDITMSG\n.git/ORIG_HEAD", True),
        (".git\n!.git/HEAD", True),
        ("**/HEAD", True),
        ("*.pyc", True),
    ],
)
def test_ignore_rules_that_leave_some_of_it(
    rules: str, sent: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = commit(tmp_path / "repo", {"Dockerfile": COPY_ALL, ".dockerignore": rules})
    empty_commit(place)
    assert rerun(capsys, place, "--since", "HEAD~1") == (BOTH if sent else {})
    assert replayed(capsys, place)["summary"]["rebuilt"] == (2 if sent else 0)


def test_rules_that_begin_to_leave_it_out_are_the_cause(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(repo, {".dockerignore": ".git\n"})
    causes = [".dockerignore", "ignore:.dockerignore"]
    expected = dict.fromkeys(BOTH, causes)
    assert rerun(capsys, repo) == expected
    commit(repo)
    assert rerun(capsys, repo, "--since", "HEAD~1") == expected
    empty_commit(repo)
    assert rerun(capsys, repo, "--since", "HEAD~2") == expected
    assert rerun(capsys, repo, "--since", "HEAD~1") == {}
    commits = replayed(capsys, repo)["commits"]
    assert [c["steps"][1]["because"] for c in commits[1:]] == [[".git"], expected["ADD . /httpbin"], []]
    git(repo, "rm", "-q", ".dockerignore")
    commit(repo)
    assert rerun(capsys, repo, "--since", "HEAD~1") == expected


def test_a_worktree_sends_a_file_that_no_commit_changes(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(repo, "worktree", "add", "-q", str(tmp_path / "tree"))
    write(tmp_path / "tree", {"Dockerfile": COPY_ALL + "COPY .git /where\n"})
    commit(tmp_path / "tree")
    empty_commit(tmp_path / "tree")
    assert (tmp_path / "tree/.git").is_file()
    document = simulated(capsys, tmp_path / "tree", "--since", "HEAD~1")
    assert (document["summary"]["rebuilt"], assumed(document)) == (0, [])
    last = replayed(capsys, tmp_path / "tree")["commits"][-1]
    assert [step["outcome"] for step in last["steps"]] == ["cached"] * 4


def test_a_context_below_the_repository_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = empty_commit(commit(tmp_path / "repo", {"app/Dockerfile": COPY_ALL}))
    document = simulated(capsys, place / "app", "--since", "HEAD~1")
    assert (document["summary"]["rebuilt"], assumed(document)) == (0, [])
    document = replayed(capsys, place / "app")
    assert document["summary"]["rebuilt"] == 0
    assert assumed(document) == ["every build is taken to have a clean checkout of its commit"]


def test_folders_on_the_disk_count_as_they_are(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", "repo", "other")
    assert ".git/config" in rerun(capsys, repo, "--after", other)["ADD . /httpbin"]
    assert rerun(capsys, repo, "--after", other, "--without-git") == {}
    assert rerun(capsys, repo, "--after", repo) == {}
    assert rerun(capsys, repo, "--change", ".git/HEAD") == {name: [".git/HEAD"] for name in BOTH}
    context = layerscope(capsys, "context", repo, "--format", "json").document
    assert context["sent"]["files"] > 10
    assert ".git/HEAD" in context["steps"][0]["paths"]


def test_the_first_line_names_the_remedy(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remedy = "add .git to .dockerignore"
    said = headline(capsys, "simulate", repo, "--since", "HEAD~1")
    assert said == (
        "2 of 2 steps re-run: .git is in the context, and every commit changes it (line 2); "
        f"{remedy}: it is the only reason."
    )
    assert headline(capsys, "explain", repo, "--since", "HEAD~1") == (
        f"2 steps not taken from the cache: {remedy}, it is the only reason."
    )
    assert headline(capsys, "replay", repo).endswith(f" .git alone re-ran 2 steps in 1 commit: {remedy}.")
    write(repo, {"Dockerfile.dockerignore": "*.md\n"})
    commit(repo)
    empty_commit(repo)
    assert "add .git to Dockerfile.dockerignore" in headline(capsys, "simulate", repo, "--since", "HEAD~1")


def test_where_it_is_not_the_only_cause_or_a_step_asks_for_it_no_remedy_is_named(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(repo, {"app.py": "y\n"})
    commit(repo)
    said = headline(capsys, "simulate", repo, "--since", "HEAD~1")
    assert said == "2 of 2 steps re-run: app.py and 1 more changed (line 2)."
    write(repo, {"Dockerfile": COPY_ALL + "RUN cd /httpbin && git describe --always > version\n"})
    commit(repo)
    empty_commit(repo)
    for command in ("simulate", "explain"):
        assert "add .git" not in layerscope(capsys, command, repo, "--since", "HEAD~1").out
    assert headline(capsys, "replay", repo, "--range", "HEAD~2..HEAD").endswith(
        " .git alone re-ran 3 steps in 1 commit."
    )


def test_what_was_remembered_says_the_same(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layerscope.inputs.replayed._WORTH_KEEPING", 1)
    monkeypatch.setenv("LAYERSCOPE_CACHE", str(tmp_path / "cache"))
    for words in ((), ("--without-git",), ()):
        empty_commit(repo)
        known = replayed(capsys, repo, *words)
        assert known == replayed(capsys, repo, *words, "--no-store")
        assert known["summary"]["rebuilt"] == (0 if words else 2 * (len(known["commits"]) - 1))
    write(repo, {"Dockerfile": COPY_ALL + "COPY .git/FETCH_HEAD /\n"})
    commit(repo)
    asked = (repo, "--range", "HEAD~1..HEAD")
    assert not replayed(capsys, *asked)["commits"][0]["buildable"]
    git(repo, "fetch", "-q", ".")
    assert replayed(capsys, *asked)["commits"][0]["buildable"]
