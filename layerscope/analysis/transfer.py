"""What of an image goes over a wire, exactly for two images, estimated for a rebuild: what is not there already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import takewhile

from layerscope.analysis.answers.simulation import StepOutcome
from layerscope.analysis.answers.transfer import RebuiltLayers, Transfer
from layerscope.analysis.image_cost import ImageCost, InstructionCost
from layerscope.analysis.totals import total
from layerscope.docker.image_name import parse_name
from layerscope.errors import InputError
from layerscope.graph.outcomes import Outcome
from layerscope.values import Value, replace


def transfer_of(before: ImageCost, after: ImageCost, *, chains: bool = False) -> Transfer | None:
    """None where nothing tells layers apart. Blobs are fetched once each, however many instructions made the same one.

    chains: whether the host knows layers by all that lies below, too, as the overlay2 store does: it fetches again
    what it has on top of other layers. The containerd store keeps blobs, on whatever they lie.
    """
    have, wanted = _layers(before), _layers(after)
    if not have or not wanted:
        return None
    reused = _common_start(have, wanted) if chains else {layer for layer in wanted if layer in have}
    return _transfer(wanted, reused)


def push_of(before: ImageCost, after: ImageCost) -> Transfer | None:
    """To the registry that has BEFORE. A repository has its own layers; those of another one are mounted, not sent."""
    shared = transfer_of(before, after)
    if shared is None:
        return None
    there, here = (_repository(cost.names) for cost in (before, after))
    if not (there and here and shared.layers_reused):
        return shared
    return replace(shared, because="layer already exists" if there == here else f"mounted from {there}")


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
    base_moved = any(step.outcome != Outcome.CACHED for step in [s for s in froms if s.stage == root] or froms)
    layers: list[_Layer] = []
    for row in rows:
        if (step := own.get(row.line or 0)) is not None:
            layers.append(_Layer(_key(row), step.outcome, row.size, row.compressed_size))
        elif base_moved:
            layers.append(_Layer(_key(row), Outcome.REBUILT, None, None))
        else:
            layers.append(_Layer(_key(row), Outcome.CACHED, row.size, row.compressed_size))
    again = [layer for layer in layers if layer.outcome == Outcome.REBUILT]
    perhaps = [layer for layer in layers if layer.outcome != Outcome.CACHED]
    wanted = {layer.key: layer.compressed for layer in layers}
    return RebuiltLayers(
        _transfer(wanted, wanted.keys() - {layer.key for layer in again}),
        _transfer(wanted, wanted.keys() - {layer.key for layer in perhaps}),
        total(layer.size for layer in again),
        total(layer.size for layer in perhaps),
        image.reference,
    )


class _Layer(Value):
    key: str
    outcome: Outcome
    size: int | None
    compressed: int | None


def _layers(cost: ImageCost) -> dict[str, int | None]:
    """The compressed sizes of an image's layers, bottom first."""
    return {layer: row.compressed_size for row in cost.instructions if (layer := _layer(row)) is not None}


def _layer(row: InstructionCost) -> str | None:
    return row.diff_id or row.layer_digest


def _key(row: InstructionCost) -> str:
    return _layer(row) or f"instruction {row.index}"


def _transfer(wanted: Mapping[str, int | None], reused: Collection[str]) -> Transfer:
    sent = [size for layer, size in wanted.items() if layer not in reused]
    there = [size for layer, size in wanted.items() if layer in reused]
    return Transfer(total(sent), len(there), len(sent), total(there))


def _common_start(one: Iterable[str], other: Iterable[str]) -> set[str]:
    return {layer for layer, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))}


def _repository(names: tuple[str, ...]) -> str | None:
    """The repository an image is named after, without its registry."""
    try:
        return parse_name(names[0]).path if names else None
    except InputError:
        return None
