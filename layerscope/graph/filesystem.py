"""What is known of a stage's files: trees of digests over ground that only a build would know.

`COPY --from=build /out/app /` is keyed by the bytes at that path, however they came to be. A stage's file system
is a base image (unknown but constant), what COPY, ADD and WORKDIR put there (known), and what RUNs wrote (unknown,
the same as long as that RUN is the same). `compare` answers yes, no, or "only a build can tell".
"""

from __future__ import annotations

import posixpath
from collections.abc import Hashable, Mapping
from enum import IntEnum
from typing import TypeAlias

from layerscope.context.tree import Directory, File, Link, Node, clean, follow_links, same, unproven

# Directories a base image may well have; any other top-level one is taken as made by the stage itself.
_OF_IMAGES = frozenset(
    "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var".split()  # noqa: SIM905
)


class Match(IntEnum):
    """Whether two contents are the same: NO and YES are certain, MAYBE only a build can tell."""

    NO = 0
    MAYBE = 1
    YES = 2


class Opaque:
    """Files that only a build would know: the path `path` of the state `state`, with known entries over it.

    state: a hashable identity (of an image, of a RUN's result), or a tree that `mark` changed in an uncertain way.
    Equal state, path and mark are the same files; different ones may still be equal. from_image: the state is a
    base image, of which a top-level directory of unusual name is taken as absent where a step writes it.
    """

    __slots__ = ("from_image", "mark", "overlay", "path", "state")

    def __init__(
        self,
        state: Hashable | Tree,
        path: str = "",
        overlay: Mapping[str, Tree] | None = None,
        mark: tuple[Hashable | Tree, ...] = (),
        from_image: bool = False,
    ) -> None:
        self.state = state
        self.path = path
        self.overlay: Mapping[str, Tree] = overlay or {}
        self.mark = mark
        self.from_image = from_image

    def child(self, name: str) -> Tree | None:
        if name in self.overlay:
            return self.overlay[name]
        state = self.state
        if isinstance(state, Directory | Opaque | File | Link):
            # What was done in an uncertain way gives at each path a result of what was there before.
            state = child_of(state, name) or "nothing"
        return Opaque(state, posixpath.join(self.path, name), mark=self.mark)

    def ground(self, name: str) -> Tree | None:
        """What a step finds that writes there."""
        if self.from_image and not self.path and name not in _OF_IMAGES and name not in self.overlay:
            return None
        return self.child(name)

    def with_child(self, name: str, node: Tree) -> Opaque:
        return Opaque(self.state, self.path, {**self.overlay, name: node}, self.mark, self.from_image)


Tree: TypeAlias = Node | Opaque


def compare(a: Tree | None, b: Tree | None) -> Match:
    """Whether a builder would find the same files in both. Modes of directories are not looked at."""
    if a is b:
        return Match.YES
    if isinstance(a, Opaque):
        return _compare_opaque(a, b)
    if isinstance(b, Opaque):
        return _compare_opaque(b, a)
    if a is None or b is None:
        return Match.NO
    if isinstance(a, Directory) and isinstance(b, Directory):
        return _compare_directories(a, b)
    return Match.YES if same(a, b) else Match.NO


def _compare_directories(a: Directory, b: Directory) -> Match:
    if a.known_equal(b):
        return Match.YES
    ours, theirs = a.children, b.children
    worst = Match.YES
    for name in unproven(a, b):
        match = compare(ours.get(name), theirs.get(name))
        if match is Match.NO:
            return match
        worst = min(worst, match)
    if worst is Match.YES:
        a.found_equal(b)
    return worst


def _compare_opaque(a: Opaque, b: Tree | None) -> Match:
    if isinstance(b, Opaque):
        ground = Match.YES if _same_ground(a, b) else Match.MAYBE
        if ground is Match.MAYBE and a.mark[:1] == ("listed",) and a.mark == b.mark:
            return _compare_lists(a.state, b.state)
        for name in a.overlay.keys() | b.overlay.keys():
            found = compare(a.child(name), b.child(name))
            if found is Match.NO:
                return Match.NO
            ground = min(ground, found)
        return ground
    if isinstance(b, Directory):
        for name, node in a.overlay.items():
            if compare(node, b.children.get(name)) is Match.NO:
                return Match.NO
    return Match.MAYBE


