"""Modes as `--chmod` gives them: octal, or symbolic as chmod(1) has it."""

from __future__ import annotations

import re

from layerscope.graph.file_options import is_octal

_CLAUSE = r"([-+=])([rwxXstugo]*)"
_PARTS = r"[ugo]|[^ugo]+"
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o0007, "a": 0o6777}
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111}
_CLASSES = {"u": 6, "g": 3, "o": 0}
_ALL = 0o6777  # what `=` clears: the sticky bit is not among it


def mode_of_made_directories(chmod: str) -> int:
    """The mode of directories that a COPY makes on the way: an octal one of its own counts, less the umask."""
    return int(chmod, 8) & 0o755 if is_octal(chmod) else 0o755


def changed_mode(chmod: str, mode: int, *, directory: bool) -> int:
    """The mode that a file of `mode` is copied with; "" keeps it."""
    if not chmod:
        return mode
    if is_octal(chmod):
        return int(chmod, 8)
    changed = mode
    for clause in chmod.split(","):
        who = 0
        for letter in clause[: len(clause) - len(clause.lstrip("ugoa"))]:
            who |= _WHO[letter]
        for operator, permissions in re.findall(_CLAUSE, clause):
            executable = directory or bool(mode & 0o111)  # of the file as it was, for X
            # A class to copy from (`g=u`) is applied by itself: `g=ur` sets what u has, and then sets r instead.
            for part in re.findall(_PARTS, permissions) or [""]:
                changed = _applied(changed, who, operator, part, executable)
    return changed


def _applied(mode: int, who: int, operator: str, permissions: str, executable: bool) -> int:
    whom = who or _ALL
    special = who == 0 or bool(who & ~0o007)  # `s` and `t` of others alone are passed over
    bits = 0
    for letter in permissions:
        if letter in _CLASSES:
            copied = mode >> _CLASSES[letter] & 0o7
            bits |= (copied << 6 | copied << 3 | copied) & whom
        elif letter == "t":
            bits |= 0o1000 if special else 0
        elif letter == "s":
            bits |= 0o6000 & whom if special else 0
        elif letter == "X":
            bits |= 0o111 & whom if operator == "-" or executable else 0
        else:
            bits |= _BITS[letter] & whom
    if operator == "-":
        return mode & ~bits
    if operator == "=":
        mode &= ~(whom & 0o777 if permissions in _CLASSES else whom)  # a copy lets the set-id bits be
    return mode | bits
