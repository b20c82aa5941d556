"""Extended attributes of context files, asked about from the command line."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from run import layerscope

from layerscope.context import attributes

DOCKERFILE = "FROM busybox AS s\nCOPY src /src\nFROM busybox\nCOPY --from=s /src/x /x\nCOPY other /o\n"


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    """Two contexts that are the same but for an attribute of src/x."""
    for side in ("before", "after"):
        (tmp_path / side / "src").mkdir(parents=True)
        for name, text in {"Dockerfile": DOCKERFILE, "src/x": "x", "src/y": "y", "other": "o"}.items():
            (tmp_path / side / name).write_text(text)
            os.utime(tmp_path / side / name, (1, 1))
    if not hasattr(os, "setxattr"):
        pytest.skip("this system tells no extended attributes")
    os.setxattr(tmp_path / "after/src/x", "user.layer", b"1")
    return str(tmp_path / "before"), str(tmp_path / "after")


def test_a_changed_attribute_rebuilds_what_copies_the_file(
    capsys: pytest.CaptureFixture[str], sides: tuple[str, str]
) -> None:
    said = layerscope(capsys, "simulate", sides[0], "--after", sides[1], "--format", "json").document
    assert [step["outcome"] for step in said["steps"] if step["instruction"] == "COPY"] == [
        "rebuilt",
        "rebuilt",
        "rebuilt",
    ]
    (cause,) = said["steps"][1]["causes"]
    assert (cause["kind"], cause["path"], cause["part"]) == ("file", "src/x", None)
    assert cause["text"] == "the extended attributes of src/x changed"
    assert [(a["kind"], a["subject"]) for a in said["assumptions"] if "attributes" in a["text"]] == [
        ("daemon-metadata", "src/x")
    ]


def test_an_attribute_is_explained(capsys: pytest.CaptureFixture[str], sides: tuple[str, str]) -> None:
    said = layerscope(capsys, "explain", sides[0], "--after", sides[1]).out
    assert "src/x has other extended attributes" in said


def test_the_classic_builder_takes_the_file_from_its_cache(
    capsys: pytest.CaptureFixture[str], sides: tuple[str, str]
) -> None:
    done = layerscope(capsys, "simulate", sides[0], "--after", sides[1], "--builder", "classic", "--format", "json")
    assert {step["outcome"] for step in done.document["steps"]} == {"cached"}


def test_a_mode_is_named_before_an_attribute(capsys: pytest.CaptureFixture[str], sides: tuple[str, str]) -> None:
    Path(sides[1], "src/x").chmod(0o755)
    said = layerscope(capsys, "simulate", sides[0], "--after", sides[1], "--format", "json").document
    assert [cause["part"] for cause in said["steps"][1]["causes"]] == ["mode"]


def test_a_snapshot_holds_attributes(
    capsys: pytest.CaptureFixture[str], sides: tuple[str, str], tmp_path: Path
) -> None:
    snapshot = str(tmp_path / "snapshot")
    layerscope(capsys, "context", sides[1], "--snapshot", snapshot)
    same = layerscope(capsys, "simulate", snapshot, "--after", sides[1], "--format", "json").document
    assert same["summary"]["rebuilt"] == 0
    assert not [a for a in same["assumptions"] if a["kind"] == "extended-attributes"]
    other = layerscope(capsys, "simulate", snapshot, "--after", sides[0], "--format", "json").document
    assert other["summary"]["rebuilt"] == 3


def test_a_snapshot_that_does_not_hold_them_says_so(
    capsys: pytest.CaptureFixture[str], sides: tuple[str, str], tmp_path: Path
) -> None:
    snapshot = tmp_path / "snapshot"
    layerscope(capsys, "context", sides[0], "--snapshot", str(snapshot))
    document = json.loads(gzip.decompress(snapshot.read_bytes()))
    del document["attributes"]
    snapshot.write_bytes(gzip.compress(json.dumps(document, separators=(",", ":")).encode()))
    said = layerscope(capsys, "simulate", str(snapshot), "--after", sides[0], "--format", "json").document
    assert [a["subject"] for a in said["assumptions"] if a["kind"] == "extended-attributes"] == [str(snapshot)]


def test_a_system_that_does_not_tell_them_is_said_where_a_step_reads_files(
    capsys: pytest.CaptureFixture[str], sides: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attributes, "UNTOLD", True)

    def kinds() -> set[str]:
        said = layerscope(capsys, "simulate", sides[0], "--after", sides[1], "--format", "json").document
        return {assumption["kind"] for assumption in said["assumptions"]}

    assert "extended-attributes" in kinds()
    for side in sides:
        Path(side, "Dockerfile").write_text("FROM busybox\nRUN --mount=target=/m make\n")
    assert "extended-attributes" in kinds()
    for side in sides:
        Path(side, "Dockerfile").write_text(
            "FROM busybox\nRUN --mount=type=cache,target=/c make\nCOPY --from=busybox /a /a\n"
        )
    assert "extended-attributes" not in kinds()
