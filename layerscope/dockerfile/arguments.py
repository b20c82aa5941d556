"""What follows a keyword: words between blanks, a JSON array, or a command as the shell takes it."""

from __future__ import annotations

import json
import re

from layerscope.dockerfile.logical_lines import BLANKS


def blank_separated(rest: str) -> list[str]:
    """The words of a text."""
    return BLANKS.split(rest) if rest else []


def json_array(rest: str) -> tuple[str, ...] | None:
    """The strings of a JSON array; None where the text is no JSON and so means the shell form."""
    if not rest.startswith("["):
        return None
    try:
        value = json.loads(rest, strict=True, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list):
        return None
    if not all(isinstance(item, str) for item in value):
        raise ValueError("only string type is allowed in JSON format arrays")
    return tuple(item if item.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", item) for item in value)


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is Python's, not JSON's")


def command_line(rest: str) -> tuple[tuple[str, ...], bool]:
    """The words of the JSON form, or the one text of the shell form; and whether it is JSON."""
    array = json_array(rest)
    if array is not None:
        return array, True
    return ((rest,) if rest else ()), False


def word_list(rest: str) -> list[str]:
    """The items of a JSON array, or else the words."""
    array = json_array(rest)
    return list(array) if array is not None else blank_separated(rest)
