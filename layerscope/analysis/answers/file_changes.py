"""How two images differ file by file."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from layerscope.analysis.verdicts import FileChange
from layerscope.answer import Cell, Column, Cut, Rows
from layerscope.figures import size
from layerscope.values import Value

_CUT = Cut(10, "")  # all are the largest: how many there are stands in the title


class ChangedFile(Value):
    """One file. path: absolute. Sizes in bytes, None on the side that has no such file."""

    change: FileChange
    path: str
    before: int | None
    after: int | None

    @property
    def weight(self) -> int:
        """The bytes that tell how much a change matters."""
        return max(self.before or 0, self.after or 0)


class ChangedFiles(Value):
    """How many files, and what they are together: bytes added, removed, or after minus before."""

    count: int
    bytes: int


class FileChanges(Value):
    """changed: of another size. rewritten: of the same size, but from another layer, so maybe of the same bytes.

    largest: of those added, changed and removed.
    """

    added: ChangedFiles
    changed: ChangedFiles
    removed: ChangedFiles
    rewritten: ChangedFiles
    largest: tuple[ChangedFile, ...]

    @property
    def members(self) -> Mapping[str, Any]:
        """What a document has of them."""
        sums = {"added": self.added, "changed": self.changed, "removed": self.removed, "rewritten": self.rewritten}
        counted = {name: {"count": files.count, "bytes": files.bytes} for name, files in sums.items()}
        return {**counted, "largest": self.rows}

    @property
    def rows(self) -> Rows:
        """The largest of them."""
        columns = (
            Column("change", header="change"),
            Column("path", header="path", is_name=True, most=70),
            Column("before", lambda one: _size(one.before), "before", right=True, plain=attrgetter("before")),
            Column("after", lambda one: _size(one.after), "after", right=True, plain=attrgetter("after")),
        )
        title = (
            f"Files: {self.added.count} added, {self.changed.count} changed, {self.removed.count} removed, "
            f"{self.rewritten.count} written again with the same size"
        )
        shown = ("change", "before", "after", "path")
        return Rows(columns, self.largest, name="files", title=title, shown=shown, cut=_CUT)


def _size(of: int | None) -> Cell:
    """Of a file that a side does not have there is nothing to say."""
    return "" if of is None else size(of)
