"""What of a path differs, by what is there on both sides."""

from __future__ import annotations

import pytest

from layerscope.analysis.file_parts import FilePart, part_of
from layerscope.context.special import SpecialKind, SpecialType
from layerscope.context.tree import Directory, EditedFile, File, Link, Node, Special

FILE = File(0o644, 1, "sha256:a")
DIRECTORY = Directory(0o755, children={"f": FILE})
FIFO = Special(SpecialType(SpecialKind.FIFO), 0o644)

# Before, after → the part; `None` in place of a node: nothing is there.
CASES: dict[str, tuple[Node | None, Node | None, FilePart | None]] = {
    "nowhere": (None, None, None),
    "new": (None, FILE, FilePart.ADDED),
    "gone": (FILE, None, FilePart.REMOVED),
    "other bytes of one size": (FILE, File(0o644, 1, "sha256:b"), FilePart.CONTENT),
    "other bytes and another mode": (FILE, File(0o755, 1, "sha256:b"), FilePart.CONTENT),
    "bytes of which only that they are others is said": (FILE, EditedFile(0o644, 1, "changed:f"), FilePart.CONTENT),
    "another mode": (FILE, File(0o755, 1, "sha256:a"), FilePart.MODE),
    "another owner": (FILE, File(0o644, 1, "sha256:a", owner="1:1"), FilePart.OWNER),
    "a link elsewhere": (Link("a"), Link("b"), FilePart.LINK),
    "a link of another owner": (Link("a"), Link("a", "1:1"), FilePart.OWNER),
    "a directory in place of a file": (FILE, DIRECTORY, FilePart.TYPE),
    "a directory of another mode": (DIRECTORY, Directory(0o700, children={"f": FILE}), FilePart.MODE),
    "a directory that holds other files": (DIRECTORY, Directory(0o755, children={}), FilePart.CONTENT),
    "a socket in place of a fifo": (FIFO, Special(SpecialType(SpecialKind.SOCKET), 0o644), FilePart.TYPE),
    "a fifo of another mode": (FIFO, Special(SpecialType(SpecialKind.FIFO), 0o600), FilePart.MODE),
}


@pytest.mark.parametrize("case", CASES)
def test_the_part_that_differs(case: str) -> None:
    was, now, part = CASES[case]
    assert part_of(was, now) is part
