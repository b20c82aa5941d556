"""What is taken for an ignore file where no regular file lies in its place: by each builder, on disk and in git."""

from __future__ import annotations

import os
import socket
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from repositories import commit, git, write
from run import layerscope

from layerscope.context.paths import files_below
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions
from layerscope.inputs.contexts import open_context
from layerscope.inputs.named import open_named_context

RULES = "**/*.log\n"
_NOBODY = 65534
FILES = {"Dockerfile": "FROM busybox\nCOPY src /app\n", "src/a": "1", "src/b.log": "1", ".rules": RULES}


def made(root: Path, files: dict[str, str]) -> Path:
    write(root, files)
    return root


def _directory(path: Path) -> None:
    write(path, {"x": RULES})


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def _denied(path: Path) -> None:
    path.write_text(RULES)
    path.chmod(0)


MAKERS: dict[str, Callable[[Path], None]] = {
    "directory": _directory,
    "nowhere": _link("nowhere"),
    "itself": _link(".dockerignore"),
    "a directory by a link": _link("src"),
    "inside": _link(".rules"),
    "above": _link("../.rules"),
    "absolute": _link("/.rules"),
    "through another": _link("here/.rules"),
    "null": _link("/dev/null"),
    "socket": _socket,
}


def _sent(root: Path, builder: str, file: str | None = None) -> list[str]:
    side = open_context(root, file=file, options=BuildOptions(builder=builder))
    return [path for path, _ in files_below(side.sent) if path.startswith("src/")]


