"""The two bases of the program's own types: `Value`, frozen and equal by content, and `Entity`, a thing of its own.

Both are structs of msgspec: their fields are annotations, as those of dataclasses are, and no code is generated for a
class. Some hundred classes would else be a third of a small simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from msgspec import Struct, field
from msgspec.structs import replace

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Callable[[type], type]:
        return lambda cls: cls


__all__ = ["Entity", "Value", "assert_never", "field", "replace"]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value(Struct, frozen=True, dict=True):
    """A frozen value: equal to another of its class when all fields are.

    Beside its fields there is room for what `cached_property` keeps, which is no part of it.
    """

    not_compared: ClassVar[frozenset[str]] = frozenset()  # fields that tell nothing about equality

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "not_compared" in vars(cls):
            cls.__eq__ = _equal  # type: ignore[method-assign, assignment]
            cls.__hash__ = _hash  # type: ignore[method-assign, assignment]


@dataclass_transform(eq_default=False, field_specifiers=(field,))
class Entity(Struct, eq=False, dict=True):
    """A thing with fields that may change, equal to nothing but itself."""


def assert_never(value: NoReturn) -> NoReturn:
    """Ends a choice among all members of a closed set: a member that is left out does not pass the type checker."""
    raise AssertionError(f"nothing is known of {value!r}")


def _equal(one: Value, other: object) -> bool:
    if type(one) is not type(other):
        return False
    content = _content(type(one))
    return one is other or bool(content(one) == content(other))


def _hash(value: Value) -> int:
    return hash((type(value), _content(type(value))(value)))


@cache
def _content(cls: type[Value]) -> Callable[[Any], Any]:
    """What two of a class are equal by."""
    return attrgetter(*[name for name in cls.__struct_fields__ if name not in cls.not_compared])
