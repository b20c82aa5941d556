"""What layers that an engine saved as plain tars take in a registry: not known, but estimated from a sample."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from made_images import layer, put_image, tar_of, with_index, write
from odd_archives import docker_archive
from run import layerscope

from layerscope.image.layers.compressed_size import estimated_size
from layerscope.image.open import read_image


def text(size: int) -> bytes:
    """Bytes that compress about as programs do."""
    made = random.Random(7)
    words = [made.randbytes(made.randrange(2, 12)) for _ in range(4000)]
    parts = [b"".join(made.choices(words, k=1000)) for _ in range(max(1, size // 6000))]
    return b"".join(parts)[:size]


@pytest.mark.parametrize("size", [30_000, 1_500_000, 6_000_000])
def test_an_estimate_is_near_what_gzip_makes_of_a_layer(size: int, tmp_path: Path) -> None:
    data = tar_of({"a": text(size), "b": bytes(size // 10)})
    (tmp_path / "image.tar").write_bytes(docker_archive([data]))
    (found,) = read_image(str(tmp_path / "image.tar")).layers
    assert found.compressed_size is None
    estimate = estimated_size(found)
    assert estimate == pytest.approx(len(gzip.compress(data, 6)), rel=0.2)
    assert estimate == estimated_size(found)


def test_tars_of_an_archive_are_not_what_is_pulled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.tar", tmp_path / "b.tar"
    first.write_bytes(docker_archive([layer("a:100000")]))
    second.write_bytes(docker_archive([layer("a:100000"), layer("b:200000")]))
    document = layerscope(capsys, "image", second, "--format", "json").document
    assert document["compressed_size"] is None
    assert {row["compressed_size"] for row in document["instructions"] if not row["empty_layer"]} == {None}
    shown = layerscope(capsys, "image", second).out
    assert "300kB, about " in shown.splitlines()[0] and "compressed in 2 layers" in shown
    assert "~ compressed is an estimate from a sample of each layer" in shown
    compared = layerscope(capsys, "compare", first, second, "--format", "json").document
    assert compared["transfer"]["bytes"] is None and compared["transfer"]["layers_sent"] == 1
    table = layerscope(capsys, "compare", first, second).out
    assert "~" in next(line for line in table.splitlines() if "to fetch" in line)
    unread = layerscope(capsys, "image", second, "--no-files").out
    assert "compressed in" not in unread


def test_what_is_stored_compressed_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """crane writes such archives, and engines that keep layers as they were pulled."""
    packed = [gzip.compress(layer(f"{name}:5000"), mtime=0) for name in "ab"]
    (tmp_path / "image.tar").write_bytes(docker_archive(packed))
    document = layerscope(capsys, "image", tmp_path / "image.tar", "--format", "json").document
    assert document["compressed_size"] == sum(map(len, packed))
    assert "about" not in layerscope(capsys, "image", tmp_path / "image.tar").out


def test_a_layout_s_plain_tars_are_not_called_compressed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files: dict[str, bytes] = {}
    data = layer("a:5000")
    place = write(tmp_path / "layout", with_index(files, put_image(files, [data])))
    assert layerscope(capsys, "image", place, "--format", "json").document["compressed_size"] == len(data)
    shown = layerscope(capsys, "image", place).out.splitlines()[0]
    assert "stored uncompressed" in shown and " compressed in" not in shown
