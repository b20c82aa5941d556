"""A registry's own files, made by hand where a real registry would not leave them so: damaged, cut short, astray."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_images import INDEX, Files, digest, layer, put, put_image, with_index
from run import layerscope

from layerscope.errors import InputError
from layerscope.image.open import read_image

BASE, ONE, TWO = layer("base:5000"), layer("one:100"), layer("two:200")


def blob_path(root: Path, value: str) -> Path:
    algorithm, _, hexadecimal = value.partition(":")
    return root / "docker/registry/v2/blobs" / algorithm / hexadecimal[:2] / hexadecimal / "data"


def tag_path(root: Path, repository: str, tag: str) -> Path:
    return root / "docker/registry/v2/repositories" / repository / "_manifests/tags" / tag / "current/link"


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def store(root: Path, repository: str, tag: str, files: Files) -> str:
    """Writes a layout as a registry keeps it; the digest of its image."""
    for path, data in files.items():
        if path.startswith("blobs/"):
            write(blob_path(root, digest(data)), data)
    top = str(json.loads(files["index.json"])["manifests"][0]["digest"])
    write(tag_path(root, repository, tag), top.encode())
    hexadecimal = top.partition(":")[2]
    write(tag_path(root, repository, tag).parents[3] / f"revisions/sha256/{hexadecimal}/link", top.encode())
    return top


def image(*layers: bytes) -> Files:
    files: Files = {}
    return with_index(files, put_image(files, list(layers)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store(tmp_path, "app", "v1", image(BASE, ONE))
    store(tmp_path, "team/deep/app", "v1", image(BASE, TWO))
    return tmp_path


def change_blob(root: Path) -> None:
    path = blob_path(root, tag_path(root, "app", "v1").read_text())
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_blob, "the manifest sha256:[0-9a-f]{64} is damaged"),
        (lambda root: tag_path(root, "app", "v1").write_text("sha256:../../../etc/passwd"), "is not a digest"),
        (lambda root: tag_path(root, "app", "v1").write_bytes(b"\xff" * 5000), "is not a digest"),
        (lambda root: tag_path(root, "app", "v1").write_text(digest(b"gone")), "is not there"),
        (lambda root: tag_path(root, "app", "v1").unlink(), "has no tag 'v1': there is v1"),
    ],
)
def test_damaged_storage(root: Path, change: Callable[[Path], Any], message: str) -> None:
    change(root)
    with pytest.raises(InputError, match=message) as raised:
        read_image(f"registry-storage:{root}//app:v1")
    assert str(root) in str(raised.value)


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("", "takes DIR//NAME"),
        ("ROOT", "takes DIR//NAME"),
        ("ROOT//", "takes DIR//NAME"),
        ("ROOT/none//app", "no such folder"),
        ("ROOT/docker/registry/v2/blobs//app", "no registry storage"),
        ("ROOT//app", "has no tag 'latest': there is v1"),
        ("ROOT//app:v2", "has no tag 'v2': there is v1"),
        ("ROOT//team/deep", "no repository 'team/deep' in this storage: there is app, team/deep/app"),
        ("ROOT//../app:v1", "not well formed"),
        ("ROOT//app:../v1", "not well formed"),
        ("ROOT//app@sha512:" + "0" * 40, "is not a digest"),
    ],
)
def test_places_that_are_none(root: Path, location: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_image("registry-storage:" + location.replace("ROOT", str(root)))


def test_bytes_shared_exclusive_and_unreferenced(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(blob_path(root, digest(b"orphan")), b"orphan")
    document = layerscope(capsys, "registry", root, "--format", "json").document
    assert document["schema_version"] == 1
    assert document["command"] == "registry"
    assert [repository["name"] for repository in document["repositories"]] == ["app", "team/deep/app"]
    for repository, layers in zip(document["repositories"], ((BASE, ONE), (BASE, TWO)), strict=True):
        files = image(*layers)
        stored = {path: len(data) for path, data in files.items() if path.startswith("blobs/")}
        assert repository == {
            "name": repository["name"],
            "tags": ["v1"],
            "referenced_bytes": sum(stored.values()),
            "exclusive_bytes": sum(stored.values()) - len(BASE),
            "shared_bytes": len(BASE),
        }
    exclusive = sum(repository["exclusive_bytes"] for repository in document["repositories"])
    assert document["blobs"] == {
        "count": 8,
        "bytes": exclusive + len(BASE) + len(b"orphan"),
        "unreferenced_count": 1,
        "unreferenced_bytes": len(b"orphan"),
    }
    assert document["shared_layers"] == [
        {"digest": digest(BASE), "size": len(BASE), "repositories": ["app", "team/deep/app"]}
    ]
    assert document["assumptions"] == []


def test_two_tags_of_one_image_are_one_image(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(root, "app", "latest", image(BASE, ONE))
    document = layerscope(capsys, "registry", root, "--format", "json").document
    assert [image["tags"] for image in document["images"]] == [["latest", "v1"], ["v1"]]
    assert document["images"][0]["unique_bytes"] == document["repositories"][0]["exclusive_bytes"]


def test_a_tag_without_its_manifest_and_platforms_that_were_not_copied(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tag_path(root, "app", "zombie"), digest(b"gone").encode())
    files: Files = {}
    here = put_image(files, [BASE], platform={"os": "linux", "architecture": "amd64"})
    gone = {**here, "digest": digest(b"gone too"), "platform": {"os": "linux", "architecture": "arm64"}}
    index = {"schemaVersion": 2, "manifests": [gone, here]}
    store(root, "app", "sparse", with_index(files, put(files, json.dumps(index).encode(), INDEX)))
    done = layerscope(capsys, "registry", root, "--format", "json")
    assert done.status == 0, done.err
    texts = [assumption["text"] for assumption in done.document["assumptions"]]
    assert texts == [
        "tags without a manifest: app:zombie",
        "2 blobs that manifests name are not in the registry, and count for nothing",
    ]
    assert str(read_image(f"registry-storage:{root}//app:sparse").platform) == "linux/amd64"


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_the_page_says_the_answer_first(root: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, "registry", root, "--format", form)
    first, *rest = done.out.splitlines()
    assert f"{root}: " in first
    assert "2 repositories; 10.2kB shared among them; every blob is needed" in first
    assert any("app, team/deep/app" in line for line in rest)


def test_an_index_that_lists_itself_by_way_of_others_ends(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files: Files = {}
    inner = put(files, b'{"manifests": []}', INDEX)
    for _ in range(12):
        inner = put(files, json.dumps({"schemaVersion": 2, "manifests": [inner]}).encode(), INDEX)
    store(root, "app", "deep", with_index(files, inner))
    done = layerscope(capsys, "registry", root)
    assert (done.status, done.out) == (2, "")
    assert "nested too deeply" in done.err
