"""What an answer takes for granted is said: tags and fetched sources that may move, configs that were not given."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from made_images import INDEX, Files, put, put_image, with_index
from made_images import write as write_files
from run import layerscope

_DIGEST = "sha256:" + "1" * 64
_CASES = {
    "a tag": (
        "FROM app\nCOPY a /\n",
        (),
        {("base-config", "docker.io/library/app:latest"), ("remote", "docker.io/library/app:latest")},
    ),
    "a digest": (f"FROM app@{_DIGEST}\nCOPY a /\n", (), {("base-config", "docker.io/library/app")}),
    "a base given by digest": (
        "FROM app\nCOPY a /\n",
        ("--base", f"app={_DIGEST}"),
        {("base-config", "docker.io/library/app:latest")},
    ),
    "a copy source": (
        "FROM scratch\nCOPY --from=tool /bin /bin\nCOPY a /\n",
        (),
        {("remote", "docker.io/library/tool:latest")},
    ),
    "a download": (
        "FROM scratch\nADD https://example.com/x.tgz /\nCOPY a /\n",
        (),
        {("remote", "https://example.com/x.tgz")},
    ),
    "a repository": (
        "FROM scratch\nADD https://example.com/x.git#v1 /\nCOPY a /\n",
        (),
        {("remote", "https://example.com/x.git#v1")},
    ),
    "a download with its checksum": (
        f"FROM scratch\nADD --checksum={_DIGEST} https://example.com/x.tgz /\nCOPY a /\n",
        (),
        set(),
    ),
    "a download of the classic builder": (
        "FROM app\nADD https://example.com/x.tgz /\nCOPY a /\n",
        ("--builder", "classic", "--base", f"app={_DIGEST}"),
        {("base-config", "docker.io/library/app:latest"), ("remote", "https://example.com/x.tgz")},
    ),
}


@pytest.mark.parametrize("case", _CASES)
def test_each_thing_that_may_move_is_named(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, options, expected = _CASES[case]
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "a").write_text("a")
    done = layerscope(capsys, "simulate", tmp_path, "--change", "a", "--format", "json", *options)
    assert {(row["kind"], row["subject"]) for row in done.document["assumptions"]} == expected
    assert [row["outcome"] for row in done.document["steps"]][-1] == "rebuilt"


def test_pull_is_said_of_the_tag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text("FROM app\nCOPY a /\n")
    (tmp_path / "a").write_text("a")
    done = layerscope(capsys, "simulate", tmp_path, "--change", "a", "--pull")
    assert "--pull asks the registry for it" in done.out
    moved = layerscope(
        capsys, "simulate", tmp_path, "--change", "a", "--pull", "--after-base", f"app={_DIGEST}", "--format", "json"
    )
    assert moved.document["steps"][0]["outcome"] == "rebuilt"


def test_an_edit_that_keeps_size_and_time_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for side, texts in (("before", ("aaa", "bbb", "ccc")), ("after", ("xxx", "yyy", "zz"))):
        (tmp_path / side).mkdir()
        (tmp_path / side / "Dockerfile").write_text("FROM scratch\nCOPY same touched shorter /\n")
        for name, text in zip(("same", "touched", "shorter"), texts, strict=True):
            (tmp_path / side / name).write_text(text)
            os.utime(tmp_path / side / name, ns=(10**18, 10**18))
    os.utime(tmp_path / "after" / "touched", ns=(10**18, 10**18 + 1))
    done = layerscope(capsys, "simulate", tmp_path / "before", "--after", tmp_path / "after", "--format", "json")
    told = [(row["kind"], row["subject"]) for row in done.document["assumptions"]]
    assert told == [("daemon-metadata", "same")]
    assert done.document["steps"][0]["because"] == ["same", "shorter", "touched"]
    shutil.copytree(tmp_path / "before", tmp_path / "copy")
    done = layerscope(capsys, "simulate", tmp_path / "before", "--after", tmp_path / "copy", "--format", "json")
    assert done.document["assumptions"] == []


def test_a_cross_build_runs_on_the_builders_own_platform(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM --platform=$BUILDPLATFORM scratch AS b\nARG BUILDPLATFORM TARGETPLATFORM\n"
        "RUN make $BUILDPLATFORM $TARGETPLATFORM\nFROM scratch\nCOPY --from=b /a /\n"
    )
    options = ("simulate", tmp_path, "--after", tmp_path, "--platform", "linux/arm64", "--format", "json")
    done = layerscope(capsys, *options)
    assert done.document["steps"][0]["name"] == "[b 1/1] RUN make linux/amd64 linux/arm64"
    assert [row["kind"] for row in done.document["assumptions"]] == ["platform"]
    done = layerscope(capsys, *options, "--build-arg", "BUILDPLATFORM=linux/arm64")
    assert done.document["steps"][0]["name"] == "[b 1/1] RUN make linux/arm64 linux/arm64"


def test_a_platform_that_is_named_is_not_taken_for_granted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Be it the very one that is built for unless said."""
    files: Files = {}
    images = [
        put_image(files, [b""], f"linux/{name}", platform={"os": "linux", "architecture": name})
        for name in ("arm64", "amd64")
    ]
    index = put(files, json.dumps({"schemaVersion": 2, "manifests": images}).encode(), INDEX)
    both = str(write_files(tmp_path / "both", with_index(files, index)))
    kinds = []
    for more in ((), ("--platform", "linux/amd64")):
        done = layerscope(capsys, "compare", both, both, "--no-files", "--format", "json", *more)
        assert done.status == 0, done.err
        kinds.append([assumed["kind"] for assumed in done.document["assumptions"]])
    assert "platform" in kinds[0]
    assert "platform" not in kinds[1]
