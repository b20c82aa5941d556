"""`simulate --image REF`: the sizes of a built image beside the steps that made it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures_path import FIXTURES
from run import layerscope

OWN = (("COPY /a /b # buildkit", "3B"), ("RUN /bin/sh -c make # buildkit", "5B"))
BASE = (("ADD file:1 in /", "70B"), ("RUN /bin/sh -c setup", "7B"))


def test_a_step_that_stands_for_two_has_the_size_of_the_one_in_the_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "Dockerfile").write_text(
        "FROM busybox AS x\nRUN make\nCOPY a /a\nFROM busybox AS y\nRUN make\nCOPY --from=x /a /b\n"
    )
    entries = [
        {"CreatedAt": "2026-01-01T00:00:00Z", "CreatedBy": text, "ID": "a", "Comment": "", "Size": size}
        for text, size in (*OWN, *BASE)
    ]
    (tmp_path / "history.json").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    done = layerscope(
        capsys, "simulate", tmp_path, "--change", "a", "--image", f"history:{tmp_path / 'history.json'}",
        "--format", "json",
    )  # fmt: skip
    assert {step["name"]: step["size"] for step in done.document["steps"]} == {
        "[x 1/3] FROM docker.io/library/busybox:latest": 77,
        "[x 2/3] RUN make": 5,
        "[x 3/3] COPY a /a": None,
        "[y 3/3] COPY --from=x /a /b": 3,
    }


def test_the_words_of_another_dockerfile_are_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = f"history:{FIXTURES / 'sinatra/recorded/before/history.json'}"
    done = layerscope(capsys, "image", history, "-f", FIXTURES / "small/Dockerfile")
    assert "RUN apt-get -y install bundler" in done.out and "LABEL" not in done.out.partition("Taken")[0]
    assert "the Dockerfile is not the one this image was built from" in done.out
    assert "12 of 12 instructions of the Dockerfile are not in the history (line 2 LABEL, line 3 ENV" in done.out
    document = layerscope(capsys, "image", history, "-f", FIXTURES / "small/Dockerfile", "--format", "json").document
    assert document["lines_from"] is None
    assert not any(row["line"] or row["base"] for row in document["instructions"])


def test_an_edited_instruction_keeps_the_words_of_the_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (FIXTURES / "sinatra/before/Dockerfile").read_text()
    (tmp_path / "Dockerfile").write_text(text.replace("bundle install --local", "bundle install --jobs 4"))
    history = f"history:{FIXTURES / 'sinatra/recorded/before/history.json'}"
    done = layerscope(capsys, "image", history, "-f", tmp_path / "Dockerfile")
    assert "RUN bundle install --local" in done.out and "--jobs" not in done.out
    assert "1 of 9 instructions of the Dockerfile is not in the history (line 8 RUN)" in done.out
    assert "no size is joined to a step" in done.out
