"""Owners as `--chown` and USER give them to file operations."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?\d+\Z", re.ASCII)

Owner = tuple[int | str, ...]


def owner_option(text: str) -> Owner:
    """What of `user[:group]` is in a key: a number and its name are two, but `root` is 0 to BuildKit."""
    return tuple(_identity(part) for part in text.split(":", 1)) if text else ()


def owner_of_files(text: str) -> str:
    """The owner of the files copied so, comparable with others; "" is 0:0, as files of a context have it.

    A user without a group stands for both. A name stays a name: which number it is the base image knows.
    """
    owner = owner_option(text)
    if len(owner) == 1 and isinstance(owner[0], int):
        owner = (owner[0], owner[0])
    return "" if owner == (0, 0) else ":".join(map(str, owner))


def _identity(part: str) -> int | str:
    if part == "root":
        return 0
    return int(part) if _NUMBER.match(part) else part
