"""The closed sets that questions answer in, beside what a build does with a step (`layerscope.graph.outcomes`).

Each member's value is its word in the machine interface.
"""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """How a prediction of a step and what the engine did go together."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_PRINTED = "not printed"
    NOT_PREDICTED = "not predicted"


class Ran(Enum):
    """What a build's log says of a step."""

    CACHED = "cached"
    RAN = "ran"
    FAILED = "failed"
    CANCELED = "canceled"
    SKIPPED = "skipped"  # printed as CACHED, and stands on a step that did not end: nothing is known of it


class Change(str, Enum):
    """What becomes of a step, or of an instruction of an image, from one side to the other."""

    SAME = "same"
    MOVED = "moved"
    EDITED = "edited"
    ADDED = "added"
    REMOVED = "removed"
    REFILLED = "refilled"  # the same instruction, another layer

    def __str__(self) -> str:
        return self.value


class FileChange(str, Enum):
    """What becomes of a file of an image."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"

    def __str__(self) -> str:
        return self.value
