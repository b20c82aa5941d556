"""How moby/patternmatcher turns a pattern into a regular expression of Go; here, into one of Python that says the same.

What a pattern holds between brackets or behind a backslash reaches Go's expressions as it is: `[[:digit:]]` and `\\d`
are digits there, though `path.Match` would read them letter by letter.
"""

from __future__ import annotations

import re

_LAST = 0x10FFFF
_NAMED = {
    "alnum": "09AZaz", "alpha": "AZaz", "ascii": "\0\x7f", "blank": "\t\t  ", "cntrl": "\0\x1f\x7f\x7f",
    "digit": "09", "graph": "!~", "lower": "az", "print": " ~", "punct": "!/:@[`{~", "space": "\t\r  ",
    "upper": "AZ", "word": "09AZ__az", "xdigit": "09AFaf",
}  # fmt: skip
_ESCAPED = {**{char: f"\\{char}" for char in "dDwWbBAafnrtvx"}, "z": r"\Z"}


def translated(pattern: str) -> tuple[str, str]:
    """How a pattern matches (exact, prefix, suffix or regex), and its expression. Raises re.error."""
    kind = "exact"
    out: list[str] = []
    at, end, first = 0, len(pattern), True
    inside = False  # between brackets, as Go's expressions see them
    while at < end:
        char = pattern[at]
        at += 1
        if char == "*" and pattern.startswith("*", at):
            at += 1
            if pattern.startswith("/", at):
                at += 1  # `**/` is `**`
            if at < end:
                out.append("(?:.*/)?" if not inside else "(.*/)?")
                kind = "regex"
            elif kind == "exact":
                kind = "prefix"
            else:
                out.append(".*")
                kind = "regex"
            if first:
                kind = "suffix"  # until another special character makes it an expression
        elif char in "*?":
            out.append(("\\[" if inside else "[") + "^/]" + ("*" if char == "*" else ""))
            inside = False  # the bracket it stands in is closed by its own
            kind = "regex"
        elif char == "\\":
            if at < end:
                out.append(_escaped(pattern[at], inside))
                at += 1
                kind = "regex"
            else:
                out.append(re.escape(char))
        elif char == "[" and inside:
            close = pattern.find(":]", at + 1) if pattern.startswith(":", at) else -1
            out.append("\\[" if close < 0 else _named(pattern[at + 1 : close]))
            at = at if close < 0 else close + 2
        elif char in "[]":
            out.append(char)
            inside = char == "["
            kind = "regex"
        else:
            out.append(char if char in "^-" else re.escape(char))
        first = False
    return kind, "(?a)" + "".join(out) + r"\Z"


def _escaped(char: str, inside: bool) -> str:
    if char.isascii() and not char.isalnum():
        return re.escape(char)
    if char in "sS":
        blanks = "\\t\\n\\f\\r "
        if not inside:
            return f"[{blanks}]" if char == "s" else f"[^{blanks}]"
        return blanks if char == "s" else "\\0-\\x08\\x0b\\x0e-\\x1f!-\\U0010ffff"
    if char not in _ESCAPED or (inside and char in "bBAz"):
        raise re.error(f"invalid escape sequence \\{char}")
    return _ESCAPED[char]


def _named(name: str) -> str:
    """The members of a class as `[:digit:]` or `[:^digit:]` names them."""
    bounds = _NAMED.get(name.removeprefix("^"))
    if bounds is None:
        raise re.error(f"invalid character class range [:{name}:]")
    ranges = [(ord(low), ord(high)) for low, high in zip(bounds[::2], bounds[1::2], strict=True)]
    if name.startswith("^"):
        lows = [0, *(high + 1 for _, high in ranges)]
        highs = [*(low - 1 for low, _ in ranges), _LAST]
        ranges = [(low, high) for low, high in zip(lows, highs, strict=True) if low <= high]
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)
