"""What the layers of an image list, so that two images can be held against each other file by file."""

from __future__ import annotations

from layerscope.image.layers.listing import Listing
from layerscope.image.model import Layer
from layerscope.values import Value


class LayerListings(Value):
    """What an image's layers list, bottom first. layers: those whose bytes must not be fetched cannot be opened.

    reference: names the image in errors.
    """

    layers: tuple[Layer, ...]
    listings: tuple[Listing, ...]
    reference: str

    @property
    def ids(self) -> tuple[str | None, ...]:
        """Diff IDs or digests, by which layers of two images are one."""
        return tuple(layer.diff_id or layer.digest for layer in self.layers)
