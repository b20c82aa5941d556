"""What is left of a builder's own cache that is pruned: results go, and keys with the last of those they lead to."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import partial

from layerscope.graph.buildkit.cache import BuildCache
from layerscope.graph.buildkit.evaluate import Evaluated, Result
from layerscope.graph.buildkit.record_links import RecordLinks
from layerscope.graph.buildkit.records import Presence, Records, numbers
from layerscope.graph.caches.record import CacheRecord
from layerscope.graph.operations import CopyOp, ExecOp, MergeOp, MkdirOp, MkfileOp
from layerscope.graph.outcomes import Outcome
from layerscope.graph.vertices import Vertex
from layerscope.values import Entity

_MADE = CopyOp | ExecOp | MergeOp | MkdirOp | MkfileOp


class PrunedCache(Entity):
    """The records of one build, for a policy to take results away."""

    cache: BuildCache
    links: RecordLinks
    evaluated: Evaluated
    needed: dict[Vertex, Presence]

    def used(self) -> Iterator[CacheRecord]:
        """The results that the build made or must have had, those that others are built on first."""
        for vertex, result in self.evaluated.results.items():
            if result.number < 0:
                continue
            records = self.cache.cache_map(vertex).records
            self.links.add(records, result.number, self._sources(vertex), result.possible)
            if not isinstance(vertex.op, _MADE):
                self.links.hold(result.identity, Presence.YES)  # an image or a fetched file is there again at no cost
            elif result.outcome is not Outcome.CACHED or self.needed[vertex] is not Presence.NO:
                yield from self._used(vertex, result, records)

    def _used(self, vertex: Vertex, result: Result, records: Records) -> Iterator[CacheRecord]:
        for number in numbers(result.possible & records.alive & ~records.without_result):
            yield self._record(vertex, records, number, certain=False)
        made = result.outcome is not Outcome.CACHED
        certain = not made or result.outcome is Outcome.REBUILT or bool(result.possible)
        if result.outcome is Outcome.CACHED and self.needed[vertex] is not Presence.YES:
            certain = False
        yield self._record(
            vertex, records, result.number, certain=certain, built_on=self._built_on(vertex) if made else None
        )

    def _record(
        self,
        vertex: Vertex,
        records: Records,
        number: int,
        *,
        certain: bool,
        built_on: tuple[Hashable, ...] | None = None,
    ) -> CacheRecord:
        label = vertex.label if not isinstance(vertex.op, MergeOp) else None  # which adds no bytes to what it merges
        text = label.instruction.whole_text if label is not None else ""
        if certain:
            self._keep(records, number, Presence.YES)
        forget, doubt = partial(self._forget, records, number), partial(self._keep, records, number, Presence.MAYBE)
        return CacheRecord(records.results[number], text, forget, doubt, certain, built_on)

    def _forget(self, records: Records, number: int) -> None:
        """The result has gone, unless it is that of a record which may turn out to be this one."""
        with_result = numbers(records.alive & ~records.without_result & ~(1 << number))
        known = (self.links.by_result.get(records.results[other]) for other in with_result)
        may_be = any(record is not None and record.may_be >> number & 1 for record in known)
        self._keep(records, number, Presence.MAYBE if may_be else Presence.NO)

    def _keep(self, records: Records, number: int, result: Presence) -> None:
        records.keep_result(number, result)
        self.links.hold(records.results[number], result)
        self.evaluated.whole = self.evaluated.whole and result is Presence.YES

    def _sources(self, vertex: Vertex) -> set[int]:
        results = self.evaluated.results
        return {results[source].identity for source, _ in vertex.inputs if results[source].number >= 0}

    def _built_on(self, vertex: Vertex) -> tuple[Hashable, ...]:
        """The results whose layers a result stands on."""
        below = [source for source, _ in vertex.inputs] if isinstance(vertex.op, MergeOp) else [vertex.parent]
        return tuple([self.evaluated.results[each].identity for each in below if each is not None])
