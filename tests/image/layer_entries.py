"""A layer's entries from its bytes as stored, as tests ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from layerscope.image.layers.layer_tar import layer_windows
from layerscope.image.layers.tar_entries import TarEntry, tar_entries


def layer_entries(stream: BinaryIO, file: str) -> Iterator[TarEntry]:
    """stream: the blob from its start. file: names the layer in errors."""
    with layer_windows(stream, file) as windows:
        yield from tar_entries(windows, file)
