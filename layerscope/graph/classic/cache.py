"""What the classic builder has built: images by the image they were built on, and what became of a step."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from layerscope.graph.classic.file_sums import FileSums
from layerscope.graph.key_parts import Definition
from layerscope.graph.operations import AnyOp
from layerscope.graph.outcomes import Outcome
from layerscope.graph.vertices import StepLabel
from layerscope.values import Entity, field


class ClassicRecord(Entity):
    """An image in the store: its parent, the config of its step, and the files a COPY took."""

    parent: int
    probe: Definition
    sums: FileSums
    identity: int
    label: StepLabel
    digest: Hashable = None  # of the sums, where it can be told without reading files: then they are not kept


class ClassicResult(Entity):
    """What became of one step. parts: the named parts of its key."""

    label: StepLabel
    outcome: Outcome
    identity: int
    parts: Definition
    sums: FileSums = ()
    parent: ClassicResult | None = None
    source: ClassicResult | None = None
    nearest: ClassicRecord | None = None
    may_be: frozenset[int] = frozenset()  # images an output-dependent step may turn out to be
    origin: AnyOp | None = None  # of a COPY: what its files come from


class ClassicCache(Entity):
    """All images one engine has built, by the image they were built on."""

    named: bool = False  # whether all files have digests at no cost, as those of git have
    children: dict[int, list[ClassicRecord]] = field(default_factory=dict)
    bases: dict[str, int] = field(default_factory=dict)
    identities: int = 0

    def add(self, record: ClassicRecord) -> None:
        self.children.setdefault(record.parent, []).append(record)

    def forget(self, identity: int) -> None:
        for records in self.children.values():
            for record in records:
                if record.identity == identity:
                    records.remove(record)
                    return

    def newest_first(self, parents: Iterable[int]) -> list[ClassicRecord]:
        """The children of some images."""
        found = [record for parent in parents for record in self.children.get(parent, ())]
        return sorted(found, key=lambda record: record.identity, reverse=True)

    def new_identity(self) -> int:
        self.identities += 1
        return self.identities
