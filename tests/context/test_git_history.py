"""Commits walked from git's objects: their trees are those of checkouts, under the names that git itself gives them."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.context.content_names import content_name
from layerscope.context.git.history import Commit, Repository
from layerscope.context.tree import Directory, File, Link, Node, differences
from tests.cli.repositories import ENVIRONMENT, git

# Git sorts a directory as if its name ended with a slash: between `a-b`, `a.b` and `a0`.
NAMES = (
    "a",
    "a-b",
    "a.b",
    "a0",
    "a/b",
    "a/c d",
    "é",
    "z/y/x",
    "z/y.x",
    "z/a",
    b"\xff".decode("utf-8", "surrogateescape"),
)


def committed_at_random(place: Path, seed: int, commits: int) -> None:
    """Commits that make, change, delete and move files, links and directories, one in another's place, too."""
    choose = random.Random(seed)
    git(place.parent, "init", "-q", str(place))
    for number in range(commits):
        for name in choose.sample(NAMES, 4):
            path = place / name
            for above in (path, *path.parents):
                if above != place and place in above.parents and (above.is_symlink() or above.is_file()):
                    above.unlink()
            if path.is_dir():
                shutil.rmtree(path)
            kind = choose.choice(["file", "program", "link", "nothing"])
            if kind == "nothing":
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "link":
                path.symlink_to(choose.choice(["a", "../nowhere", "é"]))
            else:
                path.write_text(choose.choice("xyz"))
                path.chmod(0o755 if kind == "program" else 0o644)
        git(place, "add", "-A")
        git(place, "commit", "-qm", str(number), "--allow-empty")


def walked(place: Path) -> Iterator[Commit]:
    repository = Repository(str(place))
    with repository.opened():
        yield from repository.commits(None, None)


def unnamed(node: Node) -> Node:
    """A copy that knows no names."""
    if isinstance(node, Directory):
        return Directory(node.mode, children={name: unnamed(child) for name, child in node.children.items()})
    if isinstance(node, File):
        return File(node.mode, None, node.digest)
    return Link(node.target) if isinstance(node, Link) else node


def checked_out(folder: Path, path: str = "") -> dict[str, str]:
    """Of each file and link of a checkout what it is, and git's id of it."""
    found: dict[str, str] = {}
    for line in git(folder, "ls-files", "-s", "-z").decode("utf-8", "surrogateescape").split("\0")[:-1]:
        header, _, name = line.partition("\t")
        mode, digest, _ = header.split(" ")
        found[path + name] = f"{mode} {digest}"
    return found


def listed(directory: Directory, path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, node in directory.children.items():
        if isinstance(node, Directory):
            found |= listed(node, f"{path}{name}/")
        elif isinstance(node, Link):
            found[path + name] = "120000"
        elif isinstance(node, File):
            found[path + name] = f"100{node.mode:o} {node.digest.removeprefix('git:')}"
    return found


@pytest.mark.parametrize("seed", range(6))
def test_trees_are_those_of_checkouts_under_git_s_own_names(seed: int, tmp_path: Path) -> None:
    place = tmp_path / "p"
    committed_at_random(place, seed, 8)
    for commit in walked(place):
        git(place, "checkout", "-qf", commit.id)
        links = {name: text[:6] if text.startswith("120000") else text for name, text in checked_out(place).items()}
        assert listed(commit.tree) == links
        assert list(differences(commit.tree, unnamed(commit.tree))) == []
        tree = git(place, "rev-parse", f"{commit.id}^{{tree}}").decode().strip()
        assert content_name(unnamed(commit.tree)) == content_name(commit.tree) == f"d 755  git:{tree}"


def test_a_walk_may_begin_anywhere(tmp_path: Path) -> None:
    place = tmp_path / "p"
    committed_at_random(place, 7, 6)
    commits = list(walked(place))
    repository = Repository(str(place))
    with repository.opened():
        later = list(repository.commits(None, None, commits[3].id))
    assert [c.id for c in later] == [c.id for c in commits[3:]]
    for one, other in zip(later, commits[3:], strict=True):
        assert list(differences(one.tree, other.tree)) == []
        assert content_name(one.tree) == content_name(other.tree)


@pytest.mark.parametrize(("was", "since"), [("100644", "100664"), ("100664", "100644"), ("0100644", "100644")])
def test_modes_that_a_checkout_does_not_have_make_no_difference(was: str, since: str, tmp_path: Path) -> None:
    """Old programs wrote 100664, or a zero before the mode; in a checkout both are 0644."""
    place = tmp_path / "p"
    git(tmp_path, "init", "-q", str(place))
    (place / "f").write_text("x")
    blob = git(place, "hash-object", "-w", "f").decode().strip()
    commit = ""
    for mode in (was, since):
        inner = written(place, f"{mode} f\0".encode() + bytes.fromhex(blob))
        root = written(place, b"40000 d\0" + bytes.fromhex(inner))
        parent = ["-p", commit] if commit else []
        commit = git(place, "commit-tree", root, *parent, "-m", mode).decode().strip()
    git(place, "update-ref", "refs/heads/old", commit)
    git(place, "symbolic-ref", "HEAD", "refs/heads/old")
    first, second = walked(place)
    assert content_name(first.tree) == content_name(second.tree) == content_name(unnamed(second.tree))


def written(place: Path, body: bytes) -> str:
    """The id of a tree that git did not make itself."""
    command = ["git", "-C", str(place), "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    done = subprocess.run(command, input=body, capture_output=True, check=True, env=ENVIRONMENT)
    return done.stdout.decode().strip()


def test_a_submodule_is_its_files_whatever_its_commit(tmp_path: Path) -> None:
    inner, place = tmp_path / "inner", tmp_path / "p"
    committed_at_random(inner, 3, 2)
    committed_at_random(place, 4, 2)
    git(place, "submodule", "add", "-q", str(inner), "sub")
    git(place, "commit", "-qm", "with it")
    git(place / "sub", "commit", "-q", "--allow-empty", "-m", "the same files")
    git(place, "commit", "-qam", "moved")
    *_, before, one, other = walked(place)
    assert content_name(before.tree) != content_name(one.tree)
    assert content_name(one.tree) == content_name(other.tree) == content_name(unnamed(other.tree))


def test_a_submodule_that_is_not_at_hand_is_told_though_nobody_looks(tmp_path: Path) -> None:
    inner, place = tmp_path / "inner", tmp_path / "p"
    committed_at_random(inner, 3, 2)
    committed_at_random(place, 4, 2)
    git(place, "submodule", "add", "-q", str(inner), "deep/sub")
    git(place, "commit", "-qm", "with it")
    shutil.rmtree(place / "deep")
    repository = Repository(str(place))
    with repository.opened():
        assert len(list(repository.commits(1, None))) == 1
    assert list(repository.unknown_submodules) == ["deep/sub"]


def test_repositories_of_longer_hashes(tmp_path: Path) -> None:
    place = tmp_path / "p"
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(place)], check=True, env=ENVIRONMENT)
    committed_at_random(place, 5, 4)
    for commit in walked(place):
        assert content_name(commit.tree) == content_name(unnamed(commit.tree)) is not None
