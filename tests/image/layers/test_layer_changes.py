"""Files added, modified and removed per layer, by the OCI rules."""

from __future__ import annotations

import pytest
from test_efficiency import listed

from layerscope.image.layers.changes import hidden_sizes, layer_changes
from layerscope.image.layers.stack import LayerStack


@pytest.mark.parametrize(
    ("case", "layers", "changes"),
    [
        ("added", [["a:1", "d/", "d/b:1", "l->a"]], [(3, 0, 0)]),
        ("directories are no files", [["d/"], ["d/", "e/"]], [(0, 0, 0), (0, 0, 0)]),
        ("modified", [["a:1"], ["a:2"]], [(1, 0, 0), (0, 1, 0)]),
        ("removed", [["a:1", "b:1"], [".wh.a"]], [(2, 0, 0), (0, 0, 1)]),
        ("a removed directory counts its files", [["d/a:1", "d/e/b:1"], [".wh.d"]], [(2, 0, 0), (0, 0, 2)]),
        ("a whiteout of nothing", [["a:1"], [".wh.no"]], [(1, 0, 0), (0, 0, 0)]),
        ("removed and written again", [["a:1"], ["a:2", ".wh.a"]], [(1, 0, 0), (0, 1, 0)]),
        ("removed, then added", [["a:1"], [".wh.a"], ["a:1"]], [(1, 0, 0), (0, 0, 1), (1, 0, 0)]),
        (
            "opaque, wherever its marker stands",
            [["d/a:1", "d/b:1"], ["d/a:9", "d/.wh..wh..opq", "d/c:1"]],
            [(2, 0, 0), (1, 1, 1)],
        ),
        ("opaque at the root", [["a:1", "d/b:1"], [".wh..wh..opq", "c:1"]], [(2, 0, 0), (1, 0, 2)]),
        ("a file over a directory", [["d/a:1", "d/b:1"], ["d:1"]], [(2, 0, 0), (1, 0, 2)]),
        ("a directory over a file", [["a:1"], ["a/"]], [(1, 0, 0), (0, 0, 1)]),
        ("a file below a file", [["a:1"], ["a/b:1"]], [(1, 0, 0), (1, 0, 1)]),
        ("a link over a file", [["a:1"], ["a->b"]], [(1, 0, 0), (0, 1, 0)]),
        ("AUFS's own files", [[".wh..wh.plnk/", ".wh..wh.plnk/1.2:5", ".wh..wh.aufs:0", "a:1"]], [(1, 0, 0)]),
        ("a bare whiteout is invalid", [["a:1"], [".wh."]], [(1, 0, 0), (0, 0, 0)]),
        ("a whiteout inside a new directory", [["a:1"], ["d/", "d/.wh.a"]], [(1, 0, 0), (0, 0, 0)]),
    ],
)
def test_changes(case: str, layers: list[list[str]], changes: list[tuple[int, int, int]]) -> None:
    assert [change[:3] for change in layer_changes([listed(*entries) for entries in layers])] == changes


@pytest.mark.parametrize(
    ("case", "layers", "hidden"),
    [
        ("nothing", [["a:10", "d/"], ["b:5", "d/"]], [0, 0]),
        ("rewritten", [["a:10", "b:1"], ["a:30"]], [10, 0]),
        ("rewritten twice", [["a:10"], ["a:30"], ["a:50"]], [10, 30, 0]),
        ("deleted", [["a:10", "b:1"], [".wh.a"]], [10, 0]),
        ("a directory deleted", [["d/", "d/a:10"], ["d/b:7"], [".wh.d"]], [10, 7, 0]),
        ("deleted, then added", [["a:10"], [".wh.a"], ["a:3"]], [10, 0, 0]),
        ("opaque", [["d/a:10", "e:1"], ["d/", "d/.wh..wh..opq", "d/b:2"]], [10, 0]),
        ("a file over a directory", [["d/a:10"], ["d:1"]], [10, 0]),
    ],
)
def test_bytes_that_later_layers_hide(case: str, layers: list[list[str]], hidden: list[int]) -> None:
    listings = [listed(*entries) for entries in layers]
    assert hidden_sizes(listings, list(layer_changes(listings))) == hidden


def test_what_a_container_sees() -> None:
    stack = LayerStack()
    list(layer_changes([listed("a:1", "d/b:2", "c:3"), listed(".wh.a", "d/b:5"), listed("e:4")], stack))
    assert {path: node for path, node in stack.nodes.items() if node >= 0} == {"d/b": 5, "c": 3, "e": 4}
