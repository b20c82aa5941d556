"""JSON as documents are printed: one member a line, an indent of one blank.

The bytes are those of `json.dumps(value, indent=1)`, which knows no indent in its fast encoder and takes four times as
long: a document of a history has hundreds of thousands of values.
"""

from __future__ import annotations

from collections.abc import Callable
from json import dumps as _dumps
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

_WORDS = {True: "true", False: "false", None: "null"}


def json_text(value: Any) -> str:
    """The same text for the same value; a name that is no UTF-8 is escaped rather than refused."""
    return _text(value, "\n")


def _text(value: Any, line: str) -> str:
    """line: a line's end with the indent of what stands in it."""
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if kind is dict:
        if not value:
            return "{}"
        inner = line + " "
        members = [f"{_quoted(key)}: {_text(each, inner)}" for key, each in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{line}}}"
    if kind is list:
        if not value:
            return "[]"
        inner = line + " "
        return f"[{inner}{f',{inner}'.join([_text(each, inner) for each in value])}{line}]"
    writer = _PLAIN.get(kind)
    return writer(value) if writer is not None else _dumps(value)


_PLAIN: dict[type, Callable[[Any], str]] = {
    int: int.__repr__,
    bool: _WORDS.__getitem__,
    type(None): _WORDS.__getitem__,
}
