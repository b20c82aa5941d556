"""What is fetched and what is sent of an image by those who have another one: layers they share go over no wire."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from layerscope.analysis.image_cost import ImageCost
from layerscope.errors import InputError
from layerscope.image.name import parse_name
from layerscope.values import Value


class Transfer(Value):
    """What a host that has BEFORE must fetch to run AFTER. Bytes are compressed, None where a layer's are unknown."""

    bytes: int | None
    layers_reused: int
    layers_sent: int
    bytes_reused: int | None = None


class Push(Value):
    """What a push of AFTER to the registry that has BEFORE sends and skips, in compressed bytes.

    because: what the engine says of the skipped layers, `None` where none is, or the images' names do not tell which it
    is.
    """

    bytes: int | None
    layers: int
    skipped_bytes: int | None
    skipped_layers: int
    because: str | None


def transfer_of(before: ImageCost, after: ImageCost, *, chains: bool = False) -> Transfer | None:
    """None where nothing tells layers apart. Blobs are fetched once each, however many instructions made the same one.

    chains: whether the host knows layers by all that lies below, too, as the overlay2 store does: it fetches again
    what it has on top of other layers. The containerd store keeps blobs, on whatever they lie.
    """
    have, wanted = _layers(before), _layers(after)
    if not have or not wanted:
        return None
    reused = _common_start(have, wanted) if chains else {layer for layer in wanted if layer in have}
    sent = [size for layer, size in wanted.items() if layer not in reused]
    there = [size for layer, size in wanted.items() if layer in reused]
    return Transfer(_sum(sent), len(there), len(sent), _sum(there))


def push_of(before: ImageCost, after: ImageCost) -> Push | None:
    """A repository has its own layers already; those of another one in the registry are mounted, not sent."""
    shared = transfer_of(before, after)
    if shared is None:
        return None
    there, here = (_repository(cost.names) for cost in (before, after))
    because = None
    if there and here and shared.layers_reused:
        because = "layer already exists" if there == here else f"mounted from {there}"
    return Push(shared.bytes, shared.layers_sent, shared.bytes_reused, shared.layers_reused, because)


def _layers(cost: ImageCost) -> dict[str, int | None]:
    """The compressed sizes of an image's layers, bottom first."""
    known = ((row.diff_id or row.layer_digest, row.compressed_size) for row in cost.instructions)
    return {layer: size for layer, size in known if layer is not None}


def _common_start(one: Iterable[str], other: Iterable[str]) -> set[str]:
    return {layer for layer, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))}


def _sum(sizes: list[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _repository(names: tuple[str, ...]) -> str | None:
    """The repository an image is named after, without its registry."""
    try:
        return parse_name(names[0]).path if names else None
    except InputError:
        return None
