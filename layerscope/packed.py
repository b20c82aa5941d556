"""Values as plain data and back, for what is remembered between runs.

One message of MessagePack: a list in which every value stands behind those that it is made of. Text, numbers and None
stand for themselves, bytes for text that is no UTF-8 and integers of more than 64 bits; anything else is the number of
its kind and what it is made of, by place. What was one value in two places is one again. Reading makes values of the
given kinds and nothing else, and goes into nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from msgspec import MsgspecError, msgpack

Position = Callable[[Any], int]
At = Callable[[int], Any]
# A class, what its values are made of, and how they are made of that.
Kind = tuple[type, Callable[[Any, Position], Iterable[Any]], Callable[[list[Any], At], Any]]
_PLAIN = frozenset({type(None), bool, int, float, str})
_LARGE = 1 << 63


def packed(value: object, kinds: Sequence[Kind], by_content: Iterable[type] = ()) -> bytes:
    """by_content: classes of which equal values are kept as one. One of no kind is kept as the first it is one of.

    Raises TypeError for what holds a value of no kind, RecursionError for one too deep.
    """
    packer = _Packer(kinds, by_content)
    packer.place(value)
    return msgpack.encode(packer.entries)


def unpacked(data: bytes | bytearray | memoryview, kinds: Sequence[Kind]) -> object:
    """Raises ValueError for what `packed` did not write."""
    values: list[Any] = []
    at = values.__getitem__
    makers = [make for _, _, make in kinds]
    try:
        for entry in msgpack.decode(data, type=list):
            if type(entry) is list:
                kind, *parts = entry
                values.append(makers[kind](parts, at))
            else:
                values.append(plain(entry))
        return values[-1]
    except (MsgspecError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise ValueError(str(error)) from error


class _Packer:
    """entries: of the values met so far. The values hang on the one that is packed, so that none takes another's id."""

    def __init__(self, kinds: Sequence[Kind], by_content: Iterable[type]) -> None:
        self.entries: list[Any] = []
        self._kinds = kinds
        self._numbers = {cls: number for number, (cls, _, _) in enumerate(kinds)}
        self._by_content = _PLAIN.union(by_content)
        self._equal: dict[tuple[type, Hashable], int] = {}
        self._places: dict[int, int] = {}

    def place(self, value: Any) -> int:
        """Where a value stands in the list."""
        cls = type(value)
        places: dict[Any, int] = self._places
        known: Any = id(value)
        if cls in self._by_content:
            places, known = self._equal, (cls, value)
        found = places.get(known)
        if found is None:
            entry = stored(value) if cls in _PLAIN else self._entry(value, cls)
            found = places[known] = len(self.entries)
            self.entries.append(entry)
        return found

    def _entry(self, value: Any, cls: type) -> list[Any]:
        number = self._numbers.get(cls)
        if number is None:
            number = next((number for number, kind in enumerate(self._kinds) if isinstance(value, kind[0])), None)
            if number is None:
                raise TypeError(cls.__qualname__)
        return [number, *self._kinds[number][1](value, self.place)]


def stored(value: Any) -> Any:
    """Plain data as a message holds it."""
    if type(value) is int and value >= _LARGE:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    if type(value) is str and not value.isascii():
        data = value.encode("utf-8", "surrogatepass")
        if data.decode("utf-8", "replace") != value:
            return b"\0" + data  # no integer begins so
    return value


def plain(kept: Any) -> Any:
    """What `stored` was given."""
    if type(kept) is not bytes:
        return kept
    return kept[1:].decode("utf-8", "surrogatepass") if kept[:1] == b"\0" else int.from_bytes(kept, "big")


def fields(cls: type, *names: str, make: Callable[..., Any] | None = None) -> Kind:
    """The kind of what is made of its fields, by position."""
    create = make or cls
    return (
        cls,
        lambda value, place: [place(getattr(value, name)) for name in names],
        lambda parts, at: create(*map(at, parts)),
    )


def items(value: Mapping[Any, Any], place: Position) -> Iterable[int]:
    """A mapping as its keys and values by turns."""
    return map(place, chain.from_iterable(value.items()))


def of_items(parts: list[Any], at: At) -> dict[Any, Any]:
    """What `items` was given."""
    return dict(zip(map(at, parts[::2]), map(at, parts[1::2]), strict=True))


def _sequence(cls: type) -> Kind:
    return cls, lambda value, place: map(place, value), lambda parts, at: cls(map(at, parts))


COLLECTIONS: tuple[Kind, ...] = (*map(_sequence, (tuple, list, set, frozenset)), (dict, items, of_items))
