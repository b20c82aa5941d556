"""Go's path.Match: `*`, `?`, `[a-z]`, `[^x]`, `\\x`; nothing crosses a `/`."""

from __future__ import annotations

import re
from functools import lru_cache


class GlobError(ValueError):
    """A malformed pattern."""


def check_glob(pattern: str) -> bool:
    """Whether Go would accept the pattern."""
    try:
        glob_regex(pattern)
    except GlobError:
        return False
    return True


@lru_cache(maxsize=1 << 12)
def has_wildcard(pattern: str) -> bool:
    """Whether a COPY source has an unescaped `*`, `?` or `[`."""
    at = 0
    while at < len(pattern):
        if pattern[at] in "*?[":
            return True
        at += 2 if pattern[at] == "\\" else 1
    return False


@lru_cache(maxsize=1024)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """The compiled pattern, to be used with `match`. Raises GlobError."""
    out: list[str] = []
    at, end = 0, len(pattern)
    while at < end:
        char = pattern[at]
        at += 1
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "\\":
            if at >= end:
                raise GlobError(pattern)
            out.append(re.escape(pattern[at]))
            at += 1
        elif char == "[":
            piece, at = _character_class(pattern, at)
            out.append(piece)
        else:
            out.append(re.escape(char))
    return re.compile("".join(out) + r"\Z", re.DOTALL)


def _character_class(pattern: str, at: int) -> tuple[str, int]:
    negated = pattern.startswith("^", at)
    at += negated
    pieces: list[str] = []
    while not pattern.startswith("]", at) or not pieces:
        low, at = _class_character(pattern, at)
        high = low
        if pattern.startswith("-", at):
            high, at = _class_character(pattern, at + 1)
        # An upside-down range is legal in Go and matches nothing.
        pieces.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
    members = "".join(pieces)
    if not members:
        return ("[^/]" if negated else "(?!)"), at + 1
    return f"[{'^' if negated else ''}{members}]", at + 1


def _class_character(pattern: str, at: int) -> tuple[str, int]:
    if at >= len(pattern) or pattern[at] in "-]":
        raise GlobError(pattern)
    if pattern[at] == "\\":
        at += 1
        if at >= len(pattern):
            raise GlobError(pattern)
    if at + 1 >= len(pattern):
        raise GlobError(pattern)  # the class is not closed
    return pattern[at], at + 1
