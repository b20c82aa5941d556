"""What the layers of an image list, so that two images can be held against each other file by file."""

from __future__ import annotations

from layerscope.image.layers.listing import Listing
from layerscope.values import Value


class LayerListings(Value):
    """What an image's layers list, bottom first, each with its diff ID or digest, by which layers of two are one."""

    ids: tuple[str | None, ...]
    listings: tuple[Listing, ...]
