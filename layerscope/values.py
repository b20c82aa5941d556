"""The two bases of the program's own types: `Value`, frozen and equal by content, and `Entity`, a thing of its own.

They read fields from annotations as dataclasses do (type checkers treat them alike), but generate no code at first: a
class costs microseconds instead of most of a millisecond, which at some seventy classes is half of a small simulation.
Only a class of which very many are made is given a constructor of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Callable[[type], type]:
        return lambda cls: cls


_T = TypeVar("_T", bound="_Fields")
_MANY = 250  # instances after which a constructor of its own has paid off


class _Made:
    """A default that is made anew for every instance."""

    def __init__(self, factory: Callable[[], Any]) -> None:
        self.factory = factory


def field(*, default_factory: Callable[[], Any]) -> Any:
    """A field whose default is `default_factory()`, one for each instance."""
    return _Made(default_factory)


class _Fields:
    """Construction and text of both bases."""

    field_names: ClassVar[tuple[str, ...]] = ()
    _names: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[dict[str, Any]] = {}
    _factories: ClassVar[dict[str, Callable[[], Any]]] = {}
    _made: ClassVar[int] = 0

    def __init_subclass__(cls) -> None:
        own = [name for name, hint in cls.__annotations__.items() if not str(hint).startswith("ClassVar")]
        if not own:
            return
        cls.field_names = tuple(dict.fromkeys((*cls.field_names, *own)))
        cls._names = frozenset(cls.field_names)
        given = {name: vars(cls)[name] for name in own if name in vars(cls)}
        made = {name: value.factory for name, value in given.items() if isinstance(value, _Made)}
        cls._defaults = {**cls._defaults, **{name: value for name, value in given.items() if name not in made}}
        cls._factories = {**cls._factories, **made}
        for name in made:
            delattr(cls, name)
        cls._made = 0
        if "__init__" not in vars(cls):
            cls.__init__ = _Fields.__init__  # type: ignore[method-assign]  # never that of a base with fewer fields

    def __init__(self, *args: Any, **given: Any) -> None:
        cls = type(self)
        cls._made += 1
        if cls._made == _MANY and cls.__init__ is _Fields.__init__:
            cls.__init__ = _constructor(cls)  # type: ignore[method-assign]
        names = self.field_names
        content = self.__dict__
        if len(args) == len(names) and not given:  # the way most are made
            content.update(zip(names, args))  # noqa: B905 (`strict` costs as much as the rest)
            return
        content.update(self._defaults)
        for name, make in self._factories.items():
            if name not in given:
                content[name] = make()
        content.update(zip(names, args))  # noqa: B905
        content.update(given)
        if len(content) != len(names) or len(args) > len(content) or not self._names.issuperset(given):
            self._refuse(args, given)

    def _refuse(self, args: tuple[Any, ...], given: dict[str, Any]) -> NoReturn:
        missing = [name for name in self.field_names if name not in self.__dict__]
        unknown = [name for name in given if name not in self.field_names]
        raise TypeError(f"{type(self).__name__}: {len(args)} given by position; missing {missing}; unknown {unknown}")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.field_names)
        return f"{type(self).__name__}({shown})"


def _constructor(cls: type[_Fields]) -> Callable[..., None]:
    """A constructor for this class alone, as dataclasses write it: two to three times as fast as the general one."""
    known: dict[str, Any] = {"_unset": object()}
    parameters: list[str] = []
    is_frozen = cls.__setattr__ is not object.__setattr__
    lines = ["    _ = self.__dict__"] if is_frozen else []
    place = "_['{}']" if is_frozen else "self.{}"
    for name in cls.field_names:
        value = name
        if name in cls._factories:
            known[f"_make_{name}"] = cls._factories[name]
            parameters.append(f"{name}=_unset")
            value = f"_make_{name}() if {name} is _unset else {name}"
        elif name in cls._defaults:
            known[f"_default_{name}"] = cls._defaults[name]
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"    {place.format(name)} = {value}")
    text = "\n".join([f"def __init__(self, {', '.join(parameters)}):", *lines])
    exec(text, known)
    made: Callable[..., None] = known["__init__"]
    return made


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value(_Fields):
    """A frozen value: equal to another of its class when all fields are."""

    not_compared: ClassVar[frozenset[str]] = frozenset()  # fields that tell nothing about equality
    _content: ClassVar[Callable[[Any], Any]] = staticmethod(lambda _: None)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        compared = [name for name in cls.field_names if name not in cls.not_compared]
        if compared:
            cls._content = attrgetter(*compared)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        content = type(self)._content
        return bool(content(self) == content(other))

    def __hash__(self) -> int:
        return hash((type(self), type(self)._content(self)))

    def __setattr__(self, name: str, _: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name}: a value does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name}: a value does not change")


@dataclass_transform(eq_default=False, field_specifiers=(field,))
class Entity(_Fields):
    """A thing with fields that may change, equal to nothing but itself."""


def replace(value: _T, **changes: Any) -> _T:
    """A copy of a value with some fields changed."""
    return type(value)(**{**{name: getattr(value, name) for name in value.field_names}, **changes})


def assert_never(value: NoReturn) -> NoReturn:
    """Where every type of a closed set was asked for: a type checker says which one is missing (typing's is 3.11)."""
    raise AssertionError(f"not one of its set: {value!r}")
