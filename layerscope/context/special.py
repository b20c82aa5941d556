"""What a file is that is no file, directory or link: a fifo, a socket, a device."""

from __future__ import annotations

from enum import Enum

from layerscope.values import Value

_EDITED = " changed"


class SpecialKind(Enum):
    """The kinds of special files, by the letters `ls -l` has for them."""

    FIFO = "p"
    SOCKET = "s"
    CHARACTER = "c"
    BLOCK = "b"
    OTHER = "?"


_KINDS = {kind.value: kind for kind in SpecialKind}
_TAR_KINDS = {b"3": SpecialKind.CHARACTER, b"4": SpecialKind.BLOCK, b"6": SpecialKind.FIFO}
_KINDS |= {repr(letter): kind for letter, kind in _TAR_KINDS.items()}  # as older snapshots of archives have them


class SpecialType(Value):
    """Its kind, and the numbers of the device. edited: another one stands in its place, as a change has it."""

    kind: SpecialKind
    major: int = 0
    minor: int = 0
    edited: bool = False

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.major}:{self.minor}{_EDITED if self.edited else ''}"


def special_kind(letter: str) -> SpecialKind:
    """The kind that `stat.filemode` names by its first letter."""
    return _KINDS.get(letter, SpecialKind.OTHER)


def kind_in_tar(typeflag: bytes) -> SpecialKind:
    """The kind that a tar header names."""
    return _TAR_KINDS.get(typeflag, SpecialKind.OTHER)


def parse_special_type(text: str) -> SpecialType:
    """What `str` of one says. Raises ValueError for anything else."""
    letter, major, minor = text.removesuffix(_EDITED).rsplit(":", 2)
    return SpecialType(special_kind(letter), int(major), int(minor), text.endswith(_EDITED))
