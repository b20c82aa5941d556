"""Wrong use and unreadable input: one line that names file and line, exit 2, nothing on standard output."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures_path import SINATRA, SMALL
from run import layerscope

BEFORE = SINATRA / "before"
GOOD = "FROM busybox\nCOPY . /app\n"
Prepare = Callable[[Path], None]


def dockerfile(text: str | bytes) -> Prepare:
    return lambda place: (place / "Dockerfile").write_bytes(text.encode() if isinstance(text, str) else text) and None


def file(name: str, content: bytes) -> Prepare:
    def write(place: Path) -> None:
        (place / "Dockerfile").write_text(GOOD)
        (place / name).write_bytes(content)

    return write


NOTHING: Prepare = lambda _: None  # noqa: E731
# what lies in the folder, the command line ({} is the folder), what the line must say
CASES: dict[str, tuple[Prepare, str, str]] = {
    "no Dockerfile": (NOTHING, "simulate {} --change x", "Dockerfile: no such Dockerfile"),
    "no context": (NOTHING, "simulate {}/none --change x", "none: no such file"),
    "empty Dockerfile": (dockerfile(""), "simulate {} --change x", "Dockerfile:1: file with no instructions"),
    "unknown instruction": (dockerfile("FROM a\nFOO b\n"), "simulate {} --change x", "Dockerfile:2: unknown instruct"),
    "unknown flag": (dockerfile("FROM a\n\nCOPY --x=1 a b\n"), "simulate {} --change x", "Dockerfile:3: unknown flag"),
    "no FROM": (dockerfile("ARG A\n"), "simulate {} --change x", "Dockerfile:1: dockerfile contains no stages"),
    "binary junk": (dockerfile(bytes(range(256))), "simulate {} --change x", "Dockerfile:"),
    "open heredoc": (
        dockerfile("FROM a\nRUN <<E\nx\n"),
        "simulate {} --change x",
        "Dockerfile:2: unterminated heredoc",
    ),
    "bad expansion": (dockerfile("FROM a\nENV A=${B!}\n"), "simulate {} --change .", "Dockerfile:2: unsupported modif"),
    "unknown target": (dockerfile(GOOD), "simulate {} --change . --target x", 'target stage "x" could not be found'),
    "cycle": (
        dockerfile("FROM a AS b\nCOPY --from=c /x /\nFROM a AS c\nCOPY --from=b /x /\n"),
        "simulate {} --change .",
        "Dockerfile:",
    ),
    "source that matches nothing": (
        dockerfile("FROM a\nRUN x\nCOPY gone.txt /\n"),
        "simulate {} --change Dockerfile",
        'Dockerfile:3: COPY source "/gone.txt": not found',
    ),
    "ignored source": (
        file(".dockerignore", b"x.txt\n"),
        "simulate {} -f {}/other --change Dockerfile",
        "other: no such Dockerfile",
    ),
    "bad ignore pattern": (
        file(".dockerignore", b"ok\n[x\n"),
        "simulate {} --change .",
        ".dockerignore:2: syntax error",
    ),
    "class of no name in an ignore pattern": (
        file(".dockerignore", b"ok\n[[:foo:]]\n"),
        "simulate {} --change .",
        ".dockerignore:2: syntax error",
    ),
    "name that the client refuses": (
        dockerfile("FROM a\nCOPY ! /x\n"),
        "simulate {} --change Dockerfile",
        'Dockerfile: invalid includepatterns: illegal exclusion pattern: "!"',
    ),
    "argument that must be given, classic": (
        dockerfile("ARG A=${B:?no}\nFROM a\n"),
        "simulate {} --change . --builder classic",
        "Dockerfile:1: B: no",
    ),
    "change that matches nothing": (dockerfile(GOOD), "simulate {} --change nope", "nope: --change matches nothing"),
    "added path is there": (dockerfile(GOOD), "simulate {} --add Dockerfile", "Dockerfile: --add names a path"),
    "two ways": (dockerfile(GOOD), "simulate {} --change . --since HEAD", "one way only"),
    "no cache twice": (
        dockerfile(GOOD),
        "simulate {} --change . --no-cache --no-cache-filter a",
        "--no-cache and --no-cache-filter cannot be used together",
    ),
    "not a repository": (dockerfile(GOOD), "simulate {} --since HEAD", "not a git repository"),
    "unknown option": (dockerfile(GOOD), "simulate {} --wat", "No such option"),
    "unknown command": (NOTHING, "simulat {}", "No such command 'simulat'"),
    "gate that no step can break": (
        dockerfile(GOOD),
        "simulate {} --change . --fail-on-rebuild=zzz",
        "no step has that",
    ),
    "base that is no digest": (
        dockerfile(GOOD),
        "simulate {} --change . --base a=sha256:zz",
        "a digest is sha256: and 64",
    ),
    "options for contexts on images": (
        NOTHING,
        f"compare {SMALL / 'small.oci.tar'} {SMALL / 'small.oci.tar'} -f {{}}/x --no-cache",
        "--file, --no-cache: for build contexts",
    ),
    "graph of an image with a change": (
        NOTHING,
        f"graph {SMALL / 'small.oci.tar'} --since x",
        "--since: for build cont",
    ),
    "graph of an image with the builder that is the default": (
        NOTHING,
        f"graph {SMALL / 'small.oci.tar'} --builder buildkit",
        "--builder: for build cont",
    ),
    "target without a Dockerfile": (NOTHING, f"image {SMALL / 'small.oci.tar'} --target x", "give -f FILE too"),
    "bad builder": (dockerfile(GOOD), "simulate {} --builder kaniko --change .", "--builder takes buildkit or classic"),
    "bad base": (dockerfile(GOOD), "simulate {} --base busybox --change .", "--base needs NAME=DIGEST"),
    "log that is none": (file("log", b"hello\n"), "simulate {} --change . --timings {}/log", "log:"),
    "log that is missing": (dockerfile(GOOD), "simulate {} --change . --timings {}/log", "log: "),
    "history that is none": (file("h", b"hello\nworld\n"), "image history:{}/h", "h:"),
    "binary history": (file("h", bytes(range(256)) * 9), "image history:{}/h", "h:"),
    "reference of no kind": (NOTHING, "image floppy:{}/x", "floppy"),
    "missing archive": (NOTHING, "image docker-archive:{}/x.tar", "x.tar: no such file"),
    "junk archive": (file("x.tar", random.Random(0).randbytes(4096)), "image docker-archive:{}/x.tar", "x.tar:"),
    "empty archive": (file("x.tar", b""), "image docker-archive:{}/x.tar", "x.tar:"),
    "truncated archive": (
        lambda place: (place / "x.tar").write_bytes((SMALL / "small.docker.tar").read_bytes()[:30000]) and None,
        "image {}/x.tar",
        "x.tar",
    ),
    "layout that is none": (NOTHING, "image oci:{}", "not an OCI layout"),
    "context against image": (dockerfile(GOOD), f"compare {{}} {SMALL / 'small.oci.tar'}", "not one of each"),
    "named context is missing": (
        dockerfile(GOOD),
        "simulate {} --change . --build-context a={}/none",
        "none: no such file",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_line_and_exit_2(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare, words, expected = CASES[case]
    prepare(tmp_path)
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    done = layerscope(capsys, *words.replace("{}", str(tmp_path)).split(), "--format", "json")
    assert done.status == 2, done.err
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("layerscope: ")
    assert expected in done.err
    assert sorted(str(p) for p in tmp_path.rglob("*")) == before


def test_hostile_names_stay_on_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\nb\x1b[31m\u202e.txt"
    (tmp_path / name).write_text("x")
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY . /app\n")
    done = layerscope(capsys, "simulate", tmp_path, "--change", name)
    assert done.status == 0
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    document = layerscope(capsys, "simulate", tmp_path, "--change", name, "--format", "json").document
    assert document["steps"][-1]["because"] == [name]
    missing = layerscope(capsys, "simulate", tmp_path, "--change", name + "\ngone")
    assert missing.status == 2
    assert missing.err.count("\n") == 1


def test_a_name_that_is_no_utf8(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).write_text("x")
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY . /app\n")
    done = layerscope(capsys, "simulate", tmp_path, "--change", ".", "--format", "json")
    assert done.status == 0
    assert done.document["summary"]["rebuilt"] == 1
    assert layerscope(capsys, "simulate", tmp_path, "--change", ".").status == 0


def test_an_unreadable_directory(as_somebody: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (as_somebody / "Dockerfile").write_text(GOOD)
    closed = as_somebody / "closed"
    closed.mkdir()
    closed.chmod(0)
    done = layerscope(capsys, "simulate", as_somebody, "--change", "closed")
    closed.chmod(0o755)
    assert done.status == 2
    assert "closed: cannot list directory: permission denied" in done.err


def test_reports_are_never_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine")
    words = ("simulate", BEFORE, "--change", "app.rb", "--html", page)
    done = layerscope(capsys, *words)
    assert done.status == 2
    assert done.out == ""
    assert "--force overwrites it" in done.err
    assert page.read_text() == "mine"
    assert layerscope(capsys, *words, "--force").status == 0
    assert page.read_text() != "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_a_fault_is_exit_3_and_never_an_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from layerscope.cli import simulate

    def fault(*_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(simulate, "ask_simulate", fault)
    done = layerscope(capsys, "simulate", BEFORE, "--change", "app.rb")
    assert done.status == 3
    assert done.out == ""
    assert done.err.count("\n") == 1
    with pytest.raises(KeyError):
        layerscope(capsys, "simulate", BEFORE, "--change", "app.rb", "--debug")


def test_a_reader_that_goes_away_is_no_fault() -> None:
    command = (
        f"{sys.executable} -m layerscope graph {BEFORE} --format json | head -c 1 > /dev/null; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
    assert "Traceback" not in done.stderr


def test_a_device_is_written_to_and_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    done = layerscope(capsys, "graph", BEFORE, "-o", pipe, "--force")
    assert done.status == 0, done.err
    assert os.read(reader, 9) == b"flowchart"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_failed_write_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    done = layerscope(capsys, "graph", BEFORE, "-o", tmp_path / "folder", "--force")
    assert done.status == 2
    assert [p.name for p in tmp_path.rglob("*")] == ["folder"]
    missing = layerscope(capsys, "graph", BEFORE, "-o", tmp_path / "none" / "x")
    assert missing.status == 2
    assert "cannot write: no such file or directory" in missing.err


@pytest.mark.parametrize("words", ["demo", "graph {} --format html", "graph {} --format dot", "simulate {} --change a"])
def test_any_encoding_of_the_terminal(words: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN echo héllo\nCOPY a /\n")
    (tmp_path / "a").write_text("a")
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
    }
    command = [sys.executable, "-m", "layerscope", *words.replace("{}", str(tmp_path)).split()]
    done = subprocess.run(command, capture_output=True, check=False, env={**environment, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()


@pytest.mark.parametrize(
    ("redirection", "message"), [("> /dev/full", "no space left on device"), (">&-", "standard output is closed")]
)
def test_an_answer_that_cannot_be_written(redirection: str, message: str) -> None:
    command = f"{sys.executable} -m layerscope simulate {BEFORE} --change app.rb {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
