"""Takes out of a builder's cache what a policy does not keep; all builders' records alike."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping

from layerscope.graph.caches.policy import CachePolicy
from layerscope.graph.caches.record import CacheRecord
from layerscope.values import Value

_DAY = 86400.0


class _Use(Value):
    record: CacheRecord
    build: int
    time: float


class Retention:
    """The records of one solver, the least recently used first. sizes: bytes by the text of an instruction."""

    def __init__(self, policy: CachePolicy, sizes: Mapping[str, int]) -> None:
        self.policy = policy
        self.sizes = sizes
        self.uses: dict[Hashable, _Use] = {}
        self.builds = 0
        self.bytes = 0
        self.now = 0.0
        self.unsized: set[str] = set()  # texts of steps whose sizes were asked for and are not known

    def before_build(self, time: float) -> None:
        """time: seconds of any clock; one that goes back stands still."""
        self.now = max(self.now, time)
        if self.policy.keeps_last_alone:
            self._drop(lambda use: use.build != self.builds)
        elif (days := self.policy.most_days) is not None:
            self._drop(lambda use: use.time < self.now - days * _DAY)

    def after_build(self, used: Iterable[CacheRecord]) -> None:
        """used: what the build took or made, parents first."""
        self.builds += 1
        # A parent cannot go before what was built on it.
        for record in reversed(list(used)):
            if self.uses.pop(record.key, None) is None:
                self.bytes += self._size(record)
            self.uses[record.key] = _Use(record, self.builds, self.now)
        if (most := self.policy.most_bytes) is not None:
            self._drop(lambda _: self.bytes > most)

    def _drop(self, goes: Callable[[_Use], bool]) -> None:
        while self.uses:
            key = next(iter(self.uses))
            use = self.uses[key]
            if not goes(use):
                return
            del self.uses[key]
            self.bytes -= self._size(use.record)
            use.record.forget()

    def _size(self, record: CacheRecord) -> int:
        if self.policy.most_bytes is None or not record.text:
            return 0
        size = self.sizes.get(record.text)
        if size is None:
            self.unsized.add(record.text)
        return size or 0
