"""What fills an image: its largest files and directories, caches and leftovers, and content it holds twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from layerscope.answer import Column, Cut, Rows, Sentence
from layerscope.figures import count, size
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.image.layers.duplicates import Duplicate

_CUT = Cut(10, "")  # all are the largest: how many there are says nothing
_PATH = Column("path", header="path", is_name=True, most=70)
_SIZE = Column("size", lambda one: size(one.size), "bytes", right=True)
_FILES = Column("files", header="files", right=True)


class LargePath(Value):
    """A path as a container sees it, absolute. files: below it, 1 for a file. layer: that a file comes from, from 0."""

    path: str
    size: int
    files: int
    layer: int | None


class FoundLeftover(Value):
    """Bytes of one kind that the layers hold, whether or not later ones delete them. paths: the largest places."""

    name: str
    size: int
    files: int
    paths: tuple[str, ...]
    advice: str
    layers: tuple[int, ...]


class ImageContents(Value):
    """All by size, descending."""

    largest_files: tuple[LargePath, ...]
    largest_directories: tuple[LargePath, ...]
    leftovers: tuple[FoundLeftover, ...]

    @property
    def members(self) -> Mapping[str, Any]:
        """What it adds to the image's document."""
        return {
            "largest_files": self._file_rows,
            "largest_directories": self._directory_rows,
            "leftovers": self._leftover_rows,
        }

    @property
    def tables(self) -> tuple[Rows, ...]:
        """What it adds to the image's tables."""
        return (
            *((self._leftover_rows,) if self.leftovers else ()),
            *((self._directory_rows, self._file_rows) if self.largest_directories else ()),
        )

    @property
    def _file_rows(self) -> Rows:
        columns = (_PATH, _SIZE, Column("layer"), Column("", lambda one: one.files, "files", right=True))
        return _largest("The largest files", columns, self.largest_files)

    @property
    def _directory_rows(self) -> Rows:
        return _largest("The largest directories", (_PATH, _SIZE, _FILES), self.largest_directories)

    @property
    def _leftover_rows(self) -> Rows:
        columns = (
            Column("name", header="what"),
            _SIZE,
            _FILES,
            Column("paths", lambda found: found.paths[0], "where", is_name=True, most=34, plain=_paths),
            Column("layers"),
            Column("advice", header="how not to keep it"),
        )
        shown = ("bytes", "files", "what", "where", "how not to keep it")
        return Rows(columns, self.leftovers, title="Caches and leftovers", shown=shown)


def _paths(found: FoundLeftover) -> list[str]:
    return list(found.paths)


def _largest(title: str, columns: tuple[Column, ...], paths: Sequence[LargePath]) -> Rows:
    return Rows(columns, paths, title=title, shown=("bytes", "files", "path"), cut=_CUT)


def duplicate_rows(duplicates: Sequence[Duplicate]) -> Rows:
    """Content that lies under several paths."""
    columns = (
        Column("paths", header="paths", is_name=True, most=70),
        Column("size"),
        Column("wasted_bytes", lambda one: size(one.wasted_bytes), "wasted", right=True),
        Column("", lambda one: len(one.paths), "copies", right=True),
    )
    wasted = size(sum(one.wasted_bytes for one in duplicates))
    title = Sentence(("The same content under several paths: ", wasted, " in ", count(len(duplicates), "case")))
    return Rows(columns, duplicates, title=title, shown=("wasted", "copies", "paths"), cut=_CUT)
