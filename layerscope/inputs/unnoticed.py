"""Edits that BuildKit's transfer of the context does not notice: those under the same size and mtime."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from layerscope.analysis.file_parts import FilePart, part_of
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.paths import lookup
from layerscope.context.tree import File

_UNNOTICED = (
    "has other {0} under the same size and modification time, which the engine does not notice while it "
    "still has the old one: the answer is what the file says; touch it before building"
)


def unnoticed_edits(before: Side, after: Side, paths: Iterable[str]) -> tuple[Assumption, ...]:
    """What is taken for granted of changed files whose size and time stand as they were, where both sides lie on disk.

    The engine keeps what it was sent and asks anew only for files whose metadata differ; such a file is answered by
    its content, and the engine would go on using the old bytes while it has them.
    """
    found: list[Assumption] = []
    for path in dict.fromkeys(paths):
        was, now = lookup(before.tree, path), lookup(after.tree, path)
        if _is_unnoticed(was, now):
            what = "content" if part_of(was, now) is FilePart.CONTENT else "extended attributes"
            found.append(Assumption("daemon-metadata", path, _UNNOTICED.format(what)))
    return tuple(found)


def _is_unnoticed(was: object, now: object) -> bool:
    if not (isinstance(was, File) and isinstance(now, File)) or was.mode != now.mode:
        return False
    before, after = was.source, now.source
    if not (isinstance(before, str) and isinstance(after, str)) or before == after:
        return False
    try:
        ours, theirs = Path(before).stat(), Path(after).stat()
    except OSError:
        return False
    return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)
