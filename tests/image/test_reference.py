"""REF: schemes, selectors, and paths without a scheme."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from made_images import layer

from layerscope.errors import InputError
from layerscope.image.open import read_image
from layerscope.image.reference import Reference, parse_reference


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, data in {
        "a.tar": layer("a:1"),
        "a.tar.gz": gzip.compress(layer("a:1"), mtime=0),
        "with:colon": layer("a:1"),
        "history.txt": b"IMAGE CREATED",
        "empty": b"",
        "layout/oci-layout": b"{}",
        "folder/file": b"x",
    }.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "kind", "location", "selector", "position"),
    [
        ("docker-archive:a.tar", "docker-archive", "a.tar", None, None),
        ("docker-archive:a.tar:app:1", "docker-archive", "a.tar", "app:1", None),
        ("docker-archive:a.tar:host:5000/app:1", "docker-archive", "a.tar", "host:5000/app:1", None),
        ("docker-archive:a.tar:@2", "docker-archive", "a.tar", None, 2),
        ("docker-archive:with:colon", "docker-archive", "with:colon", None, None),
        ("docker-archive:with:colon:app:1", "docker-archive", "with:colon", "app:1", None),
        ("oci-archive:a.tar", "oci-archive", "a.tar", None, None),
        ("oci:layout", "oci", "layout", None, None),
        ("oci:layout:v1", "oci", "layout", "v1", None),
        ("history:history.txt", "history", "history.txt", None, None),
        ("daemon:app:1", "daemon", "app:1", None, None),
        ("docker-daemon:app:1", "daemon", "app:1", None, None),
        ("registry:host:5000/app:1", "registry", "host:5000/app:1", None, None),
        ("docker://app:1", "registry", "app:1", None, None),
        ("registry-storage:/srv//app:1", "registry-storage", "/srv//app:1", None, None),
        ("a.tar", "archive", "a.tar", None, None),
        ("a.tar.gz", "archive", "a.tar.gz", None, None),
        ("with:colon", "archive", "with:colon", None, None),
        ("layout", "oci", "layout", None, None),
        ("history.txt", "history", "history.txt", None, None),
        ("app", "daemon", "app", None, None),
        ("host/app:1", "daemon", "host/app:1", None, None),
    ],
)
def test_references(text: str, kind: str, location: str, selector: str | None, position: int | None) -> None:
    assert parse_reference(text) == Reference(text, kind, location, selector, position)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("docker-archive:none.tar", "none.tar: no such file or directory"),
        ("oci:none:v1", "none:v1: no such file or directory"),
        ("history:", "needs a name or path"),
        ("docker-archive:a.tar:@x", "number of an image"),
        ("folder", "without oci-layout"),
        ("empty", "the file is empty"),
    ],
)
def test_what_cannot_be_meant(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_reference(text)
    assert message in str(raised.value)


def test_a_file_that_may_not_be_read(as_somebody: Path) -> None:
    closed = as_somebody / "a.tar"
    closed.write_bytes(b"x")
    closed.chmod(0)
    with pytest.raises(InputError, match="Permission denied"):
        parse_reference(str(closed))


@pytest.mark.parametrize(
    ("text", "message"), [("a.tar:x/", "."), ("docker-archive:folder", "a directory, not an archive")]
)
def test_reading_what_is_no_image(text: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(InputError, match=message):
        read_image(text)
