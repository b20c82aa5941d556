"""Owners as `--chown` and USER give them to file operations."""

from __future__ import annotations

import re

from layerscope.context.tree import Owner
from layerscope.graph.files.filesystem import NamedOwner, Tree

_NUMBER = re.compile(r"[+-]?\d+\Z", re.ASCII)

OwnerOption = tuple[int | str, ...]


def owner_option(text: str) -> OwnerOption:
    """What of `user[:group]` is in a key: a number and its name are two, but `root` is 0 to BuildKit."""
    return tuple(_identity(part) for part in text.split(":", 1)) if text else ()


def owner_of_files(text: str, root: Tree) -> Owner:
    """The owner of what is copied or made so in `root`; "" is 0:0, as files of a context have it.

    A user without a group stands for both. A name stays a name: which number it is the image's own files tell.
    """
    owner = owner_option(text)
    if len(owner) == 1 and isinstance(owner[0], int):
        owner = (owner[0], owner[0])
    if owner in ((), (0, 0)):
        return ""
    written = ":".join(map(str, owner))
    return written if all(isinstance(part, int) for part in owner) else NamedOwner(written, root)


def _identity(part: str) -> int | str:
    if part == "root":
        return 0
    return int(part) if _NUMBER.match(part) else part
