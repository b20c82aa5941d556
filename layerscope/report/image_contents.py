"""What fills an image, for `image` and `compare`: tables and fields beside those of instructions."""

from __future__ import annotations

from layerscope.analysis.file_changes import ChangedFiles, FileChanges
from layerscope.analysis.image_contents import ImageContents, LargePath
from layerscope.image.layers.duplicates import Duplicate
from layerscope.report.json_document import Document
from layerscope.report.page import Cell, Style, Table
from layerscope.report.units import counted, human_bytes, shortened

_SHOWN = 10
_WIDTH = 70
_STYLES: dict[str, Style] = {"added": "good", "changed": "open", "removed": "bad"}


def contents_document(contents: ImageContents) -> Document:
    return {
        "largest_files": [
            {"path": file.path, "size": file.size, "layer": file.layer} for file in contents.largest_files
        ],
        "largest_directories": [
            {"path": one.path, "size": one.size, "files": one.files} for one in contents.largest_directories
        ],
        "leftovers": [
            {
                "name": found.name,
                "size": found.size,
                "files": found.files,
                "paths": list(found.paths),
                "layers": list(found.layers),
                "advice": found.advice,
            }
            for found in contents.leftovers
        ],
    }


def duplicates_document(duplicates: tuple[Duplicate, ...]) -> list[Document]:
    return [{"paths": list(one.paths), "size": one.size, "wasted_bytes": one.wasted_bytes} for one in duplicates]


def contents_tables(contents: ImageContents) -> list[Table]:
    tables = []
    if contents.leftovers:
        rows = tuple(
            (human_bytes(found.size), str(found.files), found.name, shortened(found.paths[0], 34), found.advice)
            for found in contents.leftovers
        )
        headers = ("bytes", "files", "what", "where", "how not to keep it")
        tables.append(Table(headers, "rrlll", rows, "Caches and leftovers"))
    if contents.largest_directories:
        tables.append(_largest("The largest directories", contents.largest_directories))
        tables.append(_largest("The largest files", contents.largest_files))
    return tables


def _largest(title: str, paths: tuple[LargePath, ...]) -> Table:
    rows = tuple((human_bytes(one.size), str(one.files), shortened(one.path, _WIDTH)) for one in paths[:_SHOWN])
    return Table(("bytes", "files", "path"), "rrl", rows, title)


def duplicates_table(duplicates: tuple[Duplicate, ...]) -> Table:
    rows = tuple(
        (human_bytes(one.wasted_bytes), str(len(one.paths)), shortened(", ".join(one.paths), _WIDTH))
        for one in duplicates[:_SHOWN]
    )
    wasted = human_bytes(sum(one.wasted_bytes for one in duplicates))
    title = f"The same content under several paths: {wasted} in {counted(len(duplicates), 'case')}"
    return Table(("wasted", "copies", "paths"), "rrl", rows, title)


def file_changes_document(changes: FileChanges) -> Document:
    def row(files: ChangedFiles) -> Document:
        return {"count": files.count, "bytes": files.bytes}

    return {
        "added": row(changes.added),
        "changed": row(changes.changed),
        "removed": row(changes.removed),
        "rewritten": row(changes.rewritten),
        "largest": [
            {"change": one.change, "path": one.path, "before": one.before, "after": one.after}
            for one in changes.largest
        ],
    }


def file_changes_table(changes: FileChanges) -> Table:
    counts = (
        f"{changes.added.count} added, {changes.changed.count} changed, {changes.removed.count} removed, "
        f"{changes.rewritten.count} written again with the same size"
    )
    rows: tuple[tuple[str | Cell, ...], ...] = tuple(
        (
            Cell(one.change, _STYLES[one.change]),
            "" if one.before is None else human_bytes(one.before),
            "" if one.after is None else human_bytes(one.after),
            shortened(one.path, _WIDTH),
        )
        for one in changes.largest[:_SHOWN]
    )
    return Table(("change", "before", "after", "path"), "lrrl", rows, f"Files: {counts}")
