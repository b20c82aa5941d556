"""What each instruction of an image costs: bytes in the image, bytes to pull, seconds to rebuild, waste."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from layerscope.analysis.answers.image import ImageCost, SizeSource
from layerscope.analysis.answers.instruction_cost import InstructionCost
from layerscope.analysis.image_entries import ImageEntry, image_entries
from layerscope.analysis.image_lines import ImageLines, lines_of_image
from layerscope.analysis.layer_listings import LayerListings
from layerscope.analysis.totals import total
from layerscope.answer import Assumption
from layerscope.cost.model import UNKNOWN_COST, Costs, assumed, given_bytes, no_costs, on_platform
from layerscope.docker.model import HistoryEntry
from layerscope.docker.truncation import without_ellipsis
from layerscope.image.layers.measure import ImageFiles, LayerFiles
from layerscope.image.model import Image
from layerscope.image.sources.history import DOUBTED
from layerscope.values import replace

if TYPE_CHECKING:
    from layerscope.docker.provenance import Provenance
    from layerscope.dockerfile.stages import Dockerfile
    from layerscope.graph.layer_lines import LineTies

_PLAIN = ".tar"  # ends the media type of a layer that is not compressed
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
    found = image_entries(image, files)
    created = [entry.created for entry in found.of_history]
    lines = lines_of_image(created, [entry.number for entry in found.of_history], dockerfile, target, provenance)
    ties = lines.ties
    shared = _shared_layers(image, base)
    base_entries = _base_entries(image, base, shared, ties)
    entries = [
        *(_Entry(n, entry, n < base_entries) for n, entry in enumerate(found.of_history)),
        *(_Entry(n, entry, (entry.number or 0) < shared) for n, entry in enumerate(found.layers, len(created))),
    ]
    measured = on_platform(costs, str(image.platform) if image.platform else "")
    rows = tuple(_instruction_cost(entry, image, files, lines, measured) for entry in entries)
    told = SizeSource.LAYERS if files else None if found.layers else _size_source(image.history)
    return ImageCost(
        image.reference,
        str(image.platform) if image.platform else None,
        image.digest,
        image.config_digest,
        files.size if files else total([row.size for row in rows]) if told is not None else None,
        told,
        total([layer.compressed_size for layer in image.layers]) if image.layers else None,
        _layers(image, rows, told),
        rows,
        files.efficiency if files else None,
        files.wasted_bytes if files else None,
        files.wasted_files if files else None,
        ties.exact if ties is not None else False,
        (
            *image.assumptions,
            *found.assumptions,
            *_toc_assumptions(files, image),
            *_line_assumptions(lines, image),
            *assumed(row.cost for row in rows),
        ),
        _layer_listings(image, files),
        base_line=ties.base_line if ties is not None else None,
        lines_from=lines.source,
        names=image.names,
        compressed_estimate=_estimate(image, files),
        stored_plain=any(one.compressed_size and (one.media_type or "").endswith(_PLAIN) for one in image.layers),
    )


def _estimate(image: Image, files: ImageFiles | None) -> int | None:
    """Bytes to pull where they are not known of every layer, estimated for the others."""
    sizes = [layer.compressed_size for layer in image.layers]
    if files is None or None not in sizes:
        return None
    return total(
        guess if known is None else known for known, guess in zip(sizes, files.compressed_estimates, strict=True)
    )


class _Entry(NamedTuple):
    """An entry with its place among the rows; base: whether the base image has it."""

    row: int
    entry: ImageEntry
    base: bool


def _layers(image: Image, rows: Sequence[InstructionCost], told: SizeSource | None) -> int | None:
    """How many layers there are; a history tells so by its sizes alone."""
    if image.config is not None or (image.layers and not image.history):
        return len(image.layers)
    return None if told is None else sum(not row.empty_layer for row in rows)


def _instruction_cost(
    place: _Entry, image: Image, files: ImageFiles | None, lines: ImageLines, costs: Costs
) -> InstructionCost:
    said, created, number, is_empty = place.entry
    layer = image.layers[number] if number is not None else None
    line = lines.ties.lines[place.row] if lines.ties is not None and place.row < len(image.history) else None
    comment = said.comment if not created.keyword and not said.by_buildkit else ""
    text = _text(lines.dockerfile, line) or created.text
    read = _NO_FILES if is_empty else files.layers[number] if files and number is not None else None
    size = read.size if read else said.size
    return InstructionCost(
        place.row,
        created.keyword,
        ": ".join(filter(None, (text, comment))),
        said.created_by,
        said.created,
        line,
        is_empty,
        layer.digest if layer else None,
        layer.diff_id if layer else None,
        place.base,
        size,
        0 if is_empty else (layer.compressed_size if layer else None),
        read.files_added if read else None,
        read.files_modified if read else None,
        read.files_removed if read else None,
        UNKNOWN_COST if place.base or not created.keyword else costs(text, given_bytes(size)),
        read.hidden_size if read else None,
        files.compressed_estimates[number] if files and number is not None else None,
    )


def with_history_sizes(image: Image, history: Image) -> Image:
    """The image with the sizes a saved `docker history` of it tells, where both have the same entries."""
    problems = [assumed for assumed in history.assumptions if assumed.kind == DOUBTED]
    if not problems and not _is_of(history.history, image.history):
        text = "the saved history is of another image, its entries say otherwise: no size is taken from it"
        problems = [Assumption("history", history.reference, text)]
    if problems:
        return replace(image, assumptions=(*image.assumptions, *problems))
    entries = tuple(
        replace(ours, size=theirs.size, size_rounded=theirs.size_rounded)
        for ours, theirs in zip(image.history, history.history, strict=True)
    )
    return replace(image, history=entries)


def _is_of(saved: Sequence[HistoryEntry], history: Sequence[HistoryEntry]) -> bool:
    """Whether the entries of a saved history are those of an image, as far as the saved ones were not cut."""
    return len(saved) == len(history) and all(
        _dense(ours.created_by).startswith(_dense(without_ellipsis(theirs.created_by)))
        if theirs.truncated
        else _dense(ours.created_by) == _dense(theirs.created_by)
        for theirs, ours in zip(saved, history, strict=True)
    )


def _dense(text: str) -> str:
    """Tables print line breaks and tabs in other ways."""
    return "".join(text.split())


def sizes_by_line(cost: ImageCost) -> dict[int, int]:
    """Bytes per Dockerfile line, for the steps of a simulation; none where the image is of another Dockerfile."""
    if not cost.lines_exact:
        return {}
    sizes = {cost.base_line: cost.base_size, **{row.line: row.size for row in cost.instructions}}
    return {line: size for line, size in sizes.items() if line is not None and size is not None}


def _shared_layers(image: Image, base: Image | None) -> int:
    """How many layers are the base's; none where the image does not stand on all of them."""
    if base is None:
        return 0
    same = takewhile(lambda pair: pair[0].diff_id == pair[1].diff_id, zip(image.layers, base.layers, strict=False))
    shared = sum(1 for _ in same)
    return shared if shared == len(base.layers) else 0


def _base_entries(image: Image, base: Image | None, shared: int, ties: LineTies | None) -> int:
    if base is not None and shared == len(base.layers):
        return min(len(base.history) or shared, len(image.history))
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
    by_toc = [files.listed_by_toc and layer.toc is not None for layer in image.layers]
    layers = (replace(one, open_tar=None) if toc else one for one, toc in zip(image.layers, by_toc, strict=True))
    return LayerListings(tuple(layers), files.listings, image.reference)


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
