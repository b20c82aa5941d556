"""Which layer each entry of an image's history made; layers that no entry accounts for stand by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from layerscope.answer import Assumption
from layerscope.docker.created_by import CreatedBy, parse_created_by, parse_each_created_by
from layerscope.docker.history_sizes import misplaced_layer, without_sizes
from layerscope.docker.model import HistoryEntry
from layerscope.image.layers.measure import ImageFiles
from layerscope.image.manifest import NONE_TIED
from layerscope.image.model import Image

# The diff IDs of tars without entries: builders of old wrote one for each instruction that changes no files.
_EMPTY_TARS = frozenset(
    {
        "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
        "sha256:84ff92691f909a05b224e1c56abb4864f01b4f8e3c854e4bb4c7baf1d3f6d652",
    }
)
_EMPTY_BLOB = 64  # bytes of a compressed tar without entries, at the most


class ImageEntry(NamedTuple):
    """An entry of the history, or a layer without one.

    number: of the layer, None where it made none or which is its own is not known. is_empty: whether it made none.
    """

    said: HistoryEntry
    created: CreatedBy
    number: int | None
    is_empty: bool


class ImageEntries(NamedTuple):
    """of_history: oldest first. layers: those that none of these accounts for, bottom first."""

    of_history: tuple[ImageEntry, ...]
    layers: tuple[ImageEntry, ...] = ()
    assumptions: tuple[Assumption, ...] = ()


def image_entries(image: Image, files: ImageFiles | None) -> ImageEntries:
    """Entries that are not empty own the layers in order, unless their number or their words speak against it."""
    history, created = image.history, parse_each_created_by(image.history)
    full = [n for n, entry in enumerate(history) if not entry.empty_layer]
    number_of = {entry: number for number, entry in enumerate(full)}
    if len(full) != len(image.layers):
        return _untied(image, created, ())
    if image.config is not None:
        filled = [n in number_of and _has_files(image, files, said, number_of[n]) for n, said in enumerate(history)]
        if (wrong := misplaced_layer(created, filled)) is not None:
            text = (
                f"the history gives a layer with files to an instruction that writes none ({created[wrong].text:.40})"
            )
            return _untied(image, created, (Assumption("history", image.reference, f"{text}: {NONE_TIED}"),))
    # A history alone shows 0B both for no layer and for a layer with nothing in it.
    may_be_empty = [image.config is not None or not said.may_make_layer for said in created]
    return ImageEntries(
        tuple(
            ImageEntry(entry, said, number_of.get(n), n not in number_of and may_be_empty[n])
            for n, (entry, said) in enumerate(zip(history, created, strict=True))
        )
    )


def _untied(image: Image, created: Sequence[CreatedBy], assumptions: tuple[Assumption, ...]) -> ImageEntries:
    """What only changes the config has no layer, whatever the history says of it; of the rest nothing is known."""
    pairs = zip(without_sizes(image.history), created, strict=True)
    alone = HistoryEntry(created_by=""), parse_created_by("")
    return ImageEntries(
        tuple(ImageEntry(entry, said, None, said.is_metadata) for entry, said in pairs),
        tuple(ImageEntry(*alone, number, False) for number in range(len(image.layers))),
        assumptions,
    )


def _has_files(image: Image, files: ImageFiles | None, said: HistoryEntry, number: int) -> bool:
    """Whether it is known that there is anything in a layer."""
    if files is not None:
        return files.layers[number].size > 0 or files.layers[number].files_added > 0
    layer = image.layers[number]
    if said.size is not None or layer.diff_id in _EMPTY_TARS:
        return bool(said.size)
    return layer.compressed_size is not None and layer.compressed_size > _EMPTY_BLOB
