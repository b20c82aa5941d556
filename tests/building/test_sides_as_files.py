"""Both sides as files that a builder can be sent, with other bytes where only that they are other is known."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import tarfile
import zlib
from pathlib import Path

import pytest
from repositories import commit, git, write

from layerscope import at_revision, change, open_context
from layerscope.building.altered import altered
from layerscope.building.files import Files, directory_of, remove
from layerscope.building.froms import external_bases, on_bases
from layerscope.context.directory import read_directory
from layerscope.context.paths import files_below
from layerscope.context.tree import Directory, EditedFile, File, Link
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions, NamedContext


def tar_of(*files: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


@pytest.mark.parametrize("content", [b"", b"text", b"line\n", b"\0binary", b"\xff\xfe", tar_of(("a", b"1"))])
def test_altered_bytes_are_others_each_time(content: bytes) -> None:
    made = {altered(content) for _ in range(20)}
    assert content not in made
    assert len(made) > 10
    assert all(one.startswith(content) for one in made)


def test_altered_files_keep_their_meaning() -> None:
    assert json.loads(altered(b'{"a": 1}')) == {"a": 1}
    compressed = gzip.compress(b"inside")
    assert altered(compressed) != compressed
    assert zlib.decompress(altered(compressed), wbits=31) == b"inside"
    with tarfile.open(fileobj=io.BytesIO(altered(tar_of(("a", b"1"), ("b", b"2"))))) as archive:
        assert archive.getnames() == ["a", "b"]


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    root = tmp_path / "odd"
    write(root, {"run.sh": "#!/bin/sh\n", "sub/a b": "1", "new\nline": "2", "link": "-> sub", "gone": "-> nowhere"})
    (root / os.fsdecode(b"b\xff")).write_bytes(b"3")
    (root / "empty").mkdir()
    (root / "run.sh").chmod(0o755)
    (root / "sub" / "a b").chmod(0o640)
    os.mkfifo(root / "pipe")
    (root / "sub").chmod(0o555)
    return root


def described(directory: Directory, path: str = "") -> dict[str, object]:
    found: dict[str, object] = {path: directory.mode}
    for name, node in directory.children.items():
        below = f"{path}/{name}"
        if isinstance(node, Directory):
            found |= described(node, below)
        elif isinstance(node, File):
            found[below] = (node.mode, node.digest)
        else:
            found[below] = node.target if isinstance(node, Link) else node.kind
    return found


def test_a_tree_is_laid_out_as_it_is(odd: Path, tmp_path: Path) -> None:
    tree = read_directory(str(odd))
    made = tmp_path / "made"
    Files(tree, tree, "odd").lay_out(made)
    assert described(read_directory(str(made))) == described(tree)
    remove(made)
    assert not made.exists()
    assert stat.S_IMODE((odd / "sub").stat().st_mode) == 0o555  # what a link leads to is not touched


def test_a_tree_is_sent_as_it_is(odd: Path, tmp_path: Path) -> None:
    tree = read_directory(str(odd))
    packed = tmp_path / "packed.tar"
    with packed.open("wb") as target:
        Files(tree, tree, "odd").tar({"extra": b"x"}, target)
    opened = open_context(str(_with_dockerfile(packed))).tree
    names = [path for path, _ in files_below(opened)]
    assert sorted(names) == sorted(["Dockerfile", "extra", *(path for path, _ in files_below(tree))])
    assert opened.children["run.sh"].mode == 0o755  # type: ignore[union-attr]
    assert opened.children["sub"].children["a b"].digest == tree.children["sub"].children["a b"].digest  # type: ignore[union-attr]


def _with_dockerfile(packed: Path) -> Path:
    with tarfile.open(packed, "a") as archive:
        entry = tarfile.TarInfo("Dockerfile")
        content = b"FROM scratch\n"
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed


def test_a_revision_is_laid_out_as_it_was_checked_out(tmp_path: Path) -> None:
    context = commit(tmp_path / "context", {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "old\n", "went": "w\n"})
    write(context, {".gitattributes": "*.txt eol=crlf\n", "lines.txt": "1\r\n2\r\n"})
    commit(context)
    write(context, {"a": "new\n", "lines.txt": "3\r\n"})
    (context / "went").unlink()
    working = open_context(str(context))
    before = at_revision(working)
    made = tmp_path / "made"
    Files(before.tree, working.tree, before.reference).lay_out(made)
    assert (made / "a").read_bytes() == b"old\n"
    assert (made / "went").read_bytes() == b"w\n"
    assert (made / "lines.txt").read_bytes() == b"1\r\n2\r\n" != git(context, "show", "HEAD:lines.txt")
    assert directory_of(working) == working.reference
    assert directory_of(before) is None


def test_bytes_that_are_said_to_be_others_stay_so_under_another_mode(tmp_path: Path) -> None:
    write(tmp_path / "context", {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "one"})
    side = open_context(str(tmp_path / "context"))
    edited = change(side, "a").tree.children["a"]
    assert isinstance(edited, EditedFile)
    made = Files(side.tree, side.tree, "context").content("a", edited.with_metadata(0o755, ""))
    assert made != b"one"
    assert made.startswith(b"one")
    with pytest.raises(InputError, match="nothing here has the bytes"):
        Files(side.tree, side.tree, "context").content("a", File(0o644, 3, digest="changed:a"))


def test_a_change_alters_the_bytes_that_were_there(tmp_path: Path) -> None:
    write(tmp_path / "context", {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "one", "link": "-> a"})
    side = open_context(str(tmp_path / "context"))
    after = change(side, "link", add=["new"])
    made = tmp_path / "made"
    Files(after.tree, side.tree, "context").lay_out(made)
    assert (made / "a").read_bytes().startswith(b"one\n")
    assert (made / "a").read_bytes().split() == [b"one"]
    assert (made / "new").read_bytes().isspace()
    assert (made / "link").is_symlink()


def test_bytes_that_nobody_has_cannot_be_built() -> None:
    tree = Directory(0o755, children={"a": File(0o644, 1, digest="sha256:0")})
    with pytest.raises(InputError, match="nothing here has the bytes of a"):
        Files(tree, tree, "kept").tar({}, io.BytesIO())


def test_only_from_lines_are_written_anew() -> None:
    text = (
        "ARG TAG=1\n# FROM x\nFROM --platform=$BUILDPLATFORM \\\n  busybox:$TAG AS Build\nRUN <<EOF\nFROM y\nEOF\n"
        "FROM build\nFROM scratch\nFROM named\n"
    )
    dockerfile = parse_dockerfile(text)
    options = BuildOptions(build_args={"TAG": "2"}, named_contexts={"named": NamedContext(image="other")})
    bases = external_bases(dockerfile, options)
    assert bases == {0: "busybox:2", 2: "scratch"}
    assert on_bases(dockerfile, {0: "made:1", 2: "empty:1"}) == (
        "ARG TAG=1\n# FROM x\nFROM --platform=$BUILDPLATFORM made:1 AS build\n\nRUN <<EOF\nFROM y\nEOF\n"
        "FROM build\nFROM empty:1\nFROM named\n"
    )
