"""What each instruction of an image costs: bytes in the image, bytes to pull, seconds to rebuild, waste."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layerscope.analysis.answers.image import ImageCost, SizeSource
from layerscope.analysis.answers.instruction_cost import InstructionCost
from layerscope.analysis.image_lines import ImageLines, lines_of_image
from layerscope.analysis.layer_listings import LayerListings
from layerscope.analysis.totals import total
from layerscope.answer import Assumption
from layerscope.cost.model import UNKNOWN_COST, Costs, assumed, given_bytes, no_costs, on_platform
from layerscope.docker.created_by import CreatedBy, parse_each_created_by
from layerscope.docker.model import HistoryEntry
from layerscope.image.layers.measure import ImageFiles, LayerFiles
from layerscope.image.model import Image, Layer
from layerscope.values import replace

if TYPE_CHECKING:
    from layerscope.docker.provenance import Provenance
    from layerscope.dockerfile.stages import Dockerfile
    from layerscope.graph.layer_lines import LineTies

_NO_FILES = LayerFiles(0, 0, 0, 0)


def image_cost(
    image: Image,
    *,
    files: ImageFiles | None = None,
    dockerfile: Dockerfile | None = None,
    target: str | None = None,
    base: Image | None = None,
    costs: Costs = no_costs,
    provenance: Provenance | None = None,
) -> ImageCost:
    """Join an image's history with its layers, its files, a Dockerfile's lines and recorded seconds.

    files: what was measured in the layers, None if none were read. base: the image it stands on, which tells base
    and own bytes apart where no Dockerfile does. provenance: what the builder attached; it brings its Dockerfile.
    """
    history = image.history or _history_of_layers(image.layers)
    created = parse_each_created_by(history)
    layers, untied = _layer_per_entry(history, image)
    lines = lines_of_image(created, layers, dockerfile, target, provenance)
    ties = lines.ties
    base_entries = _base_entries(history, image, base, ties)
    rows = tuple(
        _instruction_cost(
            _Entry(index, entry, created[index], index < base_entries, *_layer_of(image, files, layers[index])),
            lines,
            on_platform(costs, str(image.platform) if image.platform else ""),
            history_alone=image.config is None,
        )
        for index, entry in enumerate(history)
    )
    return ImageCost(
        image.reference,
        str(image.platform) if image.platform else None,
        image.digest,
        image.config_digest,
        files.size if files else total([row.size for row in rows]),
        SizeSource.LAYERS if files else _size_source(history),
        total([layer.compressed_size for layer in image.layers]) if image.layers else None,
        len(image.layers) if image.config is not None else sum(not row.empty_layer for row in rows),
        rows,
        files.efficiency if files else None,
        files.wasted_bytes if files else None,
        files.wasted_files if files else None,
        ties.exact if ties is not None else False,
        (
            *image.assumptions,
            *untied,
            *_toc_assumptions(files, image),
            *_line_assumptions(lines, image),
            *assumed(row.cost for row in rows),
        ),
        _layer_listings(image, files),
        base_line=ties.base_line if ties is not None else None,
        lines_from=lines.source,
        names=image.names,
    )


class _Entry(NamedTuple):
    """One entry of the history with its layer and what was measured in that; `None` where it has none, or nothing."""

    number: int
    said: HistoryEntry
    created: CreatedBy
    base: bool
    layer: Layer | None
    files: LayerFiles | None


def _layer_of(image: Image, files: ImageFiles | None, number: int | None) -> tuple[Layer | None, LayerFiles | None]:
    if number is None:
        return None, None
    return image.layers[number], files.layers[number] if files else None


def _instruction_cost(entry: _Entry, lines: ImageLines, costs: Costs, *, history_alone: bool) -> InstructionCost:
    said, created, layer = entry.said, entry.created, entry.layer
    # A history alone shows 0B both for no layer and for a layer with nothing in it.
    made_a_layer = history_alone and created.may_make_layer
    empty = said.empty_layer and layer is None and not made_a_layer
    line = lines.ties.lines[entry.number] if lines.ties is not None else None
    text = _text(lines.dockerfile, line) or created.text
    files = _NO_FILES if empty else entry.files
    size = files.size if files else said.size
    return InstructionCost(
        entry.number,
        created.keyword,
        text,
        said.created_by,
        said.created,
        line,
        empty,
        layer.digest if layer else None,
        layer.diff_id if layer else None,
        entry.base,
        size,
        0 if empty else (layer.compressed_size if layer else None),
        files.files_added if files else None,
        files.files_modified if files else None,
        files.files_removed if files else None,
        UNKNOWN_COST if entry.base or not created.keyword else costs(text, given_bytes(size)),
        files.hidden_size if files else None,
    )


def with_history_sizes(image: Image, history: Image) -> Image:
    """The image with the sizes a saved `docker history` of it tells, where both have the same entries."""
    if len(history.history) != len(image.history):
        return image
    entries = tuple(
        replace(ours, size=theirs.size, size_rounded=theirs.size_rounded)
        for ours, theirs in zip(image.history, history.history, strict=True)
    )
    return replace(image, history=entries)


def sizes_by_line(cost: ImageCost) -> dict[int, int]:
    """Bytes per Dockerfile line, for the steps of a simulation; none where the image is of another Dockerfile."""
    if not cost.lines_exact:
        return {}
    sizes = {cost.base_line: cost.base_size, **{row.line: row.size for row in cost.instructions}}
    return {line: size for line, size in sizes.items() if line is not None and size is not None}


def _history_of_layers(layers: tuple[Layer, ...]) -> tuple[HistoryEntry, ...]:
    return tuple(HistoryEntry(created_by="") for _ in layers)


def _layer_per_entry(
    history: tuple[HistoryEntry, ...], image: Image
) -> tuple[list[int | None], tuple[Assumption, ...]]:
    """Entries that are not empty own the layers in their order; where the counts differ nothing is tied."""
    full = [index for index, entry in enumerate(history) if not entry.empty_layer]
    at: list[int | None] = [None] * len(history)
    if len(full) == len(image.layers):
        for number, index in enumerate(full):
            at[index] = number
        return at, ()
    if not image.layers:
        return at, ()
    text = f"the history has {len(full)} entries with a layer, the manifest {len(image.layers)} layers: none are tied"
    return at, (Assumption("history", image.reference, text),)


def _base_entries(history: tuple[HistoryEntry, ...], image: Image, base: Image | None, ties: LineTies | None) -> int:
    if base is not None:
        shared = 0
        for ours, theirs in zip(image.layers, base.layers, strict=False):
            if ours.diff_id != theirs.diff_id:
                break
            shared += 1
        if shared == len(base.layers):
            return min(len(base.history) or shared, len(history))
    return ties.base_entries if ties is not None else 0


def _line_assumptions(lines: ImageLines, image: Image) -> tuple[Assumption, ...]:
    return tuple(Assumption("lines", image.reference, text) for text in lines.notes)


def _toc_assumptions(files: ImageFiles | None, image: Image) -> tuple[Assumption, ...]:
    if files is None or not files.listed_by_toc:
        return ()
    text = (
        f"{files.listed_by_toc} of {len(image.layers)} layers were not fetched: their files are those that the table "
        "of contents inside each (eStargz, zstd:chunked) lists; --check fetches and reads them"
    )
    return (Assumption("remote", image.reference, text),)


def _layer_listings(image: Image, files: ImageFiles | None) -> LayerListings | None:
    if files is None:
        return None
    return LayerListings(tuple(layer.diff_id or layer.digest for layer in image.layers), files.listings)


def _text(dockerfile: Dockerfile | None, line: int | None) -> str | None:
    if dockerfile is None or line is None:
        return None
    for stage in dockerfile.stages:
        for instruction in stage.instructions:
            if instruction.line == line:
                return instruction.text
    return None


def _size_source(history: tuple[HistoryEntry, ...]) -> SizeSource | None:
    full = [entry for entry in history if not entry.empty_layer]
    if any(entry.size is None for entry in full) or not history:
        return None
    return SizeSource.HISTORY_ROUNDED if any(entry.size_rounded for entry in full) else SizeSource.HISTORY
