"""What hosts and registries must be sent of an image: exactly for two images, estimated for a rebuild."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from layerscope.analysis.image_cost import ImageCost, InstructionCost
from layerscope.analysis.totals import total
from layerscope.graph.options import Assumption
from layerscope.graph.steps import CACHED, REBUILT
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.analysis.simulate import StepOutcome


class Transfer(Value):
    """What a host that has BEFORE must fetch to run AFTER, and a push to where BEFORE is must send.

    Bytes are compressed, None where a layer's are unknown.
    """

    bytes: int | None
    layers_reused: int
    layers_sent: int
    bytes_reused: int | None = None


class RebuiltLayers(Value):
    """The layers of an image that a rebuild makes anew; least: of the steps that re-run, most: open ones, too.

    transfer: compressed, what a push sends and a host with the last image pulls. export: as the builder writes them.
    """

    least: Transfer
    most: Transfer
    export_bytes: int | None
    export_bytes_max: int | None
    reference: str

    @property
    def assumption(self) -> Assumption:
        text = "a layer that is made anew is taken to be as large as it is in this image"
        return Assumption("layer-sizes", self.reference, text)


def image_transfer(before: ImageCost, after: ImageCost) -> Transfer | None:
    """Between two images. Blobs are fetched once each, however many instructions made the same layer."""
    have = {layer for row in before.instructions if (layer := _layer(row)) is not None}
    wanted = {layer: row.compressed_size for row in after.instructions if (layer := _layer(row)) is not None}
    if not have or not wanted:
        return None
    return _transfer(wanted, {layer for layer in wanted if layer not in have})


def _layer(row: InstructionCost) -> str | None:
    return row.diff_id or row.layer_digest


def rebuilt_layers(steps: Iterable[StepOutcome], image: ImageCost) -> RebuiltLayers | None:
    """What a rebuild of these steps makes anew of the image that the last build left.

    None where the image is of another Dockerfile, or its layers are not known. A base image that moved has layers of
    unknown size.
    """
    if not image.lines_exact:
        return None
    shown = [step for step in steps if not step.link]
    own = {line: step for step in shown if step.instruction != "FROM" for line in (step.line, *step.also_lines)}
    rows = [row for row in image.instructions if not row.empty_layer]
    root = next((own[row.line].stage for row in rows if row.line in own), None)
    froms = [step for step in shown if step.instruction == "FROM" and step.stage]
    base_moved = any(step.outcome != CACHED for step in [s for s in froms if s.stage == root] or froms)
    layers: list[_Layer] = []
    for row in rows:
        if (step := own.get(row.line or 0)) is not None:
            layers.append(_Layer(_key(row), step.outcome, row.size, row.compressed_size))
        elif base_moved:
            layers.append(_Layer(_key(row), REBUILT, None, None))
        else:
            layers.append(_Layer(_key(row), CACHED, row.size, row.compressed_size))
    again = [layer for layer in layers if layer.outcome == REBUILT]
    perhaps = [layer for layer in layers if layer.outcome != CACHED]
    wanted = {layer.key: layer.compressed for layer in layers}
    return RebuiltLayers(
        _transfer(wanted, {layer.key for layer in again}),
        _transfer(wanted, {layer.key for layer in perhaps}),
        total(layer.size for layer in again),
        total(layer.size for layer in perhaps),
        image.reference,
    )


class _Layer(Value):
    key: str
    outcome: str
    size: int | None
    compressed: int | None


def _key(row: InstructionCost) -> str:
    return _layer(row) or f"instruction {row.index}"


def _transfer(wanted: Mapping[str, int | None], sent: set[str]) -> Transfer:
    reused = [size for layer, size in wanted.items() if layer not in sent]
    return Transfer(total(wanted[layer] for layer in sent), len(reused), len(sent), total(reused))
