"""What is fetched and what is sent of an image by those who have another one: layers they share go over no wire."""

from __future__ import annotations

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


def transfer_of(before: ImageCost, after: ImageCost) -> Transfer | None:
    """Blobs are fetched once each, however many instructions made the same layer."""
    have = {row.diff_id or row.layer_digest for row in before.instructions}
    wanted = {row.diff_id or row.layer_digest: row.compressed_size for row in after.instructions}
    have.discard(None)
    wanted.pop(None, None)
    if not have or not wanted:
        return None
    sent = {layer: size for layer, size in wanted.items() if layer not in have}
    sizes = list(sent.values())
    total = None if None in sizes else sum(size for size in sizes if size is not None)
    reused = [size for layer, size in wanted.items() if layer in have]
    total_reused = None if None in reused else sum(size for size in reused if size is not None)
    return Transfer(total, len(wanted) - len(sent), len(sent), total_reused)


def push_of(transfer: Transfer, before: ImageCost, after: ImageCost) -> Push:
    """A repository has its own layers already; those of another one in the registry are mounted, not sent."""
    there, here = (_repository(cost.names) for cost in (before, after))
    because = None
    if there and here and transfer.layers_reused:
        because = "layer already exists" if there == here else f"mounted from {there}"
    return Push(transfer.bytes, transfer.layers_sent, transfer.bytes_reused, transfer.layers_reused, because)


def _repository(names: tuple[str, ...]) -> str | None:
    """The repository an image is named after, without its registry."""
    try:
        return parse_name(names[0]).path if names else None
    except InputError:
        return None
