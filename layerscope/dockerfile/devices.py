"""The fields of `RUN --device=…`, checked as the builder checks them before it expands anything."""

from __future__ import annotations

from collections.abc import Iterable

_BOOLEANS = frozenset(["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"])


def check_device(fields: Iterable[str]) -> None:
    """One name, with or without `name=`, and `required`. Raises ValueError in the builder's words."""
    name = ""
    for field in fields:
        key, equals, value = field.partition("=")
        key = key.lower()
        if key == "name" and equals:
            if name:
                raise ValueError(f"device name already set to {name}")
            name = value
        elif key == "required":
            if equals and value not in _BOOLEANS:
                raise ValueError(f"invalid value for {key}: {value}")
        elif not name:
            name = field
        elif equals:
            raise ValueError(f"unexpected key '{key}' in '{field}'")
        else:
            raise ValueError(f"invalid field '{field}' must be a key=value pair")
