"""Flags of an instruction (`--from=…`, `--link`), checked as the builder checks them."""

from __future__ import annotations

from collections.abc import Iterable


class FlagError(ValueError):
    """An unknown, repeated or malformed flag; the builder's message."""


class Flags:
    """The given flags of one instruction.

    known: flag name → `bool`, `string` or `strings` (may repeat).
    """

    def __init__(self, given: Iterable[str], known: dict[str, str]) -> None:
        self._values: dict[str, list[str]] = {}
        for word in given:
            flag, equals, value = word.partition("=")
            name = flag[2:]
            kind = known.get(name)
            if kind is None:
                raise FlagError(f"unknown flag: {flag}")
            if name in self._values and kind != "strings":
                raise FlagError(f"duplicate flag specified: {flag}")
            if kind == "bool":
                value = _boolean(flag, value, bool(equals))
            elif not equals:
                raise FlagError(f"missing a value on flag: {flag}")
            self._values.setdefault(name, []).append(value)

    def given(self, name: str) -> bool:
        return name in self._values

    def string(self, name: str) -> str:
        return self._values.get(name, [""])[0]

    def optional(self, name: str) -> str | None:
        """The value, None where the flag is absent or empty."""
        return self.string(name) or None

    def strings(self, name: str) -> tuple[str, ...]:
        return tuple(self._values.get(name, ()))

    def boolean(self, name: str) -> bool:
        return self.string(name) == "true"

    def maybe_boolean(self, name: str) -> bool | None:
        return self.boolean(name) if name in self._values else None

    def items(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, values[0]) for name, values in self._values.items())


def _boolean(flag: str, value: str, has_value: bool) -> str:
    if has_value and not value:
        raise FlagError(f"missing a value on flag: {flag}")
    lowered = value.lower()
    if lowered in {"true", ""}:
        return "true"
    if lowered == "false":
        return "false"
    raise FlagError(f"expecting boolean value for flag {flag}, not: {value}")
