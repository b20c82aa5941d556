"""Which results a build must have, and what it runs for want of them although its key is there.

Keys are found by keys, without a look at any file. A result is asked for where a step runs that is built on it, and
where only the files it holds lead to a record. One that the cache does not hold is made again, of the results that it
is made of; what its command writes then need not be what it wrote before.
"""

from __future__ import annotations

from layerscope.graph.buildkit.cache import BuildCache
from layerscope.graph.buildkit.evaluate import Evaluated, Evaluation, Result
from layerscope.graph.buildkit.records import ByContent, Presence
from layerscope.graph.operations import ExecOp
from layerscope.graph.outcomes import Outcome
from layerscope.graph.vertices import Vertex
from layerscope.values import Entity, field, replace


class Demands(Entity):
    """needed: the results that the build must have, as far as that is certain. run_again: what it runs for them."""

    cache: BuildCache
    evaluated: Evaluated
    needed: dict[Vertex, Presence] = field(default_factory=dict)
    run_again: dict[Vertex, Presence] = field(default_factory=dict)
    replaced: set[Vertex] = field(default_factory=set)

    def settle(self) -> None:
        """Ask from the target down, until nothing else must be run for it."""
        written: set[Vertex] = set()
        while True:
            self.ask()
            anew = {v for v in self.run_again if isinstance(v.op, ExecOp)} - written
            if not anew:
                break
            written |= anew
            self._write(anew)
        for vertex, runs in self.run_again.items():
            result = self.results[vertex]
            outcome = Outcome.REBUILT if runs is Presence.YES else Outcome.OUTPUT_DEPENDENT
            if outcome is not result.outcome:
                self.results[vertex] = replace(result, outcome=outcome, settled=False)
                self.replaced.add(vertex)
        touched = self.replaced.union(self.evaluated.touched)
        self.evaluated.touched = [vertex for vertex in self.evaluated.graph.vertices if vertex in touched]

    @property
    def results(self) -> dict[Vertex, Result]:
        return self.evaluated.results

    def ask(self) -> None:
        """Ask of the build as it now stands."""
        self.needed = dict.fromkeys(self.results, Presence.NO)
        self.run_again = {}
        vertices = list(self.results)
        self.needed[vertices[-1]] = Presence.YES
        for vertex in reversed(vertices):
            result = self.results[vertex]
            runs = self._runs(result, self.needed[vertex])
            if runs is not Presence.NO and (result.outcome is Outcome.CACHED or runs is Presence.YES):
                self.run_again[vertex] = runs
            for source, _ in vertex.inputs:
                self.needed[source] = max(self.needed[source], runs)
            for each in self._by_content(result):
                source, _ = vertex.inputs[each.index]
                self.needed[source] = max(self.needed[source], each.needed)

    def _runs(self, result: Result, needed: Presence) -> Presence:
        if result.number < 0:
            return Presence.NO
        if result.outcome is Outcome.REBUILT:
            return Presence.YES
        records = self.cache.cache_map(result.vertex).records
        if result.outcome is Outcome.OUTPUT_DEPENDENT:
            lacks_all = records.have_results(result.possible) is Presence.NO
            return Presence.YES if lacks_all and needed is Presence.YES else Presence.MAYBE
        return min(needed, _opposite(records.have_results(1 << result.number)))

    def _by_content(self, result: Result) -> tuple[ByContent, ...]:
        """The inputs of which files must be looked at, whatever comes of it."""
        if result.outcome is not Outcome.OUTPUT_DEPENDENT or not result.possible:
            return result.by_content
        records = self.cache.cache_map(result.vertex).records
        keys = Evaluation(self.cache, None, self.results).input_keys(result.vertex)
        possible = self.cache.alike(records, result.possible) & ~(1 << result.number)
        found = records.led_by_content(result.number, possible, keys)
        return tuple([each for each in found if each.needed is Presence.YES])

    def _write(self, anew: set[Vertex]) -> None:
        """These commands run once more: what was found by the files they write is found only if these are the same."""
        results, graph = self.results, self.evaluated.graph
        affected: set[Vertex] = set()
        for vertex in graph.vertices:
            if vertex in anew:
                self.cache.written[results[vertex].identity] = self.cache.new_identity()
            if vertex in anew or any(source in affected for source, _ in vertex.inputs):
                affected.add(vertex)
                results[vertex].files = None
        evaluation = Evaluation(self.cache, None, results)
        other: set[Vertex] = set()  # with other results than before
        for vertex in graph.vertices:
            if vertex in affected and results[vertex].number >= 0 and self._look_up(vertex, evaluation, other):
                other.add(vertex)

    def _look_up(self, vertex: Vertex, evaluation: Evaluation, other: set[Vertex]) -> bool:
        """Look a vertex up again whose inputs hold other files, or are others. Gives whether its result is another."""
        result = self.results[vertex]
        records = self.cache.cache_map(vertex).records
        inputs = evaluation.input_keys(vertex)
        if result.outcome is Outcome.CACHED:
            for each in result.by_content:
                records.part(result.number, each.index, inputs[each.index])
            same = [same >> result.number & 1 for same, _ in records.matching(inputs)]
            if not all(same):
                bit = 1 << result.number
                number = self.cache.record(records, bit)
                records.link(number, inputs)
                failing = tuple([index for index, match in enumerate(same) if not match])
                reads = tuple([given.read for given in inputs])
                self.results[vertex] = Result(
                    vertex, Outcome.OUTPUT_DEPENDENT, records.results[number], number, vertex, failing, bit, reads=reads
                )
                self.replaced.add(vertex)
                return True
            by_content = evaluation.by_content(records, result.number, inputs)
            self.results[vertex] = replace(result, by_content=by_content, settled=False)
            self.replaced.add(vertex)
        records.link(result.number, inputs)
        return False


def _opposite(presence: Presence) -> Presence:
    return Presence(Presence.YES - presence)
