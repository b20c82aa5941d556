"""Records are found by the digest of what was read as they would be by comparing all of it."""

from __future__ import annotations

from layerscope.context.tree import File
from layerscope.graph.buildkit.records import InputKey, ReadContent, Records, numbers
from layerscope.graph.files.content import compare_contents, select
from layerscope.graph.files.content_digest import content_digest
from layerscope.graph.files.filesystem import Match, Opaque
from layerscope.graph.operations import Selector


def _list(run: int, digest: str) -> ReadContent:
    """What `COPY --exclude=b` reads of a directory that a RUN left and a COPY then put a file into."""
    root = Opaque(("run", run), overlay={"d": Opaque(("run", run), "d", {"a": File(0o644, 1, digest)})})
    content = select(root, (Selector("d", exclude=("b",)),))
    return ReadContent(content, content_digest(content), of_context=False)


def test_lists_are_found_by_name_as_they_compare() -> None:
    records = Records.of(1)
    known = [_list(1, "x"), _list(2, "x"), _list(1, "y")]
    for number, read in enumerate(known):
        records.link(records.add(number), [InputKey(None, 0, (), 1, read)])
    for asked in (*known, _list(2, "y"), _list(3, "x")):
        assert asked.digest is not None
        ((certain, possible),) = records.matching([InputKey(None, 0, (), 1, asked)])
        matches = [compare_contents(asked.content, read.content) for read in known]
        assert list(numbers(certain)) == [n for n, match in enumerate(matches) if match is Match.YES]
        assert list(numbers(possible)) == [n for n, match in enumerate(matches) if match is not Match.NO]
