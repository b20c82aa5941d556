"""Values of flags, options and directives, checked as the builder checks them before it expands anything."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BOOLEANS = frozenset(["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"])
_FIELD = r'(?:"((?:[^"]|"")*)"|([^",]*))(,|\Z)'
# Durations as Go writes them: `1m30s`.
_DURATION = r"([-+]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)\Z"
_PART = r"(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
_SECONDS = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_MINIMUM = 1e-3


def csv_fields(value: str, of: str) -> list[str]:
    """The comma-separated fields of `--mount` and `--device`, quoted where they begin with a quote.

    of: what they are of, for the message. Raises ValueError.
    """
    if not value:
        raise ValueError(f"failed to parse csv {of}: EOF")
    if '"' not in value:
        return value.split(",")
    fields: list[str] = []
    field = re.compile(_FIELD)
    at, separator = 0, ","
    while separator:
        match = field.match(value, at)
        if match is None:
            raise ValueError(f'failed to parse csv {of}: extraneous, missing or bare " in {value}')
        quoted, plain, separator = match.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        at = match.end()
    return fields


def check_device(fields: Iterable[str]) -> None:
    """The fields of `RUN --device`: one name, with or without `name=`, and `required`.

    Raises ValueError in the builder's words.
    """
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


def check_interval(name: str, text: str) -> None:
    """An option of HEALTHCHECK: a duration of nothing, or of a millisecond and more.

    Raises ValueError in the builder's words.
    """
    match = re.match(_DURATION, text)
    if match is None:
        raise ValueError(f'invalid duration "{text}"')
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(_PART, match[2]))
    if seconds and (match[1] == "-" or seconds < _MINIMUM):
        raise ValueError(f'Interval "{name}" cannot be less than 1ms')


def check_lint_options(text: str) -> None:
    """The parser directive `# check=`: `skip=…;error=…;experimental=…`, at most three. Raises ValueError."""
    for option in text.strip().split(";", 2) if text.strip() else ():
        name, equals, value = option.partition("=")
        if not equals or name.strip() not in {"skip", "error", "experimental"}:
            raise ValueError(f'invalid check option "{name.strip() if equals else option}"')
        if name.strip() == "error" and value.strip() not in _BOOLEANS:
            raise ValueError(f'failed to parse check option "{option}"')
