"""Why a step is not one that was built before: the closed set of what differs of its key."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias

from layerscope.graph.key_parts import BUILD_ARGUMENTS, ENVIRONMENT, IMAGE, KeyPart
from layerscope.values import Value


class ColdCache(Value):
    """Nothing was built before, or the cache has it no more."""


class NoCache(Value):
    """An option keeps the step from the cache."""


class NewStep(Value):
    """There was no such step."""


class OtherParent(Value):
    """It stands on another step than before, which itself is cached."""


class OtherSource(Value):
    """It reads from another place than before, which itself is cached."""


class OtherFiles(Value):
    """Files of a context differ. context: the name of a named one; "" is the main one."""

    paths: tuple[str, ...]
    context: str = ""


class UnknownFiles(Value):
    """Files of which nothing is known."""


class OtherImage(Value):
    """An image is another. part: what it is to the step.

    before, after: what identifies it, None where that is not said.
    """

    part: KeyPart
    before: Hashable = None
    after: Hashable = None


class OtherEnvironment(Value):
    """Variables differ, or their order. before, after: name and value of each, in order."""

    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]


class OtherPart(Value):
    """Any other part of the key differs. before, after: its value; None where there is none."""

    part: KeyPart
    before: Hashable = None
    after: Hashable = None


Difference: TypeAlias = (
    ColdCache
    | NoCache
    | NewStep
    | OtherParent
    | OtherSource
    | OtherFiles
    | UnknownFiles
    | OtherImage
    | OtherEnvironment
    | OtherPart
)


def other_value(part: KeyPart, before: Hashable, after: Hashable) -> Difference:
    """A named part of a key with two values; None where there was none."""
    if (part is ENVIRONMENT or part is BUILD_ARGUMENTS) and isinstance(after, tuple):
        return OtherEnvironment(before if isinstance(before, tuple) else (), after)
    if part is IMAGE:
        return OtherImage(part, before, after)
    return OtherPart(part, before, after)
