"""What is left where each build begins with nothing but the cache that the build before it has exported.

The export holds every key that the build has used, with all keys that lead to those of them which were imported: links
of builds long past stay as long as a record is used that they lead to. Results are those that it made, if the mode has
them written, and those that the import had of what it used.
"""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.graph.buildkit.cache import BuildCache
from layerscope.graph.buildkit.evaluate import Evaluated, Evaluation, Result
from layerscope.graph.buildkit.record_links import RecordLinks
from layerscope.graph.buildkit.records import Presence, Records
from layerscope.graph.caches.policy import CachePolicy
from layerscope.graph.operations import GitSource, HttpSource, ImageSource, LocalSource, MergeOp, UnknownSource
from layerscope.graph.outcomes import Outcome
from layerscope.graph.vertices import Vertex
from layerscope.values import Entity, field


class ExportedCache(Entity):
    """The export of one build, which becomes the cache."""

    cache: BuildCache
    links: RecordLinks
    evaluated: Evaluated
    evaluation: Evaluation
    policy: CachePolicy
    records: dict[int, tuple[Records, int]] = field(default_factory=dict)  # those used, by their results
    with_result: dict[int, Presence] = field(default_factory=dict)

    def keep(self) -> None:
        of_image = self._of_image()
        made = {vertex: result for vertex, result in self.evaluated.results.items() if result.number >= 0}
        exported = {vertex: self._exported(vertex, result, of_image.get(vertex)) for vertex, result in made.items()}
        if self.policy.keeps_last_export and not any(
            presence for vertex, presence in exported.items() if not isinstance(vertex.op, _SOURCES)
        ):
            self._leave(made.values())
            return
        for vertex, result in made.items():
            self._use(vertex, result, exported[vertex])
        for vertex, result in made.items():
            if result.outcome is Outcome.REBUILT:
                self._forget_other_ways(vertex, result)
        for identity in self.records:
            self.links.hold(identity, Presence.YES)
        self._keep_results()
        for identity in self.cache.held.keys() - self.records.keys():
            self.links.hold(identity, Presence.NO)
        self.cache.held = self.records

    def _leave(self, made: Iterable[Result]) -> None:
        """An export without a layer is not written: that of the build before stays as it is."""
        for result in made:
            if result.identity not in self.links.by_result:
                self.cache.cache_map(result.vertex).records.forget(result.number)
        self.links.lost = True

    def _keep_results(self) -> None:
        """Results are there of what was used, and may be of what that may turn out to be."""
        for identity, (records, number) in self.cache.held.items():
            known = self.links.by_result.get(identity)
            records.drop_results(1 << number | (known.may_be if known is not None else 0))
        for identity, (records, _) in self.records.items():
            if self.with_result[identity] is not Presence.NO:
                records.doubt_results(self.links.by_result[identity].may_be)
        for identity, (records, number) in self.records.items():
            records.keep_result(number, self.with_result[identity])

    def _of_image(self) -> dict[Vertex, Presence]:
        """Of the vertices that the image is made of, whether the layers are those that this build has made."""
        results, vertices = self.evaluated.results, self.evaluated.graph.vertices
        found: dict[Vertex, Presence] = {}
        waiting = [(vertices[-1], Presence.YES)]
        while waiting:
            vertex, made = waiting.pop()
            found[vertex] = made
            # What comes from the cache has the layers that it was made of, whatever leads to it now.
            below = min(made, _MADE[results[vertex].outcome])
            sources = vertex.sources if isinstance(vertex.op, MergeOp) else ()
            parents = () if vertex.parent is None else (vertex.parent,)
            waiting += [(source, below) for source in (*parents, *(source for source, _ in sources))]
        return found

    def _use(self, vertex: Vertex, result: Result, exported: Presence) -> None:
        records = self.cache.cache_map(vertex).records
        self.links.add(records, result.number, self._sources(vertex), result.possible)
        identity = result.identity
        self.records[identity] = records, result.number
        self.with_result[identity] = max(exported, self.with_result.get(identity, Presence.NO))

    def _sources(self, vertex: Vertex) -> set[int]:
        results = self.evaluated.results
        return {results[source].identity for source, _ in vertex.inputs if results[source].number >= 0}

    def _exported(self, vertex: Vertex, result: Result, in_image: Presence | None) -> Presence:
        """Whether the export has a result, and not the key alone."""
        records = self.cache.cache_map(vertex).records
        if not vertex.inputs:
            # Of what is made of nothing no result is exported; a source is fetched anew.
            return Presence.YES if isinstance(vertex.op, _SOURCES) else Presence.NO
        made = in_image or Presence.NO if self.policy.only_image else Presence.YES
        if result.outcome is Outcome.REBUILT:
            return made
        if self.policy.is_inline and in_image is None:
            return Presence.NO
        had = records.have_results(result.possible or 1 << result.number)
        return had if result.outcome is Outcome.CACHED or had is made else Presence.MAYBE

    def _forget_other_ways(self, vertex: Vertex, result: Result) -> None:
        """A step that has run is exported as what it was run on, unless something that was imported knows its key."""
        records = self.cache.cache_map(vertex).records
        known = self.links.by_result[result.identity]
        sources = self._sources(vertex)
        results = self.evaluated.results
        for user in self.evaluated.graph.users[vertex]:
            given = self.cache.cache_map(user).inputs[[source for source, _ in user.inputs].index(vertex)]
            if results[user].outcome is not Outcome.REBUILT or given.read:
                return
        made = {results[user].identity for user in self.evaluated.graph.users[vertex]}
        if known.possible_users <= made and known.sources - sources:
            number = records.renumber(result.number)
            records.link(number, self.evaluation.input_keys(vertex))
            self.links.replace(result.identity, number, sources)
            self.records[result.identity] = records, number
            result.number = number


_SOURCES = ImageSource | LocalSource | GitSource | HttpSource | UnknownSource
_MADE = {Outcome.CACHED: Presence.NO, Outcome.OUTPUT_DEPENDENT: Presence.MAYBE, Outcome.REBUILT: Presence.YES}
