"""What each instruction of an image costs: bytes in the image, bytes to pull, seconds to rebuild, waste."""

from __future__ import annotations

from typing import ClassVar

from layerscope.analysis.file_changes import LaidLayers
from layerscope.analysis.image_contents import ImageContents
from layerscope.analysis.image_lines import lines_of_image
from layerscope.analysis.totals import total
from layerscope.answer import Assumption
from layerscope.cost.model import UNKNOWN_COST, Cost, Costs, given_bytes, no_costs
from layerscope.docker.created_by import parse_created_by
from layerscope.docker.model import HistoryEntry
from layerscope.docker.provenance import Provenance
from layerscope.dockerfile.stages import Dockerfile
from layerscope.graph.layer_lines import LineTies
from layerscope.image.layers.duplicates import Duplicate
from layerscope.image.layers.efficiency import WastedFile
from layerscope.image.layers.measure import ImageFiles
from layerscope.image.model import Image, Layer
from layerscope.values import Value, replace

_LAYERED = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


class InstructionCost(Value):
    """One history entry with its layer. Sizes in bytes, None where not known; base: the base image's own entry.

    hidden_size: the bytes of it that later layers overwrite or delete.
    """

    index: int
    instruction: str
    text: str
    created_by: str
    created: str | None
    line: int | None
    empty_layer: bool
    layer_digest: str | None
    diff_id: str | None
    base: bool
    size: int | None
    compressed_size: int | None
    files_added: int | None
    files_modified: int | None
    files_removed: int | None
    cost: Cost
    hidden_size: int | None = None


class ImageCost(Value):
    """The answer of `image`; instructions oldest first. size_source: layers, history, history_rounded or None.

    lines_from: `provenance`, what the builder noted of its layers, or `history`, its order and words; None without
    lines. names: those the source gives the image. laid: what the layers list, where they were read. contents,
    duplicates: None where nobody asked for them.
    """

    reference: str
    platform: str | None
    digest: str | None
    config_digest: str | None
    size: int | None
    size_source: str | None
    compressed_size: int | None
    layers: int
    instructions: tuple[InstructionCost, ...]
    efficiency: float | None
    wasted_bytes: int | None
    wasted_files: tuple[WastedFile, ...] | None
    lines_exact: bool
    assumptions: tuple[Assumption, ...]
    laid: LaidLayers | None = None
    contents: ImageContents | None = None
    duplicates: tuple[Duplicate, ...] | None = None
    base_line: int | None = None  # of the FROM that names the base
    lines_from: str | None = None
    names: tuple[str, ...] = ()

    not_compared: ClassVar = frozenset({"laid"})

    @property
    def base_size(self) -> int | None:
        """Bytes of the base image, None where nothing tells the base apart."""
        return total([row.size for row in self.instructions if row.base]) if self._base_known else None

    @property
    def own_size(self) -> int | None:
        """Bytes above the base."""
        return total([row.size for row in self.instructions if not row.base]) if self._base_known else None

    @property
    def _base_known(self) -> bool:
        return any(row.base for row in self.instructions)


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
    layers, assumptions = _layer_per_entry(history, image)
    lines = lines_of_image([entry.created_by for entry in history], layers, dockerfile, target, provenance)
    ties, dockerfile = lines.ties, lines.dockerfile
    base_entries = _base_entries(history, image, base, ties)
    measured = {layer_at: files.layers[layer_at] for layer_at in range(len(files.layers))} if files else {}
    rows: list[InstructionCost] = []
    for index, entry in enumerate(history):
        at = layers[index]
        layer = image.layers[at] if at is not None else None
        counts = measured.get(at) if at is not None else None
        created = parse_created_by(entry.created_by)
        # A history alone shows 0B both for no layer and for a layer with nothing in it.
        made_a_layer = image.config is None and created.keyword in _LAYERED
        empty = entry.empty_layer and layer is None and not made_a_layer
        line = ties.lines[index] if ties is not None else None
        text = _text(dockerfile, line) or created.text
        is_base = index < base_entries
        size = 0 if empty else (counts.size if counts else entry.size)
        rows.append(
            InstructionCost(
                index,
                created.keyword,
                text,
                entry.created_by,
                entry.created,
                line,
                empty,
                layer.digest if layer else None,
                layer.diff_id if layer else None,
                is_base,
                size,
                0 if empty else (layer.compressed_size if layer else None),
                0 if empty else (counts.files_added if counts else None),
                0 if empty else (counts.files_modified if counts else None),
                0 if empty else (counts.files_removed if counts else None),
                UNKNOWN_COST if is_base or not created.keyword else costs(text, given_bytes(size)),
                0 if empty else (counts.hidden_size if counts else None),
            )
        )
    return ImageCost(
        image.reference,
        str(image.platform) if image.platform else None,
        image.digest,
        image.config_digest,
        files.size if files else total([row.size for row in rows]),
        "layers" if files else _size_source(history),
        total([layer.compressed_size for layer in image.layers]) if image.layers else None,
        len(image.layers) if image.config is not None else sum(not row.empty_layer for row in rows),
        tuple(rows),
        files.efficiency if files else None,
        files.wasted_bytes if files else None,
        files.wasted_files if files else None,
        ties.exact if ties is not None else False,
        (
            *(Assumption(kind, image.reference, text) for kind, text in image.notes),
            *assumptions,
            *_table_assumptions(files, image),
            *(Assumption("lines", image.reference, text) for text in lines.notes),
        ),
        LaidLayers(tuple(layer.diff_id or layer.digest for layer in image.layers), files.listings) if files else None,
        base_line=ties.base_line if ties is not None else None,
        lines_from=lines.source,
        names=image.names,
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


def _table_assumptions(files: ImageFiles | None, image: Image) -> tuple[Assumption, ...]:
    if files is None or not files.from_tables:
        return ()
    text = (
        f"{files.from_tables} of {len(image.layers)} layers were not fetched: their files are those that the table of "
        "contents inside each (eStargz, zstd:chunked) lists; --check fetches and reads them"
    )
    return (Assumption("remote", image.reference, text),)


def _text(dockerfile: Dockerfile | None, line: int | None) -> str | None:
    if dockerfile is None or line is None:
        return None
    for stage in dockerfile.stages:
        for instruction in stage.instructions:
            if instruction.line == line:
                return instruction.text
    return None


def _size_source(history: tuple[HistoryEntry, ...]) -> str | None:
    full = [entry for entry in history if not entry.empty_layer]
    if any(entry.size is None for entry in full) or not history:
        return None
    return "history_rounded" if any(entry.size_rounded for entry in full) else "history"
