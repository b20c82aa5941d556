"""The files of a vertex's result, from the files of its inputs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Hashable

from layerscope.context.paths import clean
from layerscope.context.patterns import Pattern, PatternList
from layerscope.context.tree import EMPTY, Directory, File
from layerscope.graph.files.filesystem import (
    Opaque,
    Tree,
    child_of,
    made_directory,
    overlaid,
    put,
    resolve,
    with_children,
    with_directory,
)
from layerscope.graph.files.matches import MissingSource, matched_paths
from layerscope.graph.files.metadata import Metadata
from layerscope.graph.files.ownership import owner_of_files
from layerscope.graph.operations import (
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
from layerscope.graph.vertices import Vertex
from layerscope.values import assert_never

Files = Callable[[Vertex], Tree]

_OF_BYTES = "sha256:"  # a checksum that the digests of other files can be held against


def files_of(vertex: Vertex, identity: Hashable, files: Files) -> Tree:
    """The file system a vertex leaves.

    identity: of the vertex's result, for what only a build knows. files: the same question for another vertex.
    """
    given = vertex.operation.tree
    if given is not None:
        return given
    match vertex.op:
        case ExecOp():
            left: Tree = Opaque(("run", identity))  # whatever it was before
        case ImageSource() as image:
            left = Opaque(image.key, from_image=True)
        case HttpSource() as fetched if fetched.checksum.startswith(_OF_BYTES):
            left = Directory(0o755, children={fetched.name: File(0o600, None, digest=fetched.checksum)})
        case GitSource() | HttpSource() | UnknownSource() as source:
            left = Opaque(source.key)
        case LocalSource():
            left = EMPTY
        case MkfileOp() as file:
            left = Directory(0o755, children={file.name: File(file.mode, None, digest=file.digest)})
        case MkdirOp() as made:
            ground = _ground(vertex, files)
            left = with_directory(ground, made.directory, owner_of_files(made.owner, ground))
        case CopyOp() as copy:
            left = _ground(vertex, files)
            for action in copy.actions:
                left = _copied(left, files(vertex.sources[action.source][0]), copy, action)
        case MergeOp():
            left = overlaid(_ground(vertex, files), files(vertex.sources[0][0]))
        case other:
            assert_never(other)
    return left


def _ground(vertex: Vertex, files: Files) -> Tree:
    return files(vertex.parent) if vertex.parent is not None else EMPTY


def _copied(ground: Tree, source: Tree, copy: CopyOp, action: CopyAction) -> Tree:
    selector = action.selector
    destination = copy.destination
    try:
        matches, unknown = matched_paths(source, selector)
    except MissingSource:
        return ground
    if unknown is not None and (selector.wildcard or (selector.exclude and not selector.include)):
        mark = ("copied list", selector.path, selector.exclude, selector.include, unknown)
        return _uncertain(ground, clean(destination), mark)
    into = destination.endswith(("/", "/.")) or len(matches) > 1
    owner = owner_of_files(copy.chown, ground) if copy.chown else None  # None: as it was
    metadata = Metadata(owner, copy.chmod)
    made = metadata.made
    plain: dict[str, Tree] = {}  # files for one directory, put there at once: there may be very many
    for path, node in matches:
        name = posixpath.basename(path)
        if selector.include and isinstance(node, Directory | Opaque):
            from layerscope.graph.files.parents import ParentsCopy

            ground = ParentsCopy(selector, metadata).onto(ground, destination, node)
            continue
        unpacked = action.unpack and isinstance(node, File) and node.is_archive is not False
        owned = node if unpacked else metadata.given_to(_without(node, selector))
        if into and not unpacked and not isinstance(owned, Directory | Opaque):
            plain[name] = owned
            continue
        ground, plain = _put_files(ground, destination, plain, made), {}
        if unpacked:
            ground = _uncertain(ground, clean(destination), ("unpacked", name, node, copy.chown, copy.chmod))
        elif isinstance(owned, Directory):
            at, there = resolve(ground, destination, written=True)
            above = made if copy.owns_parents else made_directory()
            ground = put(ground, at, overlaid(there, owned, made), above)
        else:
            ground = _put_entry(ground, destination, name, owned, into, made)
    return _put_files(ground, destination, plain, made)


def _put_files(ground: Tree, destination: str, files: dict[str, Tree], made: Directory) -> Tree:
    if not files:
        return ground
    path, there = resolve(ground, destination, written=True)
    directory = there if isinstance(there, Directory | Opaque) else made
    return put(ground, path, with_children(directory, files), made)


def _put_entry(ground: Tree, destination: str, name: str, node: Tree, into: bool, made: Directory) -> Tree:
    path, there = resolve(ground, destination, written=True)
    if isinstance(node, Opaque):
        # A file goes to the destination or, where that is a directory, into it; a directory's content goes there.
        return _uncertain(ground, path, ("copied", name, into, node, made))
    if isinstance(there, Directory):
        return put(ground, posixpath.join(path, name), node, made)
    if isinstance(there, Opaque):
        # Over unknown ground a plain file lands at the destination or below it: it counts at both.
        return put(ground, path, Opaque(there.state, there.path, {**there.overlay, name: node}, there.mark or ("at",)))
    return put(ground, path, node, made)


def _uncertain(ground: Tree, path: str, mark: tuple[Hashable | Tree, ...]) -> Tree:
    """The file system after something whose effect at and below `path` only a build can tell."""
    _, there = resolve(ground, path, written=True)
    state: Hashable | Tree = there if isinstance(there, Opaque | Directory) else "nothing known"
    changed = Opaque(state, path, mark=mark)
    return put(ground, path, changed) if clean(path) else changed


def _without(node: Tree, selector: Selector) -> Tree:
    if not selector.exclude or not isinstance(node, Directory):
        return node
    return _filtered(node, PatternList(Pattern(text) for text in selector.exclude), "", None) or EMPTY


def _filtered(node: Tree, rules: PatternList, path: str, result: tuple[bool, ...] | None) -> Tree | None:
    excluded = False
    if path:
        excluded, result = rules.match(path, result)
    if not isinstance(node, Directory):
        return None if excluded else node
    kept: dict[str, Tree] = {}
    for name in node.children:
        child = child_of(node, name)
        assert child is not None
        below = _filtered(child, rules, posixpath.join(path, name), result)
        if below is not None:
            kept[name] = below
    if excluded and not kept:
        return None
    return node.with_children(kept)  # type: ignore[arg-type]
