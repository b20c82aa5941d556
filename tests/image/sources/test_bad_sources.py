"""Layouts and archives that are damaged, or lie: one line that names the file, and nothing worse."""
# ruff: noqa: E501  # a case is a line

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_images import (
    CONFIG,
    INDEX,
    LAYER,
    MANIFEST,
    Files,
    digest,
    layer,
    put,
    put_image,
    tar,
    tar_of,
    with_index,
    write,
)
from test_sources import ONE, TWO, docker_archive, small_layout

from layerscope.errors import InputError
from layerscope.image.layers.measure import measure
from layerscope.image.open import read_image


def linked(*links: tuple[str, str]) -> bytes:
    """A docker archive whose last members are links."""
    members = [(tarfile.TarInfo(path), data) for path, data in docker_archive().items() if path != "2/layer.tar"]
    for path, target in links:
        member = tarfile.TarInfo(path)
        member.type, member.linkname = tarfile.SYMTYPE, target
        members.append((member, b""))
    return tar(members)


def broken_layout(change: Callable[[Files], object]) -> bytes:
    files = small_layout()
    change(files)
    return tar_of(files)


def blob_of(files: Files, media_type: str) -> str:
    """The path of the only blob of a type in a small layout."""
    manifest = json.loads(files["index.json"])["manifests"][0]["digest"]
    path = "blobs/" + manifest.replace(":", "/")
    return path if media_type == MANIFEST else "blobs/" + json.loads(files[path])["config"]["digest"].replace(":", "/")


def image_with(manifest: dict[str, object], config: bytes = b'{"os": "linux"}') -> bytes:
    files: Files = {}
    whole = {"schemaVersion": 2, "config": put(files, config, CONFIG), "layers": [], **manifest}
    return tar_of(with_index(files, put(files, json.dumps(whole).encode(), MANIFEST)))


SAVED = tar_of(docker_archive())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (SAVED[:3000], "truncated"),
        (gzip.compress(SAVED, mtime=0)[:200], "truncated"),
        (tar_of({"etc/passwd": b"x"}), "neither manifest.json nor index.json"),
        (tar_of(docker_archive({"manifest.json": b"{"})), "not JSON"),
        (tar_of(docker_archive({"manifest.json": b"[1]"})), "not a JSON array of objects"),
        (tar_of(docker_archive({"manifest.json": b"[]"})), "holds no image"),
        (tar_of(docker_archive({"manifest.json": b"[" * 50_000})), "not JSON"),
        (tar_of(docker_archive(Config="none.json")), "none.json is not in the archive"),
        (tar_of(docker_archive(Config="/etc/passwd")), "no path inside"),
        (tar_of(docker_archive(Config="../x")), "no path inside"),
        (tar_of(docker_archive(Config=7)), "'Config' is not a string"),
        (tar_of(docker_archive({"manifest.json": SAVED})), "not JSON"),
        (tar_of(docker_archive({"0" * 64 + ".json": b"{}"}, Config="0" * 64 + ".json")), "damaged: its bytes have the digest"),
        (tar_of(docker_archive(Layers=["1/layer.tar"])), "lists 1 layers, the config 2 diff IDs"),
        (tar_of(docker_archive(Layers=["1/layer.tar", "3/layer.tar"])), "3/layer.tar is not in the archive"),
        (tar_of(docker_archive(Layers=["1/layer.tar", "a/../../x"])), "no path inside"),
        (linked(("2/layer.tar", "../3/layer.tar"), ("3/layer.tar", "../2/layer.tar")), "round in circles"),
        (linked(("2/layer.tar", "../../../etc/passwd")), "out of the archive"),
        (linked(("2/layer.tar", "/etc/passwd")), "out of the archive"),
        (linked(("2/layer.tar", "../none/layer.tar")), "is not in the archive"),
        (broken_layout(lambda files: files.pop(blob_of(files, MANIFEST))), "the manifest .* is not there"),
        (broken_layout(lambda files: files.pop(blob_of(files, CONFIG))), "the config .* is not there"),
        (broken_layout(lambda files: files.update({blob_of(files, MANIFEST): b"{}"})), "the manifest .* is damaged"),
        (broken_layout(lambda files: files.update({blob_of(files, CONFIG): b"{}"})), "the config .* is damaged"),
        (broken_layout(lambda files: files.update({"index.json": b"null"})), "not a JSON object"),
        (broken_layout(lambda files: files.update({"index.json": b'{"manifests": []}'})), "holds no image"),
        (broken_layout(lambda files: files.update({"index.json": b'{"manifests": [{"digest": "sha256:../../x"}]}'})), "is not a digest"),
        (image_with({"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": "x"}}), "holds no image"),
        (image_with({"layers": [{"digest": "sha256:" + "0" * 64, "size": -1, "mediaType": LAYER}]}), "negative size"),
        (image_with({"layers": [{"digest": "sha256:" + "0" * 64, "size": 10**30}]}), "whole number of 64 bits"),
        (image_with({"layers": {}}), "'layers' is not an array"),
        (image_with({}, b'{"rootfs": {"diff_ids": ["sha256:short"]}}'), "is not a digest"),
        (image_with({}, b'{"rootfs": {"diff_ids": ["sha256:' + b"0" * 64 + b'"]}}'), "has 0 layers, its config 1 diff IDs"),
        (image_with({}, b'{"config": {"Env": [1]}}'), "'Env' is not an array of strings"),
        (image_with({}, b'{"history": 3}'), "'history' is not an array"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_that_names_the_file(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as raised:
        read_image(str(path))
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (docker_archive({"1/layer.tar": layer("other:1")}), "the diff ID .* is damaged"),
        (docker_archive({"1/layer.tar": gzip.compress(ONE, mtime=0)[:-9]}), "truncated"),
        ({**small_layout(), "blobs/" + digest(ONE).replace(":", "/"): ONE + b"more"}, "the layer .* is damaged"),
    ],
)
def test_layers_are_checked_on_demand(files: Files, message: str, tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(tar_of(files))
    read_image(str(path))
    with pytest.raises(InputError, match=message):
        read_image(str(path), check=True)


def test_a_damaged_layer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(tar_of(docker_archive({"2/layer.tar": TWO[:600]})))
    with pytest.raises(InputError) as raised:
        measure(read_image(str(path)))
    assert raised.value.file == f"{path} (2/layer.tar)"


def test_indexes_that_go_round_in_circles_or_too_deep(tmp_path: Path) -> None:
    files: Files = {}
    descriptor = put_image(files, [ONE])
    for _ in range(12):
        descriptor = put(files, json.dumps({"manifests": [descriptor, descriptor]}).encode(), INDEX)
    with pytest.raises(InputError, match="nested too deeply"):
        read_image(str(write(tmp_path, with_index(files, descriptor))))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from((SAVED, tar_of(small_layout()))), st.integers(0, len(SAVED) - 1), st.integers(0, 255), st.booleans()
)
def test_damage_anywhere_is_read_or_refused(data: bytes, at: int, byte: int, cut: bool) -> None:
    damaged = bytearray(data)
    damaged[at % len(data)] = byte
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "image.tar"
        path.write_bytes(damaged[: at if cut else None])
        try:
            measure(read_image(f"docker-archive:{path}" if data is SAVED else f"oci-archive:{path}"))
        except InputError as error:
            assert str(path) in str(error)


def test_importing_costs_little() -> None:
    code = "import sys, layerscope.image.open; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"docker", "tarfile", "zstandard", "isal", "json", "hashlib", "requests"} & set(loaded)
