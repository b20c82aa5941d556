"""Standard input → `Image`: what `docker save` or `docker history` writes into a pipe."""

from __future__ import annotations

import io
import sys
from typing import cast

from layerscope.docker.model import Platform
from layerscope.errors import InputError
from layerscope.image.layers.layer_tar import is_compressed
from layerscope.image.layers.tar_entries import BLOCK, is_tar_header
from layerscope.image.model import Image
from layerscope.image.sources.archive import image_of_archive
from layerscope.image.sources.history import SIZE_LIMIT, history_of_bytes
from layerscope.image.tar_archive import spooled_archive

_NAME = "standard input"


def read_standard_input(reference: str, wanted: Platform | None) -> Image:
    """The image of an archive, by way of a temporary file, or of a history.

    Raises:
        InputError: nothing comes, or it is neither, or damaged.
    """
    stream = io.BufferedReader(cast(io.RawIOBase, sys.stdin.buffer), BLOCK)
    start = stream.peek(BLOCK)
    if not start:
        raise InputError("is empty", _NAME)
    if is_tar_header(start[:BLOCK]) or is_compressed(start[:4]):
        return image_of_archive(spooled_archive(stream, _NAME), reference, wanted)
    data = stream.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise InputError("too long for a history", _NAME)
    return history_of_bytes(data, _NAME, reference, None)
