"""The comma-separated fields of `--mount` and `--device`, quoted where they begin with a quote."""

from __future__ import annotations

import re

_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",]*))(,|\Z)')


def csv_fields(value: str, of: str) -> list[str]:
    """The fields of one value. of: what they are of, for the message. Raises ValueError."""
    if not value:
        raise ValueError(f"failed to parse csv {of}: EOF")
    if '"' not in value:
        return value.split(",")
    fields: list[str] = []
    at, separator = 0, ","
    while separator:
        match = _FIELD.match(value, at)
        if match is None:
            raise ValueError(f'failed to parse csv {of}: extraneous, missing or bare " in {value}')
        quoted, plain, separator = match.groups()
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        at = match.end()
    return fields
