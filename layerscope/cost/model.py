"""What a step costs in seconds, and where the figure is from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from layerscope.answer import Assumption
from layerscope.figures import Source
from layerscope.values import Value

Bytes = Callable[[], int | None]  # asked only by who needs them; None where they are not known


class Cost(Value):
    """What a step costs when it runs: the figure (`None` if unknown) and its source: measured, estimated, none.

    assumption: what the figure takes for granted, or why there is none though logs tell of the step.
    """

    seconds: float | None
    source: Source
    assumption: Assumption | None = None

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

    handled: the bytes it copies, which an estimate asks for where nothing was measured. platform: that its build is
    for, "" where that is not known.
    """

    def __call__(self, name: str, handled: Bytes = unknown_bytes, platform: str = "", /) -> Cost: ...


def no_costs(_name: str, _handled: Bytes = unknown_bytes, _platform: str = "", /) -> Cost:
    """The costs of a user who gave no timings."""
    return UNKNOWN_COST


def on_platform(costs: Costs, platform: str) -> Costs:
    """The costs of the steps of one build."""

    def of_build(name: str, handled: Bytes = unknown_bytes, _platform: str = "", /) -> Cost:
        return costs(name, handled, platform)

    return no_costs if costs is no_costs else of_build


def assumed(costs: Iterable[Cost]) -> tuple[Assumption, ...]:
    """What some costs take for granted, each once."""
    return tuple(dict.fromkeys([cost.assumption for cost in costs if cost.assumption is not None]))
