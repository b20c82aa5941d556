"""Archives and standard input as a context, as `docker build` takes them."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from fixtures_path import SINATRA
from repositories import commit, git, write
from run import Done, layerscope

DOCKERFILE = "FROM busybox\nCOPY a /a\n"
FILES = {"Dockerfile": DOCKERFILE, "build/Dockerfile.prod": "FROM busybox\nCOPY a /b\n", "a": "a\n", "b": "b\n"}
COPY = {"[2/2] COPY a /a": "rebuilt"}


def packed(files: Mapping[str, str]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            if text.startswith("-> "):
                entry.type, entry.linkname = tarfile.SYMTYPE, text[3:]
                archive.addfile(entry)
            else:
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
    return data.getvalue()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Puts bytes on standard input."""
    return lambda data: monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def outcomes(done: Done) -> dict[str, str]:
    assert done.status == 0, done.err
    return {s["name"]: s["outcome"] for s in done.document["steps"] if s["outcome"] != "cached"}


def test_a_named_dockerfile_in_an_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ctx.tar"
    own = {"build/Dockerfile.prod.dockerignore": "b\n"}
    for name, files in {"plain": FILES | own, "link": FILES | own | {"d": "-> build/Dockerfile.prod"}}.items():
        path.write_bytes(packed(files))
        file = "./d" if name == "link" else "build/Dockerfile.prod"
        done = layerscope(capsys, "simulate", path, "-f", file, "--change", "a", "--format", "json")
        assert outcomes(done) == {"[2/2] COPY a /b": "rebuilt"}


def test_a_diff_of_an_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = commit(tmp_path / "repo", FILES)
    (tmp_path / "ctx.tar").write_bytes(packed(FILES))
    write(repo, {"a": "new\n", "Dockerfile": DOCKERFILE + "RUN make\n"})
    (tmp_path / "patch").write_bytes(git(repo, "diff"))
    words = ("simulate", tmp_path / "ctx.tar", "--diff", tmp_path / "patch", "--format", "json")
    assert outcomes(layerscope(capsys, *words)) == {"[2/3] COPY a /a": "rebuilt", "[3/3] RUN make": "rebuilt"}


def test_a_dockerfile_on_standard_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], given) -> None:  # type: ignore[no-untyped-def]
    repo = commit(tmp_path / "repo", FILES | {"Dockerfile": "FROM other\n"})
    write(repo, {"a": "new\n"})
    for words in (["--change", "a"], ["--since", "HEAD"], [], ["--after", repo, "--after-build-arg", "A=1"]):
        given(DOCKERFILE.encode())
        done = layerscope(capsys, "simulate", repo, "-f", "-", *words, "--format", "json")
        assert outcomes(done) == ({} if "--after" in words else COPY)
    given(b"FROM busybox\nARG V=0\nRUN make\n")
    done = layerscope(capsys, "simulate", "-", "--after-build-arg", "V=1", "--format", "json")
    assert outcomes(done) == {"[2/2] RUN make": "rebuilt"}
    given(packed(FILES))
    done = layerscope(capsys, "simulate", "-", "--change", "a", "--format", "json")
    assert outcomes(done) == COPY


@pytest.mark.parametrize(
    ("stdin", "words", "message"),
    [
        (b"", "ctx.tar", "an archive has no git history"),
        (b"", "no.tar --change a", "is no readable tar archive"),
        (b"", "ctx.tar -f none --change a", "no none in the archive"),
        (DOCKERFILE.encode(), "- -f x --change a", "standard input is a Dockerfile"),
        (DOCKERFILE.encode(), "- -f - --change a", "standard input is one thing only"),
        (DOCKERFILE.encode(), ". -f - --diff -", "standard input is one thing only"),
        (b"\x1f\x8b\x08broken", "- --change a", "is no readable tar archive"),
    ],
)
def test_what_is_refused(
    stdin: bytes,
    words: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    given,  # type: ignore[no-untyped-def]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ctx.tar").write_bytes(packed(FILES))
    (tmp_path / "no.tar").write_bytes(b"no archive at all")
    given(stdin)
    done = layerscope(capsys, "simulate", *words.split())
    assert done.status == 2
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_diff_of_other_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"app/Dockerfile": "FROM busybox\nCOPY docs /docs\n", "app/docs/a": "a\n", "lib/b": "b\n"}
    repo = commit(tmp_path / "repo", files)
    write(repo, {"app/docs/a": "new\n", "lib/b": "new\n"})
    relative, outside = git(repo / "app", "diff", "--relative"), git(repo, "diff", "lib")
    git(repo, "checkout", "-q", ".")
    patch = tmp_path / "patch"
    words = ("simulate", repo / "app", "--diff", patch, "--format", "json")
    patch.write_bytes(relative)
    assert outcomes(layerscope(capsys, *words)) == {"[2/2] COPY docs /docs": "rebuilt"}
    patch.write_bytes(outside)
    done = layerscope(capsys, *words)
    assert outcomes(done) == {}
    assert "../lib/b: changes no step" in done.err
    patch.write_bytes(outside.replace(b"lib/b", b"nowhere/c"))
    done = layerscope(capsys, *words)
    assert done.status == 2
    assert "names no file of the context or its repository: nowhere/c" in done.err
    patch.write_bytes(b"")
    assert outcomes(layerscope(capsys, *words)) == {}


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_archive_of_a_context_is_no_image(mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for side in ("before", "after"):
        with tarfile.open(tmp_path / f"{side}.tar", mode) as tar:
            tar.add(SINATRA / side, ".")
    compared = layerscope(
        capsys, "compare", tmp_path / "before.tar", tmp_path / "after.tar", "--change", "app.rb", "--format", "json"
    )
    scenario = compared.document["scenarios"][0]
    assert (scenario["before"]["rebuilt"], scenario["after"]["rebuilt"]) == (3, 1)
    graph = layerscope(capsys, "graph", tmp_path / "before.tar", "--change", "app.rb", "--format", "json")
    assert [n["outcome"] for n in graph.document["nodes"] if n["kind"] == "step"].count("rebuilt") == 3
