"""Which operations are one vertex, and which share a key."""

from __future__ import annotations

import pytest

from layerscope.context.tree import EMPTY
from layerscope.graph.operations import (
    AnyOp,
    CopiedFrom,
    CopyAction,
    CopyOp,
    ExecOp,
    GitSource,
    HttpSource,
    ImageSource,
    LocalSource,
    MergeOp,
    MkdirOp,
    MkfileOp,
    Selector,
    UnknownSource,
)
from layerscope.graph.vertices import Operation, merge_operations

COPY = (CopyAction(0, Selector("a")),)
OPS: tuple[AnyOp, ...] = (
    ImageSource("a"),
    LocalSource("a"),
    GitSource("a"),
    HttpSource("a", "f"),
    UnknownSource("a", None),
    ExecOp(("a",)),
    CopyOp(COPY, "/"),
    MkdirOp("a"),
    MkfileOp("a", 0o644, "sha256:a", 1),
    MergeOp(),
)


def test_no_two_types_share_a_key() -> None:
    assert len({op.key for op in OPS}) == len(OPS)


@pytest.mark.parametrize(
    ("ours", "theirs", "one"),
    [
        (MkdirOp("/a", "root"), MkdirOp("/a", "0"), True),
        (MkdirOp("/a", "root"), MkdirOp("/a", "0:0"), False),
        (CopyOp(COPY, "/", chmod="644"), CopyOp(COPY, "/", chmod="0644"), True),
        (CopyOp(COPY, "/", chmod="644"), CopyOp(COPY, "/", chmod="u=rw,go=r"), False),
        (CopyOp(COPY, "/"), CopyOp((CopyAction(0, Selector("x/a")),), "/"), True),  # of files the name counts
        (CopyOp(COPY, "/"), CopyOp((CopyAction(0, Selector("a"), origin=CopiedFrom.DOCUMENT),), "/"), False),
        (HttpSource("a", "f", "sha256:1"), HttpSource("b", "f", "sha256:1"), True),
        (HttpSource("a", "f", "sha256:1"), HttpSource("a", "g", "sha256:1"), False),
        (HttpSource("a", "f"), HttpSource("b", "f"), False),
        (ImageSource("a", "linux/amd64"), ImageSource("a", "linux/arm64"), False),
        (ExecOp(("a",), (("A", "1"), ("B", "2"))), ExecOp(("a",), (("B", "2"), ("A", "1"))), False),
    ],
)
def test_what_counts_for_a_key(ours: AnyOp, theirs: AnyOp, one: bool) -> None:
    assert (ours.key == theirs.key) is one


def test_two_names_of_one_image_are_two_vertices_of_one_key() -> None:
    ours, theirs = ImageSource("a", reference="one"), ImageSource("a", reference="two")
    assert ours.key == theirs.key
    assert len(_merged(ours, theirs)) == 3


def test_equal_operations_on_equal_inputs_are_one_vertex() -> None:
    assert len(_merged(HttpSource("a", "f"), HttpSource("a", "f"))) == 2
    assert len(_merged(HttpSource("a", "f"), HttpSource("b", "f"))) == 3


def test_contexts_of_one_name_and_other_files_are_two_vertices() -> None:
    context = Operation(LocalSource("a"), tree=EMPTY)
    same = Operation(LocalSource("a"), tree=EMPTY)
    other = Operation(LocalSource("a"), tree=EMPTY.with_children({}))
    assert len(merge_operations(_reader(context, same))) == 2
    assert len(merge_operations(_reader(context, other))) == 3


def _merged(*ops: AnyOp) -> list[object]:
    return list(merge_operations(_reader(*[Operation(op) for op in ops])))


def _reader(*sources: Operation) -> Operation:
    return Operation(ExecOp(), None, tuple((source, ()) for source in sources))
