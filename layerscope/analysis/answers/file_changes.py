"""How two images differ file by file."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from layerscope.analysis.file_parts import FilePart
from layerscope.analysis.verdicts import FileChange
from layerscope.answer import Cell, Column, Cut, Part, Rows
from layerscope.figures import size
from layerscope.values import Value

_CUT = Cut(10, "")  # all are the largest: how many there are stands in the title


class ChangedFile(Value):
    """One file. path: absolute. Sizes in bytes, None on the side that has no such file. part: of a changed one."""

    change: FileChange
    path: str
    before: int | None
    after: int | None
    part: FilePart | None = None

    @property
    def weight(self) -> int:
        """The bytes that tell how much a change matters."""
        return max(self.before or 0, self.after or 0)


class ChangedFiles(Value):
    """How many files, and what they are together: bytes added, removed, or after minus before."""

    count: int
    bytes: int


class FileChanges(Value):
    """changed: of other bytes, of another type, or a link that leads elsewhere.

    rewritten: the same, but out of another layer. attributes: the same but for their mode or owner. uncompared: of one
    size, out of layers whose bytes are not at hand. largest: of those added, changed (attributes, too) and removed.
    """

    added: ChangedFiles
    changed: ChangedFiles
    removed: ChangedFiles
    rewritten: ChangedFiles
    attributes: ChangedFiles
    uncompared: ChangedFiles
    largest: tuple[ChangedFile, ...]

    @property
    def members(self) -> Mapping[str, Any]:
        """What a document has of them."""
        sums = {
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
            "rewritten": self.rewritten,
            "attributes": self.attributes,
            "uncompared": self.uncompared,
        }
        counted = {name: {"count": files.count, "bytes": files.bytes} for name, files in sums.items()}
        return {**counted, "largest": self.rows}

    @property
    def words(self) -> tuple[Part, ...]:
        """What is to be said of them in a sentence; nothing where none differs."""
        said = [
            f"{files.count} {'file' if files.count == 1 else 'files'} {what}"
            for files, what in (
                (self.added, "added"),
                (self.changed, "changed"),
                (self.removed, "removed"),
                (self.attributes, "with another mode or owner"),
                (self.uncompared, "of equal size not compared"),
            )
            if files.count
        ]
        return (", ".join(said),) if said else ()

    @property
    def rows(self) -> Rows:
        """The largest of them."""
        columns = (
            Column("change", header="change"),
            Column("path", header="path", is_name=True, most=70),
            Column("before", lambda one: _size(one.before), "before", right=True, plain=attrgetter("before")),
            Column("after", lambda one: _size(one.after), "after", right=True, plain=attrgetter("after")),
            Column("part", lambda one: _part(one) or "", "what", plain=_part),
        )
        title = (
            f"Files: {self.added.count} added, {self.changed.count} changed, {self.removed.count} removed, "
            f"{self.attributes.count} with another mode or owner, {self.rewritten.count} written again alike"
        )
        if self.uncompared.count:
            title += f", {self.uncompared.count} of equal size not compared: their layers are not at hand"
        shown = ("change", "before", "after", "what", "path")
        return Rows(columns, self.largest, name="files", title=title, shown=shown, cut=_CUT)


def _part(one: ChangedFile) -> str | None:
    return None if one.part is None else one.part.value


def _size(of: int | None) -> Cell:
    """Of a file that a side does not have there is nothing to say."""
    return "" if of is None else size(of)
