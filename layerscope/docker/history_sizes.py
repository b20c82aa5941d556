"""Whether the sizes that a saved history tells can be right. Where they cannot, none of them is taken."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.docker.created_by import CreatedBy, parse_each_created_by
from layerscope.docker.model import HistoryEntry
from layerscope.values import replace

_NO_ROWS = "it has no rows, as of an image whose builder wrote no history"
_ALL_ZERO = "0B stands in every row, though not all of them only change the config"
_NOTHING_BELOW = "0B stands in the oldest row, which is there for its layer alone: it names no instruction"


def doubt_of_sizes(history: Sequence[HistoryEntry]) -> str | None:
    """Why the sizes of a history, oldest first, cannot be right; None where nothing speaks against them.

    An engine hands out the sizes of layers in turn to the entries that are not marked empty: where a builder wrote
    fewer entries than layers, or marked them wrongly, they stand in other rows than their own, and some are missing.
    """
    if not history:
        return _NO_ROWS
    created = parse_each_created_by(history)
    if not any(entry.size for entry in history):
        return None if all(said.is_metadata for said in created) else _ALL_ZERO
    if not created[0].keyword and not history[0].size:
        return _NOTHING_BELOW
    wrong = misplaced_layer(created, [bool(entry.size) for entry in history])
    if wrong is None:
        return None
    return f"a row that writes no files has one: {created[wrong].keyword}"


def misplaced_layer(created: Sequence[CreatedBy], filled: Sequence[bool]) -> int | None:
    """The first entry that has files though its instruction writes none; filled: which entries have any.

    Builders that commit once for many instructions (buildah without --layers, kaniko's --single-snapshot) name the
    last of them: its layer stands for those since the layer before, which are empty then.
    """
    waiting = False  # whether an instruction that writes files has no layer yet
    for number, (said, full) in enumerate(zip(created, filled, strict=True)):
        if full:
            if _writes_nothing(said) and not waiting:
                return number
            waiting = False
        else:
            waiting = waiting or said.may_make_layer
    return None


def without_sizes(history: Sequence[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """The history with no size but the 0 of what only changes the config."""
    pairs = zip(history, parse_each_created_by(history), strict=True)
    return tuple(
        replace(entry, empty_layer=said.is_metadata, size=0 if said.is_metadata else None, size_rounded=False)
        for entry, said in pairs
    )


def _writes_nothing(said: CreatedBy) -> bool:
    """kaniko makes the directory of a VOLUME."""
    return said.is_metadata and said.keyword != "VOLUME"
