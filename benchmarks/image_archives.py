"""Image archives of many files as `docker save` writes them, the same bytes in every run, kept in a folder."""

from __future__ import annotations

import hashlib
import json
import random
import tarfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

_WORDS = 3000  # of the text that half of all content is
_POOL = 32 << 20  # bytes that contents are cut from: more than a compressor's window
_FILES_PER_FOLDER = 12
_BLOCK = 512


class ImageShape(NamedTuple):
    """What an archive holds.

    layers: files of each. mean: bytes of a file. deletions: whiteouts in one more layer on top; deletions_per_layer:
    in every layer but the first, as a RUN that tidies up makes them. compression: none, gzip or zstd.
    """

    layers: tuple[int, ...]
    mean: int = 0
    deletions: int = 0
    deletions_per_layer: int = 0
    compression: str = "none"

    @property
    def name(self) -> str:
        counts = (len(self.layers), sum(self.layers), self.mean, self.deletions, self.deletions_per_layer)
        return "-".join((*map(str, counts), self.compression))


def make_archive(path: Path, shape: ImageShape) -> None:
    """Writes an archive unless an earlier run did."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        _write(file, shape, part.parent)
    part.rename(path)


def _write(file: BinaryIO, shape: ImageShape, folder: Path) -> None:
    pool = _pool() if shape.mean else b""
    names, diff_ids = [], []
    layers = [_files(number, count, shape, pool) for number, count in enumerate(shape.layers)]
    if shape.deletions:
        layers.append(chain(_whiteouts(range(shape.deletions)), [bytes(2 * _BLOCK)]))
    scratch = folder / "layer.part"
    for layer in layers:
        with scratch.open("wb") as blob:
            diff_id, digest, size = _write_blob(blob, layer, shape.compression)
        names.append(f"blobs/sha256/{digest}")
        diff_ids.append(f"sha256:{diff_id}")
        file.write(_header(names[-1], size))
        with scratch.open("rb") as blob:
            while chunk := blob.read(1 << 20):
                file.write(chunk)
        file.write(bytes(-size % _BLOCK))
    scratch.unlink()
    _write_documents(file, names, diff_ids)


def _write_blob(blob: BinaryIO, layer: Iterator[bytes], compression: str) -> tuple[str, str, int]:
    """Diff ID, digest and size of what was written."""
    content, stored = hashlib.sha256(), hashlib.sha256()
    compress, flush = _compressor(compression)
    size = 0

    def put(data: bytes) -> None:
        nonlocal size
        stored.update(data)
        size += len(data)
        blob.write(data)

    for data in layer:
        content.update(data)
        put(compress(data))
    put(flush())
    return content.hexdigest(), stored.hexdigest(), size


def _compressor(compression: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    if compression == "gzip":
        from isal import isal_zlib

        gzip = isal_zlib.compressobj(2, wbits=31)
        return gzip.compress, gzip.flush
    if compression == "zstd":
        import zstandard

        zstd = zstandard.ZstdCompressor(level=3).compressobj()
        return zstd.compress, zstd.flush
    return bytes, bytes


def _files(layer: int, count: int, shape: ImageShape, pool: bytes) -> Iterator[bytes]:
    """A tar of files in folders, small ones many and large ones few."""
    source, mean = random.Random(layer), shape.mean
    if layer:
        yield from _whiteouts(range(shape.deletions_per_layer * (layer - 1), shape.deletions_per_layer * layer))
    for number in range(count):
        folder, place = divmod(number, _FILES_PER_FOLDER)
        path = f"usr/lib/layer{layer:03}/package{folder // 8:04}/part{folder % 8}"
        if place == 0:
            yield _header(f"{path}/", 0, tarfile.DIRTYPE)
        size = min(int(source.lognormvariate(0, 1.5) * mean / 3.08), 40 * mean)  # e ** (1.5 ** 2 / 2) = 3.08
        start = source.randrange(_POOL - size) if size else 0
        yield _header(f"{path}/file{place:02}.so", size)
        yield pool[start : start + size] + bytes(-size % _BLOCK)
    yield bytes(2 * _BLOCK)


def _whiteouts(numbers: Iterable[int]) -> Iterator[bytes]:
    """Deletions of files of the first layer."""
    for number in numbers:
        folder, place = divmod(number, _FILES_PER_FOLDER)
        yield _header(f"usr/lib/layer000/package{folder // 8:04}/part{folder % 8}/.wh.file{place:02}.so", 0)


def _header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.mode = size, kind, 0o755
    member.mtime = 1_700_000_000 + _hash_of(name) % 10_000_000
    return member.tobuf(tarfile.PAX_FORMAT)


def _hash_of(name: str) -> int:
    return int.from_bytes(hashlib.md5(name.encode(), usedforsecurity=False).digest()[:4], "little")


def _pool() -> bytes:
    """Text for its first half, and what hardly compresses for the rest: programs and packed files lie between."""
    source = random.Random(1)
    letters = "etaoinshrdlucmfw"
    words = ["".join(source.choices(letters, k=source.randint(2, 11))) for _ in range(_WORDS)]
    weights = [1 / rank for rank in range(1, _WORDS + 1)]
    text = " ".join(source.choices(words, weights, k=_POOL // 8)).encode()
    return text[: _POOL // 2] + source.randbytes(_POOL // 2)


def _write_documents(file: BinaryIO, names: list[str], diff_ids: list[str]) -> None:
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "history": [{"created_by": f"RUN step {number}"} for number in range(len(names))],
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        }
    ).encode()
    config_name = f"blobs/sha256/{hashlib.sha256(config).hexdigest()}"
    manifest = json.dumps([{"Config": config_name, "RepoTags": ["big:latest"], "Layers": names}]).encode()
    for name, data in ((config_name, config), ("manifest.json", manifest)):
        file.write(_header(name, len(data)) + data + bytes(-len(data) % _BLOCK))
    file.write(bytes(2 * _BLOCK))
