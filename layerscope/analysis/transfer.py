"""What of an image goes over a wire, exactly for two images, estimated for a rebuild: what is not there already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import takewhile

from layerscope.analysis.answers.image import ImageCost
from layerscope.analysis.answers.instruction_cost import InstructionCost
from layerscope.analysis.answers.simulation import StepOutcome
from layerscope.analysis.answers.transfer import RebuiltLayers, Transfer
from layerscope.analysis.totals import total
from layerscope.docker.image_name import parse_name
from layerscope.errors import InputError
from layerscope.figures import Figure, Source, size
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
    layers = _with_outcomes([step for step in steps if not step.link], image)
    again = [layer for layer in layers if layer.outcome is Outcome.REBUILT]
    perhaps = [layer for layer in layers if layer.outcome is not Outcome.CACHED]
    return RebuiltLayers(
        _sent_anew(again, layers),
        _sent_anew(perhaps, layers),
        total(layer.size for layer in again),
        total(layer.size for layer in perhaps),
        image.reference,
    )


class _Layer(Value):
    key: str
    outcome: Outcome
    size: int | None
    compressed: Figure


def _with_outcomes(steps: Sequence[StepOutcome], image: ImageCost) -> list[_Layer]:
    """The layers of an image, bottom first, each with what becomes of the step that made it."""
    own = {line: step for step in steps if not step.is_base for line in (step.line, *step.also_lines)}
    rows = [row for row in image.instructions if not row.empty_layer]
    root = next((own[row.line].stage for row in rows if row.line in own), None)
    moved = _base_moved(steps, root)
    return [_layer_with_outcome(row, own.get(row.line or 0), base_moved=moved) for row in rows]


def _base_moved(steps: Sequence[StepOutcome], root: str | None) -> bool:
    """Whether the base of the stage that the image's first own layer is of is another one now."""
    froms = [step for step in steps if step.is_base]
    of_root = [step for step in froms if step.stage == root]
    return any(step.outcome is not Outcome.CACHED for step in of_root or froms)


def _layer_with_outcome(row: InstructionCost, step: StepOutcome | None, *, base_moved: bool) -> _Layer:
    if step is not None:
        return _Layer(_key(row), step.outcome, row.size, row.compressed)
    if base_moved:
        return _Layer(_key(row), Outcome.REBUILT, None, size(None))
    return _Layer(_key(row), Outcome.CACHED, row.size, row.compressed)


def _sent_anew(changed: Iterable[_Layer], layers: Iterable[_Layer]) -> Transfer:
    wanted = {layer.key: layer.compressed for layer in layers}
    return _transfer(wanted, wanted.keys() - {layer.key for layer in changed})


def _layers(cost: ImageCost) -> dict[str, Figure]:
    """The compressed sizes of an image's layers, bottom first; of two that are one, the first is stored."""
    found: dict[str, Figure] = {}
    for row in cost.instructions:
        if (layer := _layer(row)) is not None:
            found.setdefault(layer, row.compressed)
    return found


def _layer(row: InstructionCost) -> str | None:
    return row.diff_id or row.layer_digest


def _key(row: InstructionCost) -> str:
    return _layer(row) or f"instruction {row.index}"


def _transfer(wanted: Mapping[str, Figure], reused: Collection[str]) -> Transfer:
    sent = [figure for layer, figure in wanted.items() if layer not in reused]
    there = [figure for layer, figure in wanted.items() if layer in reused]
    known, known_there = _known(sent), _known(there)
    guesses = (None if known is not None else _guessed(sent)), (None if known_there is not None else _guessed(there))
    return Transfer(known, len(there), len(sent), known_there, None, *guesses)


def _known(figures: Iterable[Figure]) -> int | None:
    return total(None if figure.source is Source.ESTIMATED else _bytes(figure) for figure in figures)


def _guessed(figures: Iterable[Figure]) -> int | None:
    return total(map(_bytes, figures))


def _bytes(figure: Figure) -> int | None:
    return None if figure.value is None else int(figure.value)


def _common_start(one: Iterable[str], other: Iterable[str]) -> set[str]:
    return {layer for layer, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))}


def _repository(names: tuple[str, ...]) -> str | None:
    """The repository an image is named after, without its registry."""
    try:
        return parse_name(names[0]).path if names else None
    except InputError:
        return None
