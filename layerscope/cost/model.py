"""What a step costs in seconds, and where the figure is from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from layerscope.figures import Source
from layerscope.values import Value

Bytes = Callable[[], int | None]  # asked only by who needs them; None where they are not known


class Cost(Value):
    """What a step costs when it runs: the figure (`None` if unknown) and its source: measured, estimated, none."""

    seconds: float | None
    source: Source

    @property
    def known(self) -> bool:
        return self.seconds is not None


UNKNOWN_COST = Cost(None, Source.NONE)


def unknown_bytes() -> int | None:
    """The bytes of a step of which nothing is known."""
    return None


def given_bytes(size: int | None) -> Bytes:
    """The bytes of a step of which they are known already."""
    return lambda: size


class Costs(Protocol):
    """What a step costs if it runs, by its printed name or, where numbers are not known, by its text.

    handled: the bytes it copies, which an estimate asks for where nothing was measured.
    """

    def __call__(self, name: str, handled: Bytes = unknown_bytes, /) -> Cost: ...


def no_costs(_name: str, _handled: Bytes = unknown_bytes, /) -> Cost:
    """The costs of a user who gave no timings."""
    return UNKNOWN_COST
