"""Which Dockerfile and which ignore rules count on either side: every way to state one change, every place of them."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from repositories import commit, git, write
from run import Done, layerscope

BEFORE, AFTER = "FROM busybox\nCOPY . /docs\nRUN make\n", "FROM busybox\nCOPY . /docs\nRUN make all\n"
CONTEXT = {"app/a": "a\n", "app/skip": "s\n", "app/ignored": "i\n", "other/b": "b\n"}
MAKE = {"[3/3] RUN make all": ("rebuilt", ["Dockerfile:3"])}

# where the Dockerfile is: what -f says (from the repository), the files before, and the edit
PLACES: dict[str, tuple[str | None, Mapping[str, str], Mapping[str, str]]] = {
    "inside": (None, {"app/Dockerfile": BEFORE, "app/.dockerignore": "Dockerfile\n"}, {"app/Dockerfile": AFTER}),
    "outside": ("docker/app.df", {"docker/app.df": BEFORE}, {"docker/app.df": AFTER}),
    "a link": (
        None,
        {"app/Dockerfile": "-> df/prod", "app/df/prod": BEFORE, "app/.dockerignore": "df\nDockerfile\n"},
        {"app/df/prod": AFTER},
    ),
    "a link that moves": (
        None,
        {
            "app/Dockerfile": "-> df/prod",
            "app/df/prod": BEFORE,
            "app/df/new": AFTER,
            "app/.dockerignore": "df\nDockerfile\n",
        },
        {"app/Dockerfile": "-> df/new"},
    ),
    "a link to outside": (
        "app/Dockerfile",
        {"app/Dockerfile": "-> ../docker/app.df", "docker/app.df": BEFORE, "app/.dockerignore": "Dockerfile\n"},
        {"docker/app.df": AFTER},
    ),
    "own ignore file": (
        "docker/app.df",
        {"docker/app.df": BEFORE, "docker/app.df.dockerignore": "skip\n.dockerignore\n", "app/.dockerignore": "a\n"},
        {"docker/app.df": AFTER, "app/skip": "new\n", "app/.dockerignore": "b\n"},
    ),
}


def _since(repo: Path, edit: Callable[[], None]) -> list[object]:
    edit()
    return ["--since", "HEAD"]


def _since_a_commit(repo: Path, edit: Callable[[], None]) -> list[object]:
    edit()
    commit(repo)
    return ["--since", "HEAD~1"]


def _diff(*options: str, mail: bool = False) -> Callable[[Path, Callable[[], None]], list[object]]:
    def way(repo: Path, edit: Callable[[], None]) -> list[object]:
        edit()
        commit(repo)
        words = ["format-patch", "--stdout", "HEAD~1"] if mail else ["diff", *options, "HEAD~1"]
        patch = repo.parent / "patch"
        patch.write_bytes(git(repo, *words))
        git(repo, "checkout", "-q", "HEAD~1")
        return ["--diff", patch]

    return way


WAYS = {
    "since": _since,
    "since a commit": _since_a_commit,
    "diff": _diff(),
    "no prefix": _diff("--no-prefix"),
    "mnemonic": _diff("--src-prefix=c/", "--dst-prefix=w/"),
    "mail": _diff(mail=True),
}


def outcomes(done: Done) -> dict[str, tuple[str, list[str]]]:
    assert done.status == 0, done.err
    return {s["name"]: (s["outcome"], s["because"]) for s in done.document["steps"] if s["outcome"] != "cached"}


def ask(capsys: pytest.CaptureFixture[str], context: object, *words: object) -> dict[str, tuple[str, list[str]]]:
    return outcomes(layerscope(capsys, "simulate", context, *words, "--format", "json"))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_every_way_finds_the_dockerfile(
    way: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, before, after = PLACES[place]
    repo = commit(tmp_path / "repo", {**CONTEXT, **before})
    words = WAYS[way](repo, lambda: write(repo, after))
    monkeypatch.chdir(repo)
    flags = ["-f", file] if file else []
    assert ask(capsys, "app", *flags, *words) == MAKE
    linked = tmp_path / "linked"
    linked.symlink_to(repo / "app")
    assert ask(capsys, linked, *flags, *words) == MAKE


@pytest.mark.parametrize("place", ["inside", "a link", "a link that moves"])
def test_after_finds_the_dockerfile(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, before, after = PLACES[place]
    write(tmp_path / "old", {**CONTEXT, **before})
    shutil.copytree(tmp_path / "old", tmp_path / "new", symlinks=True)
    write(tmp_path / "new", after)
    assert ask(capsys, tmp_path / "old/app", "--after", tmp_path / "new/app") == MAKE
    named = ("-f", tmp_path / "old/app/Dockerfile")
    assert ask(capsys, tmp_path / "old/app", *named, "--after", tmp_path / "new/app") == MAKE
    for name in ("old", "new"):
        with tarfile.open(tmp_path / f"{name}.tar", "w") as archive:
            archive.add(tmp_path / name / "app", ".", filter=_of_root)
    # Of an archive nothing is ignored, so that COPY . finds the other Dockerfile, wherever a link leads to it.
    changed = ["df/prod"] if place == "a link" else ["Dockerfile"]
    copied = {
        "[2/3] COPY . /docs": ("rebuilt", changed),
        "[3/3] RUN make all": ("rebuilt", sorted([*changed, "Dockerfile:3"])),
    }
    assert ask(capsys, tmp_path / "old.tar", "--after", tmp_path / "new.tar") == copied
    found = ask(capsys, tmp_path / "old.tar", "-f", "Dockerfile", "--after", tmp_path / "new/app")
    assert found.keys() == copied.keys()


def _of_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    return entry


@pytest.mark.parametrize("with_diff", [False, True])
def test_after_file_has_its_own_ignore_file(
    with_diff: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = commit(tmp_path / "repo", {**CONTEXT, "app/Dockerfile": BEFORE, "app/.dockerignore": "Dockerfile\n"})
    words = _diff()(repo, lambda: write(repo, {"app/skip": "new\n"})) if with_diff else []
    write(repo, {"new.df": BEFORE, "new.df.dockerignore": "skip\nDockerfile\n"})
    found = ask(capsys, repo / "app", *words, "--after-file", repo / "new.df")
    causes = found["[2/3] COPY . /docs"][1]
    assert "skip" in causes or any(cause.startswith("ignore:") for cause in causes)
    write(repo, {"new.df.dockerignore": "Dockerfile\nnothing\n"})
    assert bool(ask(capsys, repo / "app", *words, "--after-file", repo / "new.df")) is with_diff


def test_a_clean_checkout_with_other_line_endings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {
        "app/Dockerfile": BEFORE.replace("make", "<<E\nmake\nE"),
        "app/a": "a\n",
        ".gitattributes": "* text eol=crlf\n",
    }
    repo = commit(tmp_path / "repo", files)
    git(repo, "rm", "-q", "--cached", "-r", ".")
    git(repo, "reset", "-q", "--hard")
    assert b"\r\n" in (repo / "app/Dockerfile").read_bytes()
    assert ask(capsys, repo / "app") == {}
    write(repo, {"app/a": "new\r\n"})
    assert set(ask(capsys, repo / "app")) == {"[2/3] COPY . /docs", "[3/3] RUN <<E (make)"}


def test_generated_files_are_equal_on_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = commit(tmp_path / "repo", {"a": "a\n", ".gitignore": "Dockerfile\n.dockerignore\n"})
    write(repo, {"Dockerfile": BEFORE, ".dockerignore": ".git\n"})
    assert ask(capsys, repo) == {}


def test_a_submodule_is_read_from_its_own_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(tmp_path / "lib", {"x": "x\n", "y": "y\n"})
    repo = commit(tmp_path / "repo", {"Dockerfile": "FROM busybox\nCOPY sub/x /x\nCOPY sub/y /y\n"})
    git(repo, "submodule", "add", "-q", str(tmp_path / "lib"), "sub")
    commit(repo)
    assert ask(capsys, repo) == {}
    write(repo, {"sub/y": "dirty\n"})
    expected = {"[3/3] COPY sub/y /y": ("rebuilt", ["sub/y"])}
    assert ask(capsys, repo) == expected
    commit(repo / "sub")
    assert ask(capsys, repo) == expected
    commit(repo)
    assert ask(capsys, repo, "--since", "HEAD~1") == expected
    patch = tmp_path / "patch"
    patch.write_bytes(git(repo, "diff", "HEAD~1"))
    assert "sub/y" in str(ask(capsys, repo, "--diff", patch))
    shutil.rmtree(repo / "sub/.git", ignore_errors=True)
    (repo / "sub/.git").unlink(missing_ok=True)
    assert len(ask(capsys, repo, "--since", "HEAD~1")) == 2


def test_a_sent_git_folder_is_taken_as_equal_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = commit(tmp_path / "repo", {"Dockerfile": BEFORE})

    def kinds() -> list[str]:
        document = layerscope(capsys, "simulate", repo, "--format", "json").document
        return [assumption["kind"] for assumption in document["assumptions"]]

    assert "git" in kinds()
    write(repo, {".dockerignore": ".git\n"})
    commit(repo)
    assert "git" not in kinds()


def test_variables_of_a_git_hook_do_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = commit(tmp_path / "other", {"z": "z\n"})
    repo = commit(tmp_path / "repo", {"Dockerfile": BEFORE})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    monkeypatch.setenv("GIT_PREFIX", "x/")
    assert ask(capsys, repo) == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--since HEAD^{tree}", "HEAD^{tree} is a tree, not a commit"),
        ("--since HEAD:a", "HEAD:a is a blob, not a commit"),
        ("--since=", "--since needs a value"),
        ("--diff=", "--diff needs a value"),
        ("--after=", "--after needs a value"),
        ("--since= --change a", "one way only"),
        ("--change=", "--change needs a path"),
        ("--change ../a", "outside the context"),
        ("--add ../../x", "outside the context"),
        ("--remove ../a", "outside the context"),
        ("--add a/b", "below a, which is no directory"),
        ("--add n --add n/m", "below n, which is no directory"),
    ],
)
def test_what_is_refused(words: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = commit(tmp_path / "repo", {"Dockerfile": BEFORE, "a": "a\n"})
    done = layerscope(capsys, "simulate", repo, *words.split())
    assert done.status == 2
    assert message in done.err
    assert done.err.count("\n") == 1


def test_no_change_and_no_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"Dockerfile": BEFORE})
    done = layerscope(capsys, "simulate", tmp_path)
    assert done.status == 2
    assert "state the change with --change, --after or --diff" in done.err


def test_after_options_state_the_change_by_being_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"Dockerfile": BEFORE})
    assert ask(capsys, tmp_path, "--build-arg", "V=1", "--after-build-arg", "V=1") == {}


def test_a_patched_dockerfile_is_not_said_to_change_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, before, after = PLACES["outside"]
    repo = commit(tmp_path / "repo", {**CONTEXT, **before})
    words = _diff()(repo, lambda: write(repo, {**after, "other/b": "new\n"}))
    flags = ("-f", repo / "docker/app.df", *words)
    done = layerscope(capsys, "simulate", repo / "app", *flags, "--format", "json")
    assert outcomes(done) == MAKE
    assert "app.df" not in done.err
    assert "../other/b: changes no step" in done.err
