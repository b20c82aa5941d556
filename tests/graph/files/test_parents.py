"""What COPY --parents lists of an input, and what it leaves."""

from __future__ import annotations

import pytest

from layerscope.context.tree import Directory, File, Link, Node
from layerscope.graph.files.content import Content, compare_contents, select
from layerscope.graph.files.filesystem import Match, Opaque, Tree, made_directory, put, with_children
from layerscope.graph.files.listing import ListedFile, listed, listed_paths
from layerscope.graph.files.matches import MissingSource
from layerscope.graph.files.metadata import Metadata
from layerscope.graph.files.parents import ParentsCopy
from layerscope.graph.files.selected_files import changed_paths, selected_files
from layerscope.graph.operations import Selector


def tree(**files: str) -> Directory:
    """A context of files, their paths with `__` for slashes; one whose text begins with `->` is a link."""
    root: Tree = Directory(0o755, children={})
    for name, text in files.items():
        node: Node = Link(text[2:]) if text.startswith("->") else File(0o644, len(text), text)
        root = put(root, name.replace("__", "/").replace("_", "."), node, Directory(0o755, children={}))
    assert isinstance(root, Directory)
    return root


def parents(pattern: str, path: str = "", **given: object) -> Selector:
    return Selector(path, "*" in path, include=(pattern,), **given)  # type: ignore[arg-type]


def names(root: Tree, selector: Selector) -> list[str]:
    found = listed(root, selector)
    assert isinstance(found, tuple)
    return [line.name for line in found]


FILES = tree(src__a__x_c="x", src__b__y_c="y", src__b__z_h="z", top="t")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (parents("src/*/*.c"), ["src", "a", "x.c", "b", "y.c"]),
        (parents("src/b"), ["src", "b", "y.c", "z.h"]),
        (parents("src/*/*.c", lists_paths=True), ["/src", "/src/a", "/src/a/x.c", "/src/b", "/src/b/y.c"]),
        (parents("b/*.h", "src"), ["src", "b", "z.h"]),
        (parents("b/*.h", "src", lists_paths=True), ["/", "/b", "/b/z.h"]),
        (parents("y.c", "src/*"), ["b", "y.c"]),
        (parents("y.c", "src/*", lists_paths=True), ["/b", "/b/y.c"]),
        (parents("**/z.h"), ["src", "b", "z.h"]),
        (parents("none/*"), []),
        (parents(""), []),
        (parents("src", exclude=("**/b",)), ["src", "a", "x.c"]),
        (parents("src", exclude=("src/*", "!src/b/y.c")), ["src", "b", "y.c"]),
    ],
)
def test_directories_on_the_way_are_listed_with_what_is_taken(selector: Selector, expected: list[str]) -> None:
    assert names(FILES, selector) == expected


def test_a_directory_that_is_taken_is_listed_though_it_is_empty() -> None:
    root = with_children(FILES, {"empty": Directory(0o755, children={})})
    assert names(root, parents("e*")) == ["empty"]
    assert names(root, parents("e*/*")) == []


def test_a_link_is_followed_at_the_top_alone() -> None:
    root = tree(src__a="1", src__l="->a", l="->src", d="->nowhere")
    (line,) = listed(root, parents("l"))  # type: ignore[misc]
    assert line == ListedFile("l", line.node, whole=True)
    assert isinstance(line.node, Directory)
    assert isinstance(listed(root, parents("src/l"))[1].node, Link)  # type: ignore[index]
    assert names(root, parents("l/a")) == []
    assert [path for path, _ in listed_paths(root, parents("l"))] == ["src/a", "src/l"]
    with pytest.raises(MissingSource, match="/d"):
        listed(root, parents("d"))


def test_a_path_that_is_required_must_be_listed() -> None:
    assert names(FILES, parents("src/a/x.c", required="/src/a/x.c")) == ["src", "a", "x.c"]
    for missing in (
        parents("src/none", required="/src/none"),
        parents("src/a", required="/src/a", exclude=("src/a",)),
        parents("", required="/"),
    ):
        with pytest.raises(MissingSource):
            listed(FILES, missing)


def compared(before: Tree, after: Tree, *selectors: Selector) -> Match:
    return compare_contents(*(Content(select(side, selectors).parts) for side in (before, after)))


def image(**known: Tree) -> Opaque:
    return with_children(Opaque(("image", "busybox"), from_image=True), known)  # type: ignore[return-value]


SRC, OTHER = FILES.children["src"], tree(src__a__x_c="x", src__b__y_c="other", src__b__z_h="z").children["src"]
HEADER = tree(src__a__x_c="x", src__b__y_c="y", src__b__z_h="other").children["src"]


