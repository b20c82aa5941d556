"""The files of a stage: what a copy leaves of what was there."""

from __future__ import annotations

import time

from layerscope.context.paths import lookup
from layerscope.context.tree import Directory, File, Link
from layerscope.graph.files.filesystem import (
    Match,
    NamedOwner,
    Opaque,
    compare,
    made_directory,
    overlaid,
    with_directory,
)

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
