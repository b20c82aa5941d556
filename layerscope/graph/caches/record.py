"""What a build took from a builder's cache or put there, as a policy of keeping asks for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from layerscope.values import Value


class CacheRecord(Value):
    """One record. key: equal for the same one. text: of its instruction. forget: takes it out of the cache."""

    key: Hashable
    text: str
    forget: Callable[[], None]
