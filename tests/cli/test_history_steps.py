"""`simulate --image REF` where no Dockerfile is at hand: the steps come from the image's history."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from fixtures_path import SINATRA
from run import layerscope

RECORDED = SINATRA / "recorded"


def _context(tmp_path: Path) -> Path:
    context = tmp_path / "context"
    shutil.copytree(SINATRA / "before", context)
    (context / "Dockerfile").unlink()
    return context


def _history(tmp_path: Path, *newest_first: str) -> str:
    lines = [
        json.dumps(
            {"CreatedAt": "2026-01-01T00:00:00Z", "CreatedBy": text, "ID": "a", "Comment": "", "Size": _size(text)}
        )
        for text in newest_first
    ]
    (tmp_path / "history.json").write_text("\n".join(lines) + "\n")
    return f"history:{tmp_path / 'history.json'}"


def _size(created_by: str) -> str:
    return "0B" if created_by.startswith(("CMD", "EXPOSE")) else "5B"


@pytest.mark.parametrize("version", ["before", "after", "same-base"])
def test_the_recovered_steps_fare_as_those_of_the_dockerfile(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fixtures' bases hold one layer, so that their one entry stands where the FROM row is."""
    options = ("--change", "app.rb", "--format", "json", "--image", f"oci:{RECORDED / version / 'oci'}")
    file = SINATRA / "same-base.Dockerfile" if version == "same-base" else SINATRA / version / "Dockerfile"
    told = layerscope(capsys, "simulate", SINATRA / "after", "-f", file, *options).document
    found = layerscope(capsys, "simulate", _context(tmp_path), *options).document
    assert (told["steps_from"], found["steps_from"]) == ("dockerfile", "history")
    assert [s["outcome"] for s in found["steps"]] == [s["outcome"] for s in told["steps"]]
    assert [s["instruction"] for s in found["steps"]][1:] == [s["instruction"] for s in told["steps"]][1:]
    assert [s["size"] for s in found["steps"]][1:] == [s["size"] for s in told["steps"]][1:]
    assert {a["kind"] for a in found["assumptions"]} == {"history", "layer-sizes"}


def test_a_given_base_takes_its_entries_for_every_builder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, base = RECORDED / "before" / "oci", RECORDED / "bases" / "debian-bookworm" / "oci"
    options = ("--image", f"oci:{image}", "--base", f"debian:bookworm=oci:{base}", "--format", "json")
    context = _context(tmp_path)

    def layers(*more: str) -> list[str]:
        done = layerscope(capsys, "simulate", context, "--change", "app.rb", *options, *more)
        steps = [step["instruction"] for step in done.document["steps"]]
        return [keyword for keyword in steps if keyword in {"FROM", "RUN", "COPY", "ADD", "WORKDIR"}]

    assert layers("--builder", "classic") == layers()
    assert layers()[:5] == ["FROM", "RUN", "RUN", "RUN", "COPY"]


def test_a_given_base_takes_its_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, base = RECORDED / "before" / "oci", RECORDED / "bases" / "debian-bookworm" / "oci"
    options = ("--image", f"oci:{image}", "--base", f"debian:bookworm=oci:{base}", "--format", "json")
    done = layerscope(capsys, "simulate", _context(tmp_path), "--change", "app.rb", *options)
    names = [step["name"] for step in done.document["steps"]]
    assert names[0] == "[1/7] FROM docker.io/library/debian:bookworm"
    assert names[4] == "[5/7] COPY . /usr/src/app"


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_a_source_the_context_does_not_have_is_open(
    builder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "context").mkdir()
    for name in ("a", "b"):
        (tmp_path / "context" / name).write_text(name)
    image = _history(tmp_path, "COPY /out/app /app # buildkit", "RUN /bin/sh -c true # buildkit", "COPY a / # buildkit")
    options = ("--builder", builder, "--image", image, "--format", "json")

    def outcomes(*change: object) -> list[str]:
        done = layerscope(capsys, "simulate", tmp_path / "context", *change, *options)
        return [step["outcome"] for step in done.document["steps"] if step["instruction"] != "FROM"]

    assert outcomes("--change", "b") == ["cached", "cached", "output_dependent"]
    assert outcomes("--change", "a") == ["rebuilt", "rebuilt", "rebuilt"]
    shutil.copytree(tmp_path / "context", tmp_path / "same")
    assert outcomes("--after", tmp_path / "same") == ["cached", "cached", "cached"]


def test_every_dialect_of_a_history_gives_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "a$b").write_text("")
    image = _history(
        tmp_path,
        'CMD ["sh"]',
        "EXPOSE map[80/tcp:{}]",
        "COPY --chown=1:2 a$b /there/ # buildkit",
        "/bin/sh -c #(nop) WORKDIR /srv",
        "|1 V=9 /bin/sh -c make",
        "/bin/sh -c #(nop) ADD file:0123 in / ",
        "",
    )
    done = layerscope(capsys, "simulate", tmp_path / "context", "--change", "*", "--image", image, "--format", "json")
    assert [(s["line"], s["instruction"], s["outcome"]) for s in done.document["steps"]] == [
        (1, "RUN", "cached"),
        (2, "ADD", "cached"),
        (3, "RUN", "cached"),
        (4, "WORKDIR", "cached"),
        (5, "COPY", "rebuilt"),
    ]


def test_with_a_dockerfile_at_hand_the_history_only_gives_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--image", f"oci:{RECORDED / 'before' / 'oci'}", "--format", "json")
    done = layerscope(capsys, "simulate", SINATRA / "before", "--change", "app.rb", *options)
    assert done.document["steps_from"] == "dockerfile"
