"""What `docker load` prints: the layers that it took in with their bytes, and the images that are there then."""

from __future__ import annotations

import re

from layerscope.docker.sizes import PRINTED_SIZE, printed_bytes
from layerscope.values import Value

_LAYER = re.compile(rf"([0-9a-f]{{12}}): Loading layer(?: .*?/\s*({PRINTED_SIZE}))?")
_IMAGE = re.compile(r"Loaded image(?: ID|\(s\))?: (\S+)")


class LoadedLayer(Value):
    """id: the first 12 hexadecimal digits of the diff ID. size: bytes in the archive, as printed."""

    id: str
    size: int | None


class LoadLog(Value):
    """One output of `docker load`. Layers that the engine had are not in it. images: names, or ids of those without."""

    file: str
    layers: tuple[LoadedLayer, ...]
    images: tuple[str, ...]


def find_load_log(text: str, file: str) -> LoadLog | None:
    """The layers a load tells of, each once; None where a text has none, nor an image that was loaded."""
    sizes: dict[str, int | None] = {}
    images: dict[str, None] = {}
    for line in text.replace("\r", "\n").split("\n"):
        if match := _LAYER.search(line):
            known = printed_bytes(match[2]) if match[2] else None
            sizes[match[1]] = known if known is not None else sizes.get(match[1])
        elif match := _IMAGE.search(line):
            images[match[1]] = None
    if not sizes and not images:
        return None
    return LoadLog(file, tuple(LoadedLayer(id, size) for id, size in sizes.items()), tuple(images))
