"""What of a file differs between the two sides of a change."""

from __future__ import annotations

from enum import Enum

from layerscope.context.attributes import without_attributes
from layerscope.context.tree import Directory, EditedFile, File, Link, Node, Special

_KINDS = {File: "a file", Link: "a link", Directory: "a directory", Special: "a special file"}


class FilePart(Enum):
    """What of a file differs; the values are the words of the machine interface, None where it has none."""

    CONTENT = "content"
    MODE = "mode"
    OWNER = "owner"
    TYPE = "type"
    LINK = "link"
    ADDED = "added"
    REMOVED = "removed"
    ATTRIBUTES = None  # extended ones


def part_of(was: Node | None, now: Node | None) -> FilePart | None:
    """The first part in which a path differs; None where it is on neither side.

    Of a file with other bytes and another mode it is the content, as for one with other bytes alone. Bytes are only
    hashed where nothing else differs or sizes leave it open.
    """
    if was is None or now is None:
        return None if was is now else FilePart.ADDED if was is None else FilePart.REMOVED
    if kind_of(was) != kind_of(now):
        return FilePart.TYPE
    if isinstance(was, Special) and isinstance(now, Special) and was.kind != now.kind:
        return FilePart.TYPE  # a fifo for a socket, or another device
    if isinstance(was, Link) and isinstance(now, Link) and was.target != now.target:
        return FilePart.LINK
    if isinstance(was, File) and isinstance(now, File) and _only_attributes_differ(was, now):
        return _other_metadata(was, now) or FilePart.ATTRIBUTES
    metadata = _other_metadata(was, now)
    if metadata is None or (isinstance(was, File) and isinstance(now, File) and not was.has_bytes_of(now)):
        return FilePart.CONTENT
    return metadata


def _other_metadata(was: Node, now: Node) -> FilePart | None:
    if was.owner != now.owner:
        return FilePart.OWNER
    return FilePart.MODE if getattr(was, "mode", None) != getattr(now, "mode", None) else None


def _only_attributes_differ(was: File, now: File) -> bool:
    """Whether two files of the same bytes have other extended attributes."""
    if isinstance(was, EditedFile) or isinstance(now, EditedFile) or was.size is None:
        return False
    if was.size != now.size or was.digest == now.digest:
        return False
    return without_attributes(was.digest) == without_attributes(now.digest)


def kind_of(node: Node) -> str:
    """What it is, in words. Files that read themselves late are files all the same."""
    return next(words for kind, words in _KINDS.items() if isinstance(node, kind))
