"""What of `--chmod`, `--chown` and USER a key holds."""

from __future__ import annotations

import re

ModeOption = int | str
OwnerOption = tuple[int | str, ...]

_OCTAL = r"[0-7]+\Z"
_SYMBOLIC = r"[ugoa]*([-+=][rwxXstugo]*)+(,[ugoa]*([-+=][rwxXstugo]*)+)*\Z"
_NUMBER = r"[+-]?[0-9]+\Z"


def mode_option(chmod: str) -> ModeOption:
    """What of `--chmod` is in a key: `644` and `0644` are one; the symbolic form is its own.

    Raises ValueError for what the builder refuses.
    """
    if is_octal(chmod) and int(chmod, 8) <= 0o7777:
        return int(chmod, 8)
    if chmod[:1].isdecimal():
        raise ValueError(f"invalid chmod parameter: '{chmod}'. it should be octal string and between 0 and 07777")
    if chmod and not re.match(_SYMBOLIC, chmod):
        raise ValueError(f"invalid chmod parameter: '{chmod}'. it is no symbolic mode")
    return chmod


def is_octal(chmod: str) -> bool:
    """Whether a mode is given in numbers."""
    return re.match(_OCTAL, chmod) is not None


def owner_option(text: str) -> OwnerOption:
    """What of `user[:group]` is in a key: a number and its name are two, but `root` is 0 to BuildKit."""
    return tuple(_identity(part) for part in text.split(":", 1)) if text else ()


def _identity(part: str) -> int | str:
    if part == "root":
        return 0
    return int(part) if re.match(_NUMBER, part) else part
