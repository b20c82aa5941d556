"""What is remembered of a replay comes back as it was, and damaged data makes nothing."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec import msgpack

from layerscope import packed as plain_data
from layerscope.analysis.cause import ColdCause, FileCause
from layerscope.analysis.file_parts import FilePart
from layerscope.analysis.replay_walk import BuiltCommit, ReplayedStep
from layerscope.context.special import SpecialKind, SpecialType
from layerscope.context.tree import Directory, File, Link, Special
from layerscope.graph.buildkit.cache import BuildCache
from layerscope.graph.buildkit.cache_kinds import CACHE_KINDS
from layerscope.graph.buildkit.records import AlikeContents, KnownInput, Records
from layerscope.graph.files.content import Content
from layerscope.graph.files.filesystem import Match, NamedOwner, Opaque, compare
from layerscope.graph.operations import Selector
from layerscope.graph.outcomes import Outcome
from layerscope.inputs.replay_kinds import KINDS, Remembered

_KINDS = (*KINDS, *CACHE_KINDS)
_FILE = File(0o644, 3, "sha256:a", source="/etc/passwd")
_TREE = Directory(
    0o755, children={"a": _FILE, "l": Link("a"), "s": Special(SpecialType(SpecialKind.FIFO), 0o600)}, made=True
)
_STAGE = Opaque(("run", 3), "etc", {"x": _TREE}, ("over", _TREE), True, Directory(0o700, children={}))
_ROW = ReplayedStep("RUN \udcff", 3, Outcome.CACHED, (), ("stage", "RUN é", 0), True, False)
_LAYOUT = (_ROW, _ROW)
_CAUSES = (FileCause("é", FilePart.MODE), FileCause("\udcff"), ColdCause())


def packed(value: object) -> bytes:
    return plain_data.packed(value, _KINDS)


def unpacked(data: bytes) -> object:
    return plain_data.unpacked(data, _KINDS)


@pytest.mark.parametrize(
    "value",
    [
        None,
        (1, True, 1.0, "", "é", "\udcff", -5, (1 << 63) - 1, 1 << 63, 1 << 2000),
        {"a": [1, {2: {3}}, frozenset({4})], (1, "b"): Selector("p", exclude=("q",))},
        (Match.MAYBE, Outcome.REBUILT),
        BuiltCommit("id", "time", "\udcff", "wrong"),
        BuiltCommit("id", "time", "é", None, _LAYOUT, ((1, _ROW.run(Outcome.REBUILT, _CAUSES)),)),
    ],
)
def test_values_come_back_as_they_were(value: object) -> None:
    found = unpacked(packed(value))
    assert found == value
    assert repr(found) == repr(value)  # True is no 1


def test_trees_come_back_without_what_reads_their_bytes() -> None:
    tree, stage, again = unpacked(packed((_TREE, _STAGE, _TREE)))  # type: ignore[misc]
    assert compare(tree, _TREE) is compare(stage, _STAGE) is Match.YES
    assert tree is again is stage.mark[1]
    assert tree.made
    assert tree.children["a"].source is None
    owner = unpacked(packed(NamedOwner("me", Opaque("image"))))
    assert isinstance(owner, NamedOwner)
    assert owner.text == "me"


def test_a_cache_comes_back_as_it_was() -> None:
    alike = AlikeContents(None, (5,), 2, 1 << 99, {(5,): 1 << 99, (): 1}, ("other", Match.NO))
    known = KnownInput({(1, 2): 3, (4, 0): 1 << 70}, {"form": alike}, {})
    records = Records([known, KnownInput()], [1, 2], 1 << 80, groups={1: 1 << 64})
    cache = BuildCache(True, {("key", 1): records}, 7, {1: 2}, {3: {4}}, selectors={(): 0, (Selector("a"),): 1})
    assert repr(unpacked(packed(cache))) == repr(cache)
    kept = Remembered((BuiltCommit("a", "b", "c", None),), cache)
    assert repr(Remembered.unpacked(memoryview(kept.packed(CACHE_KINDS)), CACHE_KINDS)) == repr(kept)
    with pytest.raises(ValueError, match="BuildCache"):
        Remembered.unpacked(memoryview(packed(cache)), CACHE_KINDS)


def test_what_has_no_kind_is_not_packed() -> None:
    with pytest.raises(TypeError, match="Path"):
        packed([Path("a")])


@pytest.mark.parametrize("entries", [[], [[0, 0]], [[99]], [[]], [1, [4, 0]], [[0, "a"]], {"a": 1}, [[0, [1]]], 5])
def test_what_was_not_packed_so_makes_nothing(entries: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(msgpack.encode(entries))


def test_damaged_data_makes_a_value_or_a_value_error() -> None:
    good = packed((_TREE, _STAGE, {"a": 1 << 99}, Content((_TREE,)), BuiltCommit("a", "b", "c", None, _LAYOUT)))
    rng = random.Random(1)
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with suppress(ValueError):
            unpacked(data[: rng.choice((len(data), rng.randrange(len(data))))])
