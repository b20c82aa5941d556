"""The files of a stage: what a copy leaves of what was there."""

from __future__ import annotations

import time

from layerscope.context.paths import lookup
from layerscope.context.tree import Directory, File, Link
from layerscope.graph.buildkit.records import InputKey, ReadContent, Records, numbers
from layerscope.graph.files.content import compare_contents, select
from layerscope.graph.files.content_digest import content_digest
from layerscope.graph.files.filesystem import (
    Match,
    NamedOwner,
    Opaque,
    compare,
    made_directory,
    overlaid,
    with_directory,
)
from layerscope.graph.operations import Selector

MANY = 20_000


def _flat(digest: str) -> Directory:
    names = sorted(f"f{number}" for number in range(MANY))
    return Directory(0o755, children={name: File(0o644, 1, digest) for name in names})


def test_many_files_are_laid_over_many_at_once() -> None:
    start = time.process_time()
    laid = overlaid(_flat("old"), _flat("new"))
    assert time.process_time() - start < 5  # one at a time it takes minutes
    assert compare(laid, _flat("new")) is Match.YES


def test_a_directory_keeps_its_own_owner_and_gives_those_below_theirs() -> None:
    source = Directory(0o700, children={"sub": Directory(0o711, children={}, owner="7:7", made=True)}, owner="7:7")
    there = Directory(0o750, children={"sub": made_directory(owner="3:3")}, owner="3:3", made=True)
    laid = overlaid(there, source)
    assert isinstance(laid, Directory)
    sub = lookup(laid, "sub")
    assert isinstance(sub, Directory)
    assert (oct(laid.mode), laid.owner) == ("0o750", "3:3")
    assert (oct(sub.mode), sub.owner) == ("0o711", "7:7")


def test_a_directory_made_for_a_copy_has_a_mode_of_its_own() -> None:
    made = overlaid(None, Directory(0o700, children={}), made_directory(owner="7:7"))
    assert isinstance(made, Directory)
    assert (oct(made.mode), made.owner) == ("0o755", "7:7")


def test_a_name_is_a_number_only_the_image_knows() -> None:
    image = Opaque(("image", "a"), from_image=True)
    other = Opaque(("image", "b"), from_image=True)
    ours = File(0o644, 1, "x", owner=NamedOwner("app", image))
    assert compare(ours, File(0o644, 1, "x", owner=NamedOwner("app", image))) is Match.YES
    assert compare(ours, File(0o644, 1, "x", owner=NamedOwner("app", other))) is Match.MAYBE
    assert compare(ours, File(0o644, 1, "x", owner="7:7")) is Match.MAYBE
    assert compare(ours, File(0o644, 1, "y", owner=NamedOwner("app", image))) is Match.NO


def test_a_workdir_is_made_where_a_link_leads() -> None:
    root = Directory(0o755, children={"l": Link("/t")})
    made = with_directory(root, "/l/w", "7:7")
    assert isinstance(made, Directory)
    found = lookup(made, "t/w")
    assert isinstance(found, Directory)
    assert found.owner == "7:7"


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
