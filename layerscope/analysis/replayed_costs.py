"""A replayed history beside what it would have been with another Dockerfile, and its price."""

from __future__ import annotations

from layerscope.analysis.price import Price
from layerscope.analysis.replay import Replay
from layerscope.values import Value


class ReplayedCosts(Value):
    """The answer of `replay`. other: the same commits with `other_file`. price: of a machine's minute."""

    own: Replay
    other: Replay | None = None
    other_file: str | None = None
    price: Price | None = None
