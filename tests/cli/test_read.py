"""Saved outputs of Docker's: the guide's own, recorded ones, and their variants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures_path import GUIDE, RECORDED
from run import layerscope


def read(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, Any]:
    done = layerscope(capsys, "read", path, "--format", "json")
    assert done.status == 0, done.err
    (only,) = done.document["files"]
    return dict(only)


@pytest.mark.parametrize(("log", "cached"), [("build.log", 0), ("rebuild.log", 9)])
def test_the_guides_builds(log: str, cached: int, capsys: pytest.CaptureFixture[str]) -> None:
    (build,) = read(capsys, GUIDE / log)["builds"]
    assert build["builder"] == "classic"
    assert build["context_bytes"] == 22020
    assert len(build["steps"]) == 10
    assert sum(step["outcome"] == "cached" for step in build["steps"]) == cached


def test_the_guides_images(capsys: pytest.CaptureFixture[str]) -> None:
    assert read(capsys, GUIDE / "images.txt")["images"] == [
        {"id": "54d239c00f11", "names": ["app:latest"], "size": 209_000_000},
        {"id": "f49eec89601e", "names": ["ubuntu:16.04"], "size": 129_000_000},
    ]


def test_the_guides_push(capsys: pytest.CaptureFixture[str]) -> None:
    (push,) = read(capsys, GUIDE / "push.log")["pushes"]
    assert push["repository"] == "docker.io/subicura/sinatra-app"
    assert (push["tag"], push["manifest_size"]) == ("1", 2409)
    states = {layer["id"]: (layer["state"], layer["source"]) for layer in push["layers"]}
    assert states["2adeabae7edc"] == ("pushed", None)
    assert states["73e2a95c08bd"] == ("exists", None)
    assert states["5eb5bd4c5014"] == ("mounted", "library/ubuntu")


def test_the_guides_registry(capsys: pytest.CaptureFixture[str]) -> None:
    found = read(capsys, GUIDE / "registry-tree.txt")
    (repository,) = found["repositories"]
    assert (repository["name"], repository["tags"]) == ("subicura/app", ["latest"])
    assert (len(repository["revisions"]), len(repository["layers"])) == (1, 3)
    assert found["blobs"] == {"count": 4, "unreferenced": []}


@pytest.mark.parametrize("log", sorted(p.name for p in (RECORDED / "before").glob("*.log")))
def test_recorded_logs(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    (build,) = read(capsys, RECORDED / "before" / log)["builds"]
    outcomes = [step["outcome"] for step in build["steps"] if "FROM" not in step["name"]]
    expected = {"first": 0, "unchanged": len(outcomes), "changed": 4 if "classic" in log else 3}
    assert outcomes.count("cached") == expected[log.split(".")[1]]


VARIANTS = {
    "two tags are one image": (
        "REPOSITORY   TAG   IMAGE ID       CREATED      SIZE\n"
        "app          1     54d239c00f11   2 days ago   209MB\n"
        "app          2     54d239c00f11   2 days ago   209MB\n"
        "<none>       <none>   aaaaaaaaaaaa   2 days ago   1.5kB\n",
        {"images": [("54d239c00f11", ["app:1", "app:2"], 209_000_000), ("aaaaaaaaaaaa", [], 1500)]},
    ),
    "JSON lines": (
        '{"Repository":"app","Tag":"1","ID":"54d239c00f11","Size":"12B"}\n',
        {"images": [("54d239c00f11", ["app:1"], 12)]},
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_listings(variant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, expected = VARIANTS[variant]
    (tmp_path / "listing").write_text(text)
    images = [(i["id"], i["names"], i["size"]) for i in read(capsys, tmp_path / "listing")["images"]]
    assert images == expected["images"]


def test_a_push_on_a_terminal_says_the_last_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "push").write_text(
        "Using default tag: latest\nThe push refers to repository [localhost:5000/app]\n"
        "aaaaaaaaaaaa: Preparing\nbbbbbbbbbbbb: Waiting\raaaaaaaaaaaa: Pushing  1kB/2kB\raaaaaaaaaaaa: Pushed\n"
    )
    (push,) = read(capsys, tmp_path / "push")["pushes"]
    assert [(x["id"], x["state"]) for x in push["layers"]] == [
        ("aaaaaaaaaaaa", "pushed"),
        ("bbbbbbbbbbbb", "unfinished"),
    ]
    assert push["digest"] is None


def test_a_registry_as_paths_with_a_blob_nobody_links(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = "a" * 64, "b" * 64
    root = "/var/lib/registry/docker/registry/v2"
    (tmp_path / "paths").write_text(
        f"{root}/blobs/sha256/aa/{one}/data\n{root}/blobs/sha256/bb/{two}/data\n"
        f"{root}/repositories/a/b/_layers/sha256/{one}/link\n"
    )
    found = read(capsys, tmp_path / "paths")
    assert found["repositories"][0]["name"] == "a/b"
    assert found["blobs"] == {"count": 2, "unreferenced": [f"sha256:{two}"]}


@pytest.mark.parametrize("content", [b"", b"hello\n", bytes(range(256)), b"REPOSITORY TAG IMAGE ID CREATED SIZE\nx\n"])
def test_what_is_none_of_these(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(content)
    done = layerscope(capsys, "read", tmp_path / "file")
    assert done.status == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert "file" in done.err
