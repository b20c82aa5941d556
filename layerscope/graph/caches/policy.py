"""How long a builder keeps what it has built: CI is rarely a builder with an endless cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from layerscope.docker.sizes import typed_bytes
from layerscope.values import Value


class PolicyKind(Enum):
    """What bounds a builder's cache; the values are the words of `--cache`."""

    UNBOUNDED = "unbounded"
    LAST = "last"  # only what the build before has used
    NONE = "none"
    DAYS = "days"
    SIZE = "size"
    REGISTRY = "registry"
    LOCAL = "local"  # a directory
    INLINE = "inline"  # in the image itself
    GHA = "gha"  # the cache of GitHub Actions


class ExportMode(Enum):
    """BuildKit's `mode=` of an exported cache."""

    MIN = "min"  # only the steps whose layers are in the image
    MAX = "max"


class CachePolicy(Value):
    """kind, and its bound: `days` of no use after which a result goes; `size` in bytes of all results together.

    A build uses what it makes or must have: a stage that is passed by, as what was copied of it is there, is not used.

    `registry`, `local`, `gha`: a cache that each build imports and writes anew, in its mode; `inline`: in its image.
    """

    kind: PolicyKind = PolicyKind.UNBOUNDED
    limit: float = 0.0
    mode: ExportMode = ExportMode.MAX

    def __str__(self) -> str:
        if self.kind is PolicyKind.DAYS:
            return f"days={self.limit:g}"
        if self.kind is PolicyKind.SIZE:
            return f"size={int(self.limit)}"
        return f"{self.kind.value},mode={self.mode.value}" if self.kind in _WITH_MODE else self.kind.value

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is ever forgotten."""
        return self.kind is PolicyKind.UNBOUNDED

    @property
    def forgets_all(self) -> bool:
        """Whether every build begins with nothing."""
        return self.kind is PolicyKind.NONE

    @property
    def is_pruned(self) -> bool:
        """Whether some of what a builder itself keeps goes between builds, and the rest stays."""
        return not (self.keeps_all or self.forgets_all or self.is_exported)

    @property
    def is_exported(self) -> bool:
        """Whether the cache lies outside the builder, which must be able to export one."""
        return self.kind in _EXPORTED

    @property
    def keeps_last_alone(self) -> bool:
        return self.kind is PolicyKind.LAST

    @property
    def only_image(self) -> bool:
        """Whether of what a build makes only the layers of its image are exported."""
        return self.is_exported and self.mode is ExportMode.MIN

    @property
    def keeps_last_export(self) -> bool:
        """Whether an export without any layer leaves the one before it in its place."""
        return self.kind in {PolicyKind.REGISTRY, PolicyKind.LOCAL}

    @property
    def is_inline(self) -> bool:
        """Whether an image holds nothing but its own layers of what was imported, either."""
        return self.kind is PolicyKind.INLINE

    @property
    def most_days(self) -> float | None:
        """Days of no use after which a record goes."""
        return self.limit if self.kind is PolicyKind.DAYS else None

    @property
    def most_bytes(self) -> float | None:
        """Bytes that all records may take: to count them, the size of every step's result is needed."""
        return self.limit if self.kind is PolicyKind.SIZE else None


_WITH_MODE = frozenset({PolicyKind.REGISTRY, PolicyKind.LOCAL, PolicyKind.GHA})
_EXPORTED = _WITH_MODE | {PolicyKind.INLINE}
UNBOUNDED = CachePolicy()


def parse_policy(text: str) -> CachePolicy:
    """A policy as `--cache` takes it: `last`, `days=7`, `size=10GB`, `registry,mode=min`. Raises ValueError."""
    name, *rest = text.split(",")
    word, equals, value = name.partition("=")
    kind = next((each for each in PolicyKind if each.value == word), None)
    limit_of = _LIMITS.get(kind) if kind is not None else None
    if kind is None or (equals and limit_of is None) or (rest and kind not in _WITH_MODE):
        raise ValueError(
            f"unknown cache policy {text}: unbounded, last, none, days=N, size=BYTES, inline, or one of registry, "
            "local and gha with ,mode=min or ,mode=max"
        )
    if limit_of is not None:
        return CachePolicy(kind, limit_of(value))
    return CachePolicy(kind, 0.0, _mode(rest, text) if kind in _EXPORTED else ExportMode.MAX)


def _mode(rest: list[str], text: str) -> ExportMode:
    """BuildKit's own default is `min`."""
    if not rest:
        return ExportMode.MIN
    for mode in ExportMode:
        if rest == [f"mode={mode.value}"]:
            return mode
    raise ValueError(f"unknown cache policy {text}: the mode is min or max")


def _days(value: str) -> float:
    try:
        days = float(value)
    except ValueError:
        days = -1.0
    if not 0 < days < 1e6:
        raise ValueError(f"days={value}: needs a number of days above 0")
    return days


def _bytes(value: str) -> float:
    size = typed_bytes(value)
    if size is None:
        raise ValueError(f"size={value}: needs bytes, or a number with kB, MB, GB or TB")
    return float(size)


_LIMITS: Mapping[PolicyKind, Callable[[str], float]] = {PolicyKind.DAYS: _days, PolicyKind.SIZE: _bytes}
