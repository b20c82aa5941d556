"""Checks the layers a source holds against their digests and diff IDs."""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO, cast

from layerscope.errors import InputError
from layerscope.image.layers.layer_tar import read_chunk, uncompressed
from layerscope.image.model import Image, Layer


def check_layers(image: Image) -> None:
    """Hashes every layer whose bytes are at hand.

    Raises:
        InputError: a layer's bytes have another digest than the manifest states, or its tar another diff ID.
    """
    for layer in image.layers:
        if layer.open_tar is not None:
            _check(layer, image.reference)


def _check(layer: Layer, reference: str) -> None:
    assert layer.open_tar is not None
    stored = _Hashed(layer.open_tar(), layer.digest)
    content = _hash_like(layer.diff_id)
    with uncompressed(cast(BinaryIO, stored), reference) as plain:
        while chunk := read_chunk(plain, reference):
            content.update(chunk)
        while stored.read(1 << 18):  # what lies behind the compressed content is part of the blob, too
            pass
    for what, stated, found in (("layer", layer.digest, stored.hash), ("diff ID", layer.diff_id, content)):
        if stated is not None and stated.partition(":")[2] != found.hexdigest():
            raise InputError(f"the {what} {stated} is damaged: its bytes hash to {found.hexdigest()}", reference)


def _hash_like(digest: str | None) -> hashlib._Hash:
    """A fresh hash of the algorithm a digest names."""
    return hashlib.new(digest.partition(":")[0] if digest else "sha256")


class _Hashed(io.RawIOBase):
    """A stream that hashes all that is read from it."""

    def __init__(self, stream: BinaryIO, digest: str | None) -> None:
        self._stream, self.hash = stream, _hash_like(digest)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self.hash.update(data)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
