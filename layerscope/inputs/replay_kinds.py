"""The kinds of values that are remembered of a replay: its commits, beside those of its builder's cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from layerscope.analysis.answers.replayed_commits import BuiltCommit, ReplayedStep
from layerscope.analysis.cause import Cause
from layerscope.analysis.file_parts import FilePart
from layerscope.answer import Assumption
from layerscope.graph.outcomes import Outcome
from layerscope.packed import COLLECTIONS, At, Kind, Position, fields, packed, plain, stored, unpacked
from layerscope.values import Value

_CAUSES = tuple(Cause.__subclasses__())
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


class Remembered(Value):
    """What a replay did, and the cache that it left."""

    commits: tuple[BuiltCommit, ...]
    cache: object

    def packed(self, cache_kinds: Sequence[Kind]) -> bytes:
        """cache_kinds: of what the cache is made of. Raises TypeError or RecursionError where it cannot be kept."""
        return packed(self, (*KINDS, *cache_kinds), _CAUSES)

    @classmethod
    def unpacked(cls, data: memoryview, cache_kinds: Sequence[Kind]) -> Remembered:
        """Raises ValueError for what is none."""
        found = unpacked(data, (*KINDS, *cache_kinds))
        if not isinstance(found, cls):
            raise ValueError(type(found).__name__)  # noqa: TRY004 (as for all that is damaged)
        return found


def _parts_of_commit(commit: BuiltCommit, place: Position) -> list[Any]:
    """Of a step that ran only what its row in the layout does not say."""
    ran = [(number, step.outcome.value, [*map(place, step.causes)]) for number, step in commit.ran]
    words = commit.id, commit.time, stored(commit.subject), stored(commit.error)
    return [*words, place(commit.layout), place(commit.assumptions), ran]


def _commit(parts: list[Any], at: At) -> BuiltCommit:
    name, time, subject, error, layout, assumptions, ran = parts
    rows = at(layout)
    steps = [(n, rows[n].run(_OUTCOMES[outcome], tuple(map(at, causes)))) for n, outcome, causes in ran]
    return BuiltCommit(name, time, plain(subject), plain(error), rows, tuple(steps), at(assumptions))


_VALUES: tuple[type[Value], ...] = (Assumption, ReplayedStep, Remembered, *_CAUSES)
KINDS: tuple[Kind, ...] = (
    *COLLECTIONS,
    (BuiltCommit, _parts_of_commit, _commit),
    *[fields(kind, "value") for kind in (Outcome, FilePart)],
    *[fields(kind, *kind.__struct_fields__) for kind in _VALUES],
)