@pytest.mark.parametrize(
    ("kind", "buildkit", "classic"),
    [
        ("directory", False, "is a directory"),
        ("nowhere", False, False),
        ("itself", False, "too many levels of symbolic links"),
        ("a directory by a link", False, "is a directory"),
        ("inside", True, True),
        ("above", True, False),
        ("absolute", True, False),
        ("through another", True, True),
        ("null", False, False),
        ("socket", False, "is no file"),
    ],
)
def test_what_is_no_file(kind: str, buildkit: bool, classic: bool | str, tmp_path: Path) -> None:
    root = made(tmp_path / "context", FILES)
    (root / "here").symlink_to(".")
    MAKERS[kind](root / ".dockerignore")
    assert (_sent(root, "buildkit") == ["src/a"]) is buildkit
    if isinstance(classic, str):
        with pytest.raises(InputError, match=classic) as raised:
            _sent(root, "classic")
        assert raised.value.file == str(root / ".dockerignore")
    else:
        assert (_sent(root, "classic") == ["src/a"]) is classic
    tree = open_named_context(str(root)).tree
    assert tree is not None
    named = [path for path, _ in files_below(tree) if path.startswith("src/")]
    assert (named == ["src/a"]) is buildkit


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize("by_link", [False, True])
def test_no_builder_is_waited_for_at_a_pipe(
    by_link: bool, builder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = made(tmp_path / "context", FILES)
    os.mkfifo(root / (".pipe" if by_link else ".dockerignore"))
    if by_link:
        (root / ".dockerignore").symlink_to(".pipe")
    done = layerscope(capsys, "simulate", root, "--change", "src/a", "--builder", builder)
    said = f"layerscope: {root}/.dockerignore: is a FIFO: the builder would wait until something is written to it\n"
    assert (done.status, done.out, done.err) == (2, "", said)


@pytest.mark.parametrize("kind", ["directory", "nowhere", "a directory by a link"])
def test_what_is_no_ignore_file_of_a_dockerfile(kind: str, tmp_path: Path) -> None:
    root = made(tmp_path / "context", {**FILES, ".dockerignore": "src/a\n"})
    MAKERS[kind](root / "Dockerfile.dockerignore")
    assert _sent(root, "buildkit") == ["src/b.log"]


def test_the_ignore_file_of_a_dockerfile_is_found_beside_it(tmp_path: Path) -> None:
    root = made(tmp_path / "context", FILES)
    write(tmp_path / "own", {"Dockerfile": FILES["Dockerfile"], ".rules": "src/a\n"})
    (tmp_path / "own" / "Dockerfile.dockerignore").symlink_to("/.rules")
    assert _sent(root, "buildkit", str(tmp_path / "own" / "Dockerfile")) == ["src/b.log"]


@contextmanager
def _as_nobody() -> Iterator[Path]:
    """A directory of a user who may not read everything, which that user is meanwhile."""
    with tempfile.TemporaryDirectory(prefix="ignore-files-") as folder:
        root = os.geteuid() == 0
        if root:
            os.chown(folder, _NOBODY, _NOBODY)
            os.seteuid(_NOBODY)
        try:
            yield Path(folder)
        finally:
            if root:
                os.seteuid(0)


def test_what_may_not_be_read_is_empty_to_buildkit(tmp_path: Path) -> None:
    for builder in ("buildkit", "classic"):  # what it loads is loaded by who may read it
        assert _sent(made(tmp_path / builder, FILES), builder) == ["src/a", "src/b.log"]
    with _as_nobody() as folder:
        root = made(folder / "context", {**FILES, ".dockerignore": "src/a\n"})
        _denied(root / "Dockerfile.dockerignore")
        assert _sent(root, "buildkit") == ["src/a", "src/b.log"]
        (root / ".dockerignore").chmod(0)
        with pytest.raises(InputError, match="permission denied"):
            _sent(root, "classic")


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_a_tree_in_the_place_of_a_blob(builder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = commit(tmp_path / "context", {**FILES, ".dockerignore": RULES})
    (root / ".dockerignore").unlink()
    commit(root, {".dockerignore/x": RULES})
    write(root, {"src/b.log": "2"})
    done = layerscope(capsys, "simulate", root, "--builder", builder, "--format", "json")
    before = layerscope(capsys, "simulate", root, "--since", "HEAD~1", "--builder", builder, "--format", "json")
    walked = layerscope(capsys, "replay", root, "--commits", "2", "--builder", builder, "--format", "json")
    buildable = [commit["buildable"] for commit in walked.document["commits"]]
    if builder == "classic":
        assert (done.status, before.status, buildable) == (2, 2, [True, False])
        return
    assert [step["because"] for step in done.document["steps"]] == [[], ["src/b.log"]]
    assert [step["because"] for step in before.document["steps"]] == [[], ["src/b.log"]]
    git(root, "checkout", "-q", ".")
    unmoved = layerscope(capsys, "simulate", root, "--since", "HEAD~1", "--builder", builder, "--format", "json")
    assert [step["because"] for step in unmoved.document["steps"]] == [[], ["ignore:.dockerignore"]]
    assert buildable == [True, True]
    assert [step["outcome"] for step in walked.document["commits"][1]["steps"]] == ["cached", "rebuilt"]


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_nothing_of_an_archive_is_ignored(builder: str, tmp_path: Path) -> None:
    root = made(tmp_path / "context", {**FILES, ".dockerignore": f"{RULES}Dockerfile\n.dockerignore\n"})
    with tarfile.open(tmp_path / "context.tar", "w") as archive:
        archive.add(root, ".")
    side = open_context(tmp_path / "context.tar", options=BuildOptions(builder=builder))
    removed = {"Dockerfile", ".dockerignore"} if builder == "classic" else set()
    assert {path for path, _ in files_below(side.sent)} == {*FILES, ".dockerignore"} - removed


def test_an_archive_keeps_owners_and_modes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = made(tmp_path / "context", FILES)

    def packed(name: str, owner: int, mode: int) -> Path:
        def entry(found: tarfile.TarInfo) -> tarfile.TarInfo:
            found.uid = found.gid = owner if found.isfile() else 0
            found.mode = mode if found.isdir() else 0o644
            return found

        with tarfile.open(tmp_path / name, "w") as archive:
            archive.add(root, ".", filter=entry)
        return tmp_path / name

    plain = packed("plain.tar", 0, 0o755)
    for other, because in ((packed("again.tar", 0, 0o755), []), (packed("modes.tar", 0, 0o700), ["src"]),
                           (packed("owners.tar", 7, 0o755), ["src/a", "src/b.log"])):  # fmt: skip
        done = layerscope(capsys, "simulate", plain, "--after", other, "--format", "json")
        assert done.document["steps"][1]["because"] == because
