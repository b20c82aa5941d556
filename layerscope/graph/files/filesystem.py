"""What is known of a stage's files: trees of digests over ground that only a build would know.

`COPY --from=build /out/app /` is keyed by the bytes at that path, however they came to be. A stage's file system
is a base image (unknown but constant), what COPY, ADD and WORKDIR put there (known), and what RUNs wrote (unknown,
the same as long as that RUN is the same). `compare` answers yes, no, or "only a build can tell".
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import IntEnum
from typing import TypeAlias

from layerscope.context.paths import clean, follow_links
from layerscope.context.tree import Directory, File, Link, Node, Owner, same_but_for_owners, unproven

# Directories a base image may well have; any other top-level one is taken as made by the stage itself.
_OF_IMAGES = frozenset(
    "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var".split()  # noqa: SIM905
)


LISTED = "listed"  # the mark of a list; nothing else has it


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
    header: an empty directory of the mode and owner that a step gave to this one. form: of its digest, once it was
    asked for.
    """

    __slots__ = ("form", "from_image", "header", "mark", "overlay", "path", "state")

    def __init__(
        self,
        state: Hashable | Tree,
        path: str = "",
        overlay: Mapping[str, Tree] | None = None,
        mark: tuple[Hashable | Tree, ...] = (),
        from_image: bool = False,
        header: Directory | None = None,
    ) -> None:
        self.header = header
        self.form: tuple[Hashable, tuple[Hashable, ...]] | None = None
        self.state = state
        self.path = path
        self.overlay: Mapping[str, Tree] = overlay or {}
        self.mark = mark
        self.from_image = from_image

    def child(self, name: str) -> Tree | None:
        if name in self.overlay:
            return self.overlay[name]
        state = self.state
        if isinstance(state, _STATES):
            # What was done in an uncertain way gives at each path a result of what was there before.
            state = child_of(state, name) or "nothing"
        return Opaque(state, f"{self.path}/{name}" if self.path else name, mark=self.mark)

    def below(self, path: str) -> Tree | None:
        """What is at a clean path where nothing is known above it, which is most often so; None says nothing."""
        if not path or self.overlay or isinstance(self.state, _STATES):
            return None
        return Opaque(self.state, f"{self.path}/{path}" if self.path else path, mark=self.mark)

    def ground(self, name: str) -> Tree | None:
        """What a step finds that writes there."""
        if self.from_image and not self.path and name not in _OF_IMAGES and name not in self.overlay:
            return None
        return self.child(name)

    def with_children(self, added: Mapping[str, Tree]) -> Opaque:
        return Opaque(self.state, self.path, {**self.overlay, **added}, self.mark, self.from_image, self.header)

    def with_header(self, header: Directory | None) -> Opaque:
        return Opaque(self.state, self.path, self.overlay, self.mark, self.from_image, header)

    def with_mark(self, *mark: Hashable | Tree) -> Opaque:
        return Opaque(self.state, self.path, self.overlay, (*self.mark, *mark), self.from_image, self.header)


Tree: TypeAlias = Node | Opaque
_STATES = (Opaque, Directory, File, Link)  # what a state may be that is no identity


class NamedOwner:
    """An owner given by names: which numbers they are stands in the stage's own /etc/passwd and /etc/group."""

    __slots__ = ("group", "passwd", "text")

    def __init__(self, text: str, root: Tree) -> None:
        self.text = text
        self.passwd = resolve(root, "etc/passwd")[1]
        self.group = resolve(root, "etc/group")[1]


def compare_owners(a: Owner, b: Owner) -> Match:
    """Whether two owners are the same numbers."""
    if isinstance(a, NamedOwner) and isinstance(b, NamedOwner):
        if a.text == b.text and _certainly(a.passwd, b.passwd) and _certainly(a.group, b.group):
            return Match.YES
        return Match.MAYBE
    if isinstance(a, NamedOwner) or isinstance(b, NamedOwner):
        return Match.MAYBE
    return Match.YES if a == b else Match.NO


def compare_headers(a: Directory, b: Directory) -> Match:
    """Whether two directories have the same mode and owner, whatever is in them."""
    if a.mode != b.mode and (a.made or b.made):
        return Match.NO
    return compare_owners(a.owner, b.owner)


def compare(a: Tree | None, b: Tree | None) -> Match:
    """Whether a builder would find the same files in both."""
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
    owners = compare_owners(a.owner, b.owner)
    return owners if owners is not Match.NO and same_but_for_owners(a, b) else Match.NO


