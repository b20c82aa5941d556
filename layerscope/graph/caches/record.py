"""What a build took from a builder's cache or put there, as a policy of keeping asks for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from layerscope.values import Value


class CacheRecord(Value):
    """One record whose result a build had. key: equal for the same one. text: of its instruction.

    certain: False where only the build can tell whether it had it. forget: takes the result out of the cache. doubt:
    says that it may be gone. built_on: keys of those that stay as long as it does; None: what they were before.
    """

    key: Hashable
    text: str
    forget: Callable[[], None]
    doubt: Callable[[], None]
    certain: bool = True
    built_on: tuple[Hashable, ...] | None = None
