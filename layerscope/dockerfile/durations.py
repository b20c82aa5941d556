"""Durations as Go writes them (`1m30s`), for the options of HEALTHCHECK."""

from __future__ import annotations

import re

_DURATION = r"([-+]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)\Z"
_PART = r"(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
_SECONDS = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "\u03bcs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_MINIMUM = 1e-3


def check_interval(name: str, text: str) -> None:
    """A duration of nothing, or of a millisecond and more. Raises ValueError in the builder's words."""
    match = re.match(_DURATION, text)
    if match is None:
        raise ValueError(f'invalid duration "{text}"')
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(_PART, match[2]))
    if seconds and (match[1] == "-" or seconds < _MINIMUM):
        raise ValueError(f'Interval "{name}" cannot be less than 1ms')