@pytest.mark.parametrize("pattern", ["src/**/*.c", "src/*/y.c", "**/*.c", "*/b/*.c", "src/b/y.c"])
def test_known_files_of_a_stage_decide(pattern: str) -> None:
    assert compared(image(src=SRC), image(src=HEADER), parents(pattern)) is Match.YES
    assert compared(image(src=SRC), image(src=OTHER), parents(pattern)) is Match.NO


def test_ground_that_only_a_build_knows_decides_nothing_else() -> None:
    run, again = Opaque(("run", 1)), Opaque(("run", 2))
    for pattern in ("src/**/*.c", "src/a", "**"):
        assert compared(run, Opaque(("run", 1)), parents(pattern)) is Match.YES
        assert compared(run, again, parents(pattern)) is Match.MAYBE
        assert compared(run, FILES, parents(pattern)) is Match.MAYBE
        assert compared(FILES, run, parents(pattern)) is Match.MAYBE


def test_modes_of_directories_on_the_way_count_where_a_step_gave_them() -> None:
    ours = put(image(), "o/src/x", File(0o644, 1, "x"), made_directory(0o755))
    theirs = put(image(), "o/src/x", File(0o644, 1, "x"), made_directory(0o700))
    assert compared(ours, theirs, parents("o/src/x")) is Match.NO
    assert compared(ours, theirs, parents("x", "o/src")) is Match.NO


def test_what_is_read_and_what_differs_is_what_is_listed() -> None:
    selector = parents("src/**/*.c")
    assert [path for path, _ in selected_files(FILES, selector)] == ["src/a/x.c", "src/b/y.c"]
    after = tree(src__a__x_c="x", src__b__z_h="other", src__c__y_c="y", top="other")
    assert list(changed_paths(FILES, (selector,), after, (selector,))) == ["src/b/y.c", "src/c/y.c"]


def left(ground: Tree, source: Tree, selector: Selector, metadata: Metadata | None = None) -> Tree:
    assert isinstance(source, Directory | Opaque)
    return ParentsCopy(selector, metadata or Metadata(None, "")).onto(ground, "/o/", source)


def shown(node: Tree, path: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    if isinstance(node, Directory):
        found[path] = (oct(node.mode), node.owner)
        for name, child in node.children.items():
            found |= shown(child, f"{path}/{name}")
    else:
        found[path] = (oct(node.mode), node.owner, node.digest) if isinstance(node, File) else node
    return found


def test_what_is_taken_lies_under_its_directories() -> None:
    plain = ("0o755", "")
    assert shown(left(Directory(0o755, children={}), FILES, parents("src/*/*.c"))) == {
        **dict.fromkeys(("", "/o", "/o/src", "/o/src/a", "/o/src/b"), plain),
        "/o/src/a/x.c": ("0o644", "", "x"),
        "/o/src/b/y.c": ("0o644", "", "y"),
    }


def test_directories_that_are_made_are_given_owner_and_mode() -> None:
    found = shown(left(Directory(0o755, children={}), FILES, parents("src/a/x.c"), Metadata("7:7", "700")))
    assert found == {
        "": ("0o755", ""),
        **dict.fromkeys(("/o", "/o/src", "/o/src/a"), ("0o700", "7:7")),
        "/o/src/a/x.c": ("0o700", "7:7", "x"),
    }


def test_directories_that_are_there_keep_their_owner_unless_they_are_taken() -> None:
    there = put(Directory(0o755, children={}), "o/src/b/old", File(0o600, 1, "o"), made_directory(0o711, "3:3"))
    metadata = Metadata("7:7", "700")
    on_the_way = shown(left(there, FILES, parents("src/b/y.c"), metadata))
    assert on_the_way["/o/src/b"] == ("0o755", "3:3")
    assert on_the_way["/o/src/b/old"] == ("0o600", "", "o")
    taken = shown(left(there, FILES, parents("src/b"), metadata))
    assert (taken["/o/src"], taken["/o/src/b"]) == (("0o755", "3:3"), ("0o700", "7:7"))


def test_the_destination_is_made_for_nothing() -> None:
    assert shown(left(Directory(0o755, children={}), FILES, parents("none"))) == {
        "": ("0o755", ""),
        "/o": ("0o755", ""),
    }


def test_what_a_copy_takes_of_unknown_ground_is_the_same_of_the_same() -> None:
    ground = Directory(0o755, children={})
    sources = [image(src=SRC), image(src=HEADER), image(src=OTHER)]
    for pattern, same, other in [
        ("src/**/*.c", Match.YES, Match.NO),
        ("*/b/*.c", Match.YES, Match.MAYBE),
        ("etc/*.conf", Match.YES, Match.YES),
    ]:
        ours, alike, theirs = (left(ground, source, parents(pattern)) for source in sources)
        whole = Selector("o")
        assert compared(ours, alike, whole) is same
        assert compared(ours, theirs, whole) is other