def _compare_directories(a: Directory, b: Directory) -> Match:
    worst = compare_headers(a, b)
    if worst is Match.NO or a.known_equal(b):
        return worst
    ours, theirs = a.children, b.children
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
        if a.header is not None and b.header is not None:
            ground = min(ground, compare_headers(a.header, b.header))
        elif a.header is not b.header:
            ground = Match.MAYBE
        if ground is Match.NO:
            return ground
        if ground is Match.MAYBE and is_list(a) and a.mark == b.mark:
            return _compare_lists(a.state, b.state)
        for name in a.overlay.keys() | b.overlay.keys():
            found = compare(a.child(name), b.child(name))
            if found is Match.NO:
                return Match.NO
            ground = min(ground, found)
        return ground
    if isinstance(b, Directory):
        if a.header is not None and compare_headers(a.header, b) is Match.NO:
            return Match.NO
        for name, node in a.overlay.items():
            if compare(node, b.children.get(name)) is Match.NO:
                return Match.NO
    return Match.MAYBE


def is_list(node: Opaque) -> bool:
    """Whether it is what a selector lists of a state, of which only what comes in the list is left."""
    return node.mark[:1] == (LISTED,)


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
        and len(a.mark) == len(b.mark)
        and _certainly(a.state, b.state)
        and all(_certainly(ours, theirs) for ours, theirs in zip(a.mark, b.mark, strict=True))
    )


def _certainly(a: Hashable | Tree, b: Hashable | Tree) -> bool:
    if isinstance(a, _STATES) and isinstance(b, _STATES):
        return compare(a, b) is Match.YES
    if isinstance(a, NamedOwner) or isinstance(b, NamedOwner):
        return compare_owners(a, b) is Match.YES
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


def made_directory(mode: int = 0o755, owner: Owner = "") -> Directory:
    """An empty directory as a step makes it."""
    return Directory(mode, children={}, owner=owner, made=True)


_BY_ROOT = made_directory()


def put(root: Tree, path: str, node: Tree, parent: Directory = _BY_ROOT) -> Tree:
    """The file system with `node` at `path`; missing parents are made like `parent`."""
    parts = [part for part in clean(path).split("/") if part]
    return _put(root, parts, node, parent)


def _put(root: Tree | None, parts: list[str], node: Tree, parent: Directory) -> Tree:
    if not parts:
        return node
    name, *rest = parts
    here = root if isinstance(root, Directory | Opaque) else parent
    return with_children(here, {name: _put(ground_of(here, name), rest, node, parent)})


def with_children(directory: Directory | Opaque, added: Mapping[str, Tree]) -> Directory | Opaque:
    """The directory with these in it, too, or in place of what it had under their names."""
    if isinstance(directory, Opaque):
        return directory.with_children(added)
    children: dict[str, Tree] = {**directory.children, **added}
    # A directory with unknown ground below it is still a directory: only `compare` and `child_of` look inside.
    return directory.with_children({key: children[key] for key in sorted(children)})  # type: ignore[misc]


def overlaid(below: Tree | None, above: Tree, made: Directory = _BY_ROOT) -> Tree:
    """What a copy of a directory leaves: its entries over what was there, or in a directory like `made`.

    The directory itself keeps the mode and owner it had; those in it take theirs from the copy.
    """
    if not isinstance(above, Directory):
        if isinstance(above, Opaque) and below is not None:
            return Opaque(below if isinstance(below, Opaque | Directory) else "file", mark=("over", above))
        return above
    if isinstance(below, Opaque) and not below.overlay and (made.owner, made.mode) != (_BY_ROOT.owner, _BY_ROOT.mode):
        below = below.with_mark("in", made)  # whether it is made, or was there, only a build can tell
    if isinstance(below, Directory | Opaque):
        return _with_entries(below, above)
    as_it_is = above.mode == made.mode and above.owner == made.owner
    return above if as_it_is else above.with_header(made.mode, made.owner)


def _with_entries(below: Directory | Opaque, above: Directory) -> Directory | Opaque:
    added: dict[str, Tree] = {}
    for name, node in above.children.items():
        added[name] = merged(ground_of(below, name), node)
    return with_children(below, added)


def merged(there: Tree | None, node: Tree) -> Tree:
    """What an entry of a copied directory leaves where something is; a directory takes mode and owner of the copy."""
    if isinstance(node, Directory) and isinstance(there, Directory | Opaque):
        return _with_header_of(node, _with_entries(there, node))
    return overlaid(there, node, node if isinstance(node, Directory) else _BY_ROOT)


def _with_header_of(source: Directory, node: Directory | Opaque) -> Tree:
    if isinstance(node, Directory):
        return source.with_children(node.children)
    return node.with_header(source.with_children({}))


def with_directory(root: Tree, path: str, owner: Owner = "") -> Tree:
    """What WORKDIR leaves: the directory, if it was not there; over unknown ground only a build can tell."""
    place, node = resolve(root, path, written=True)
    made = made_directory(owner=owner)
    if isinstance(node, Directory) or node is root:
        return root
    if isinstance(node, Opaque):
        if node.overlay or (node.mark and node.mark[0] == "made"):
            return root
        node = Opaque(node.state if not node.mark else node, node.path, mark=("made", owner))
        return put(root, place, node, made)
    return put(root, place, made, made)
