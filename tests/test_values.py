"""The bases of the program's own types behave as frozen dataclasses do, where both promise something."""

from __future__ import annotations

import pytest

from layerscope.values import Entity, Value, field, replace


class Point(Value):
    x: int
    y: int = 2


class Named(Point):
    name: str = ""


class Quiet(Value):
    key: str
    handle: object = None
    not_compared = frozenset({"handle"})


class Bag(Entity):
    things: list[int] = field(default_factory=list)


class Empty(Value):
    pass


def test_values_of_one_class_and_content_are_equal() -> None:
    assert Point(1) == Point(x=1, y=2)
    assert hash(Point(1)) == hash(Point(1, 2))
    assert Point(1) != Point(1, 3)
    assert Empty() == Empty()


def test_a_subclass_is_another_thing_even_with_the_same_fields() -> None:
    assert Named(1, 2, "") != Point(1, 2)
    assert Named(1, name="a") == Named(1, 2, "a")


def test_a_field_that_is_not_compared_makes_no_difference() -> None:
    assert Quiet("a", 1) == Quiet("a", 2)
    assert hash(Quiet("a", 1)) == hash(Quiet("a", 2))


def test_values_do_not_change() -> None:
    point = Point(1)
    with pytest.raises(AttributeError):
        point.x = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del point.x
    assert replace(point, x=5) == Point(5)
    assert point == Point(1)


@pytest.mark.parametrize(
    "make",
    [
        Point,
        lambda: Point(1, 2, 3),
        lambda: Point(1, z=3),
        lambda: Point(1, 2, z=3),
        lambda: Point(y=1, z=2),
        lambda: Quiet(handle=1),
    ],
)
def test_wrong_fields_are_refused(make) -> None:
    with pytest.raises(TypeError):
        make()


def test_an_entity_is_equal_to_itself_alone_and_shares_no_default() -> None:
    one, other = Bag(), Bag()
    one.things.append(1)
    assert one != other
    assert other.things == []
    assert repr(one) == "Bag(things=[1])"
