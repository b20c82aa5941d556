"""An image's files: sizes, changes per layer and dive's measures, from the bytes of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import BinaryIO, ClassVar

from layerscope.image.layers.changes import hidden_sizes, layer_changes
from layerscope.image.layers.compressed_size import estimated_size
from layerscope.image.layers.efficiency import WastedFile, measure_efficiency
from layerscope.image.layers.layer_tar import FileSpan, is_compressed, layer_windows
from layerscope.image.layers.listing import NOTHING_LISTED, Listing, list_layer
from layerscope.image.layers.memory import LayerMemory
from layerscope.image.layers.side_by_side import idle_processors
from layerscope.image.model import Image, Layer
from layerscope.values import Value

_LARGE = 16 << 20  # stored bytes; threads cost a moment, too


class LayerFiles(Value):
    """One layer. size: the sum of the sizes its tar's headers state, in bytes. Counts are of files, not directories.

    hidden_size: the bytes of it that later layers overwrite or delete.
    """

    size: int
    files_added: int
    files_modified: int
    files_removed: int
    hidden_size: int = 0


class ImageFiles(Value):
    """An image's layers, aligned with `Image.layers`, and dive's measures of the whole. Sizes are in bytes.

    listings: what each layer lists, for those who ask about paths. listed_by_toc: how many layers are listed by a
    table of contents, their bytes not fetched. compressed_estimates: of layers whose compressed size is not known.
    """

    size: int
    layers: tuple[LayerFiles, ...]
    efficiency: float
    wasted_bytes: int
    wasted_files: tuple[WastedFile, ...]
    listings: tuple[Listing, ...] = ()
    listed_by_toc: int = 0
    compressed_estimates: tuple[int | None, ...] = ()

    not_compared: ClassVar = frozenset({"listings"})


def measure(image: Image, memory: LayerMemory | None = None) -> ImageFiles | None:
    """Reads all layers of an image; `None` when the source does not hold the bytes of each of them, or no image.

    memory: what is remembered of layers; those are not read again.

    Raises:
        InputError: a layer is no tar, damaged or truncated.
    """
    if image.config is None and not image.layers:
        return None
    listings: list[Listing] = []
    listed_by_toc = 0
    for listing, by_toc in _listings(image, memory):
        if listing is None:
            return None
        listings.append(listing)
        listed_by_toc += by_toc
    # Dive takes a layer that docker save stored as a link for an empty one; the files it brings are real.
    counted = [
        NOTHING_LISTED if layer.stored_as_link else listing
        for layer, listing in zip(image.layers, listings, strict=True)
    ]
    measures = measure_efficiency(counted)
    changes = list(layer_changes(listings))
    layers = tuple(
        LayerFiles(listing.size, change.added, change.modified, change.removed, hidden)
        for listing, change, hidden in zip(counted, changes, hidden_sizes(listings, changes), strict=True)
    )
    estimates = tuple(map(estimated_size, image.layers))
    return ImageFiles(sum(one.size for one in layers), layers, *measures, tuple(listings), listed_by_toc, estimates)


def _listings(image: Image, memory: LayerMemory | None) -> Iterator[tuple[Listing | None, bool]]:
    """What each layer lists, and whether its table of contents told."""

    def listed(layer: Layer) -> tuple[Listing | None, bool]:
        by_toc = _by_toc(layer, image.reference, memory)
        return (by_toc, True) if by_toc is not None else (_read(layer, image.reference, memory), False)

    if not _side_by_side_pays(image.layers):
        return map(listed, image.layers)
    from layerscope.image.layers.side_by_side import side_by_side

    return side_by_side([partial(listed, layer) for layer in image.layers])


def _side_by_side_pays(layers: Sequence[Layer]) -> bool:
    """Whether several local layers are compressed and large. Plain ones are all Python, what a network brings waits."""
    stored = 0
    for layer in layers:
        if layer.open_tar is None or layer.checked:
            return False
        with layer.open_tar() as stream:
            if isinstance(stream, FileSpan) and is_compressed(stream.part(0, 4)):
                stored += stream.size
    return stored > _LARGE and idle_processors() > 1


def _by_toc(layer: Layer, reference: str, memory: LayerMemory | None) -> Listing | None:
    """What a layer lists by its table of contents, where that is all that needs to be fetched."""
    toc, size, fetch = layer.toc, layer.compressed_size, layer.fetch_part
    if toc is None or size is None or fetch is None:
        return None
    from layerscope.image.layers.toc import list_by_toc

    def read() -> Listing | None:
        return list_by_toc(toc, size, fetch, f"{reference} (layer {(layer.digest or '')[:19]})")

    return memory.toc(toc.digest, read) if memory is not None else read()


def _read(layer: Layer, reference: str, memory: LayerMemory | None) -> Listing | None:
    def read(stream: BinaryIO) -> Listing:
        name = getattr(stream, "name", None)
        file = name if isinstance(name, str) else reference
        with layer_windows(stream, file) as windows:
            return list_layer(windows, file)

    if memory is not None:
        return memory.listing(layer, read)
    return read(layer.open_tar()) if layer.open_tar is not None else None
