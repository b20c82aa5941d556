"""How long a builder keeps what it has built: CI is rarely a builder with an endless cache."""

from __future__ import annotations

from typing import Literal, get_args

from layerscope.docker.sizes import typed_bytes
from layerscope.values import Value

Kind = Literal["unbounded", "last", "none", "days", "size", "registry", "gha"]


class CachePolicy(Value):
    """kind, and its bound: `days` of no use after which a record goes; `size` in bytes, the least recently used goes.

    `last`: only what the build before had. `registry` and `gha`: a cache that each build imports and writes anew, of
    all steps (`max`) or only of those whose layers are in the image (`min`).
    """

    kind: Kind = "unbounded"
    limit: float = 0.0
    mode: str = "max"

    def __str__(self) -> str:
        if self.kind == "days":
            return f"days={self.limit:g}"
        if self.kind == "size":
            return f"size={int(self.limit)}"
        return f"{self.kind},mode={self.mode}" if self.kind in {"registry", "gha"} else self.kind

    @property
    def forgets_all(self) -> bool:
        """Whether every build begins with nothing."""
        return self.kind == "none"

    @property
    def keeps_last_alone(self) -> bool:
        return self.kind in {"last", "registry", "gha"}

    @property
    def only_image(self) -> bool:
        """Whether only the steps are kept whose layers are in the image."""
        return self.kind in {"registry", "gha"} and self.mode == "min"


UNBOUNDED = CachePolicy()


def parse_policy(text: str) -> CachePolicy:
    """A policy as `--cache` takes it: `last`, `days=7`, `size=10GB`, `registry,mode=min`. Raises ValueError."""
    name, *rest = text.split(",")
    kind, equals, value = name.partition("=")
    if kind in {"days", "size"} and not rest:
        limit = _days(value) if kind == "days" else _bytes(value)
        return CachePolicy("days" if kind == "days" else "size", limit)
    for each in get_args(Kind):
        if kind == each and not equals and kind not in {"days", "size"}:
            if kind in {"registry", "gha"}:
                return CachePolicy(each, 0.0, _mode(rest, text))
            if not rest:
                return CachePolicy(each)
    raise ValueError(
        f"unknown cache policy {text}: unbounded, last, none, days=N, size=BYTES, registry[,mode=min|max] or "
        "gha[,mode=min|max]"
    )


def _mode(rest: list[str], text: str) -> str:
    """BuildKit's own default is `min`."""
    if not rest:
        return "min"
    if rest in (["mode=min"], ["mode=max"]):
        return rest[0].removeprefix("mode=")
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
