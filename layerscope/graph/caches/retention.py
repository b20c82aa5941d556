"""Takes out of a builder's cache what a policy does not keep, as BuildKit prunes its own; all builders' records alike.

Use is what counts: a result is used by a build that makes it or must have it, not by one that passes it by on the way
to what was made of it. What another result is built on stays as long as that one does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from itertools import takewhile

from layerscope.graph.caches.policy import CachePolicy
from layerscope.graph.caches.record import CacheRecord
from layerscope.values import Entity, field

_DAY = 86400.0


class _Use(Entity):
    """Of one record. build, time: of its last use; certain_build, certain_time: of the last that is certain."""

    record: CacheRecord
    build: int = 0
    time: float = 0.0
    certain_build: int = 0
    certain_time: float = 0.0
    count: int = 0
    built_on: tuple[Hashable, ...] = ()
    holds: set[Hashable] = field(default_factory=set)  # keys of those built on it


class Retention:
    """The records of one solver, the least recently used first. sizes: bytes by the text of an instruction."""

    def __init__(self, policy: CachePolicy, sizes: Mapping[str, int]) -> None:
        self.policy = policy
        self.sizes = sizes
        self.uses: dict[Hashable, _Use] = {}
        self.certain: dict[Hashable, _Use] = {}  # by the last use that is certain, until there is doubt
        self.builds = 0
        self.bytes = 0
        self.now = 0.0
        self.unsized: set[str] = set()  # texts of steps whose sizes were asked for and are not known

    def before_build(self, time: float) -> None:
        """time: seconds of any clock; one that goes back stands still."""
        self.now = max(self.now, time)
        stale = list(takewhile(lambda use: self._is_stale(use.build, use.time), self.uses.values()))
        while stale:
            use = stale.pop()
            if not use.holds:
                stale += [each for each in self._drop(use) if self._is_stale(each.build, each.time)]
        doubtful = list(
            takewhile(lambda use: self._is_stale(use.certain_build, use.certain_time), self.certain.values())
        )
        for use in doubtful:
            if not use.holds:
                del self.certain[use.record.key]
                use.record.doubt()

    def _is_stale(self, build: int, time: float) -> bool:
        """Whether what was used last then is no longer kept for that."""
        if self.policy.keeps_last_alone:
            return build != self.builds
        days = self.policy.most_days
        return days is not None and time < self.now - days * _DAY

    def after_build(self, used: Iterable[CacheRecord]) -> None:
        """used: the results that the build had."""
        self.builds += 1
        for record in used:
            use = self.uses.pop(record.key, None)
            if use is None:
                use = _Use(record)
                self.bytes += self._size(record)
            self.uses[record.key] = use
            use.build, use.time, use.count = self.builds, self.now, use.count + 1
            if record.certain:
                use.certain_build, use.certain_time = self.builds, self.now
                self.certain.pop(record.key, None)
                self.certain[record.key] = use
            if record.built_on is not None:
                self._build_on(record.key, use, record.built_on)
        if (most := self.policy.most_bytes) is not None:
            while self.bytes > most and (loose := [use for use in self.uses.values() if not use.holds]):
                self._drop(_least_worth(loose))

    def _build_on(self, key: Hashable, use: _Use, built_on: tuple[Hashable, ...]) -> None:
        for below in use.built_on:
            if below in self.uses:
                self.uses[below].holds.discard(key)
        use.built_on = built_on
        for below in built_on:
            if below in self.uses:
                self.uses[below].holds.add(key)

    def _drop(self, use: _Use) -> list[_Use]:
        """Take a record out. Gives those that nothing is built on any more."""
        record = use.record
        if self.uses.pop(record.key, None) is None:
            return []
        self.certain.pop(record.key, None)
        self.bytes -= self._size(record)
        record.forget()
        below = [self.uses[key] for key in use.built_on if key in self.uses]
        for each in below:
            each.holds.discard(record.key)
        return [each for each in below if not each.holds]

    def _size(self, record: CacheRecord) -> int:
        if self.policy.most_bytes is None or not record.text:
            return 0
        size = self.sizes.get(record.text)
        if size is None:
            self.unsized.add(record.text)
        return size or 0


def _least_worth(uses: list[_Use]) -> _Use:
    """BuildKit's choice: by the ranks of the last use and of the count of uses, which weigh the same."""
    times = {time: rank for rank, time in enumerate(sorted({use.build for use in uses}), 2)}
    counts = {count: rank for rank, count in enumerate(sorted({use.count for use in uses}), 2)}
    most_recent, most_often = max(times.values()), max(counts.values())
    return min(uses, key=lambda use: times[use.build] / most_recent + counts[use.count] / most_often)
