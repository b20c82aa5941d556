"""What a build would do with a step: the closed set that predictions are made of."""

from __future__ import annotations

from enum import Enum


class Outcome(str, Enum):
    """What becomes of a step; each is equal to its word in the machine interface."""

    CACHED = "cached"  # the builder takes it from its cache
    REBUILT = "rebuilt"  # the builder runs it
    OUTPUT_DEPENDENT = "output_dependent"  # only bytes that a build will write decide

    def __str__(self) -> str:  # one text on every Python: 3.12 changed what formatting gives
        return self.value