def _compare_lists(a: Hashable | Tree, b: Hashable | Tree) -> Match:
    """Of lists of names, over grounds that are not certainly the same: one file may come in another's place there."""
    if not (isinstance(a, Opaque) and isinstance(b, Opaque) and _same_ground(a, b)):
        return Match.MAYBE
    return compare(a, b) if _paths(a) == _paths(b) else Match.MAYBE


def _paths(node: Tree | None) -> Hashable:
    if isinstance(node, Opaque | Directory):
        below = node.overlay if isinstance(node, Opaque) else node.children
        return tuple((name, _paths(below[name])) for name in sorted(below))
    return None


def _same_ground(a: Opaque, b: Opaque) -> bool:
    return (
        a.path == b.path
        and _certainly(a.state, b.state)
        and len(a.mark) == len(b.mark)
        and all(_certainly(ours, theirs) for ours, theirs in zip(a.mark, b.mark, strict=True))
    )


def _certainly(a: Hashable | Tree, b: Hashable | Tree) -> bool:
    if isinstance(a, Opaque | Directory | File | Link) and isinstance(b, Opaque | Directory | File | Link):
        return compare(a, b) is Match.YES
    return a == b


def child_of(node: Tree, name: str) -> Tree | None:
    if isinstance(node, Opaque):
        return node.child(name)
    if isinstance(node, Directory):
        return node.children.get(name)
    return None


def ground_of(node: Tree, name: str) -> Tree | None:
    """The child as a step finds it that writes there."""
    return node.ground(name) if isinstance(node, Opaque) else child_of(node, name)


def resolve(root: Tree, path: str, *, written: bool = False) -> tuple[str, Tree | None]:
    """Follow known links inside a file system; unknown ground is taken to hold no links.

    written: the path is one that a step writes to. Raises LinkLoopError.
    """
    return follow_links(root, path, ground_of if written else child_of)


def put(root: Tree, path: str, node: Tree) -> Tree:
    """The file system with `node` at `path`; missing parents are made as directories."""
    parts = [part for part in clean(path).split("/") if part]
    return _put(root, parts, node)


def _put(root: Tree | None, parts: list[str], node: Tree) -> Tree:
    if not parts:
        return node
    name, *rest = parts
    here = root if isinstance(root, Directory | Opaque) else Directory(0o755, children={})
    return _with_child(here, name, _put(ground_of(here, name), rest, node))


def _with_child(directory: Directory | Opaque, name: str, node: Tree) -> Tree:
    if isinstance(directory, Opaque):
        return directory.with_child(name, node)
    children: dict[str, Tree] = {**directory.children, name: node}
    ordered = {key: children[key] for key in sorted(children)}
    # A directory with unknown ground below it is still a directory: only `compare` and `child_of` look inside.
    return Directory(directory.mode, children=ordered)  # type: ignore[arg-type]


def overlaid(below: Tree | None, above: Tree) -> Tree:
    """What a copy of a directory leaves: its entries over what was there."""
    if not isinstance(above, Directory):
        if isinstance(above, Opaque) and below is not None:
            return Opaque(below if isinstance(below, Opaque | Directory) else "file", mark=("over", above))
        return above
    if not isinstance(below, Directory | Opaque):
        return above
    result: Tree = below
    for name, node in above.children.items():
        assert isinstance(result, Directory | Opaque)
        result = _with_child(result, name, overlaid(ground_of(below, name), node))
    return result


def made_directory(root: Tree, path: str) -> Tree:
    """What WORKDIR leaves: the directory, if it was not there; over unknown ground only a build can tell."""
    _, node = resolve(root, path, written=True)
    if isinstance(node, Directory) or node is root:
        return root
    if isinstance(node, Opaque):
        if node.overlay or (node.mark and node.mark[0] == "made"):
            return root
        return put(root, path, Opaque(node.state if not node.mark else node, node.path, mark=("made",)))
    return put(root, path, Directory(0o755, children={}))
