"""`explain` and `context`: the sentences a person reads, and the documents programs read."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures_path import SINATRA
from repositories import commit, write
from run import layerscope

DOCKERFILE = """\
FROM busybox AS build
ARG V
COPY src /src
RUN make
FROM busybox
COPY --from=build /out /out
COPY run.sh /
ENTRYPOINT ["/run.sh"]
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for name, text in {
        "Dockerfile": DOCKERFILE,
        "src/a.c": "a",
        "src/b.c": "bb",
        "run.sh": "run",
        "notes": "n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".dockerignore").write_text("*.md\nnotes.d\n")
    (tmp_path / "old.md").write_text("old!")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "step", "chain", "difference", "text"),
    [
        (
            ["--change", "src/a.c", "--step", "make"],
            "[build 3/3] RUN make",
            [("[build 3/3] RUN make", []), ("[build 2/3] COPY src /src", ["src/a.c"])],
            {"part": "parent", "before": "as built", "after": "[build 2/3] COPY src /src runs again"},
            "It began with `[build 2/3] COPY src /src` at line 3: src/a.c has other content.",
        ),
        (
            ["--remove", "src/a.c", "--step", "COPY src"],
            "[build 2/3] COPY src /src",
            [("[build 2/3] COPY src /src", ["src/a.c"])],
            {"part": "src/a.c", "before": "file, mode 0644, 1 bytes", "after": None},
            "src/a.c is gone",
        ),
        (
            ["--after-build-arg", "V=2", "--build-arg", "V=1", "--step", "make"],
            "[build 3/3] RUN make",
            [("[build 3/3] RUN make", ["ARG V"])],
            {"part": "environment variable V", "before": "1", "after": "2"},
            "build argument V has another value",
        ),
        (
            ["--change", "src/b.c", "--step", "--from=build"],
            "[stage-1 2/3] COPY --from=build /out /out",
            [("[stage-1 2/3] COPY --from=build /out /out", []), ("[build 3/3] RUN make", []),
             ("[build 2/3] COPY src /src", ["src/b.c"])],
            {"part": "files of a stage", "before": "as built", "after": "[build 3/3] RUN make runs again"},
            "Only the build can tell",
        ),
        (
            ["--change", "src/b.c", "--step", "run.sh"],
            "[stage-1 3/3] COPY run.sh /",
            None,
            None,
            "Only the build can tell",
        ),
    ],
)  # fmt: skip
def test_explain(
    words: list[str],
    step: str,
    chain: list[tuple[str, list[str]]] | None,
    difference: dict[str, str | None] | None,
    text: str,
    app: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = layerscope(capsys, "explain", app, *words, "--format", "json")
    assert done.status == 0, done.err
    assert done.document["command"] == "explain"
    (only,) = done.document["steps"]
    assert only.keys() == {"name", "outcome", "chain", "difference", "text"}
    assert only["name"] == step
    if chain is not None:
        assert [(link["name"], link["because"]) for link in only["chain"]] == chain
        assert only["difference"] == difference
    assert text in only["text"]


def test_every_step_that_re_runs_is_explained(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = layerscope(capsys, "explain", app, "--change", "src", "--format", "json").document
    assert [step["outcome"] for step in document["steps"]] == [
        "rebuilt",
        "rebuilt",
        "output_dependent",
        "output_dependent",
    ]


def test_what_would_break_a_cached_step(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (step,) = layerscope(capsys, "explain", app, "--change", "notes", "--step", "2", "--format", "json").document[
        "steps"
    ]
    assert step["outcome"] == "cached"
    assert step["chain"] == []
    assert "a change of the 2 files it reads (src/a.c, src/b.c)" in step["text"]


@pytest.mark.parametrize("step", ["99", "0", "nothing like it"])
def test_a_step_that_is_none(step: str, app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, "explain", app, "--change", "notes", "--step", step)
    assert done.status == 2
    assert f"--step {step}" in done.err


def test_context(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = layerscope(capsys, "context", app, "--format", "json").document
    assert document["sent"] == {"files": 6, "bytes": len(DOCKERFILE) + 1 + 2 + 3 + 1 + len("*.md\nnotes.d\n")}
    assert document["ignored"] == {"files": 1, "bytes": 4}
    assert [(s["name"], s["line"], s["paths"], s["bytes"]) for s in document["steps"]] == [
        ("[build 2/3] COPY src /src", 3, ["src/a.c", "src/b.c"], 3),
        ("[stage-1 3/3] COPY run.sh /", 7, ["run.sh"], 3),
    ]
    assert document["unread"] == [".dockerignore", "Dockerfile", "notes"]
    assert document["rules"] == [
        {"pattern": "*.md", "line": 1, "files": 1, "bytes": 4},
        {"pattern": "notes.d", "line": 2, "files": 0, "bytes": 0},
    ]


def test_prerequisites_for_make(app: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (app / "src" / "a b$.c").write_text("x")
    monkeypatch.chdir(app)
    done = layerscope(capsys, "context", "--format", "make")
    assert done.out == ("image: \\\n  Dockerfile \\\n  src/a\\ b$$.c \\\n  src/a.c \\\n  src/b.c \\\n  run.sh\n")


def test_the_classic_builder_reads_the_same_files(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("context", SINATRA / "after", "--format", "json")
    buildkit = layerscope(capsys, *words).document["steps"]
    classic = layerscope(capsys, *words, "--builder", "classic").document["steps"]
    assert [s["paths"] for s in classic] == [s["paths"] for s in buildkit]


def test_a_repository_in_the_context_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = commit(tmp_path, {"Dockerfile": "FROM app\nCOPY src /src\nCOPY . /all\n", "src/a": "a"})
    write(repository, {"src/a": "b"})
    done = layerscope(capsys, "explain", repository, "--format", "json")
    first, second = (step["text"] for step in done.document["steps"])
    assert "under .git" not in first
    assert "src/a has other content" in second
    assert "in the context under .git and change at every commit" in second
    assert ("git", ".git") in {(row["kind"], row["subject"]) for row in done.document["assumptions"]}


def test_the_chain_ends_where_it_began(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "FROM app AS a\nCOPY go.mod /\nRUN get\nCOPY . /src\nRUN make\nFROM app\nCOPY --from=a /out /out\n"
    write(tmp_path, {"Dockerfile": text, "go.mod": "m", "b": "b"})
    done = layerscope(capsys, "explain", tmp_path, "--change", "go.mod", "--step", "RUN make", "--format", "json")
    (step,) = done.document["steps"]
    assert [link["name"] for link in step["chain"]] == [
        "[a 5/5] RUN make", "[a 4/5] COPY . /src", "[a 3/5] RUN get", "[a 2/5] COPY go.mod /",
    ]  # fmt: skip
    assert "It began with `[a 2/5] COPY go.mod /` at line 2" in step["text"]
    cached = layerscope(capsys, "explain", tmp_path, "--after", tmp_path, "--step", "--from=a", "--format", "json")
    assert "other bytes where it reads what `[a 5/5] RUN make` left" in cached.document["steps"][0]["text"]
