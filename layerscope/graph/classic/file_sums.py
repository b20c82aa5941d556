"""What the classic builder sums of COPY's sources: path, metadata and bytes of every file, links followed."""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import blake2b

from layerscope.context.content_names import content_name
from layerscope.context.paths import LinkLoopError
from layerscope.context.tree import Directory, ImpliedDirectory, Link
from layerscope.graph.files.content import matched_paths
from layerscope.graph.files.filesystem import Match, Opaque, Tree, child_of, compare, compare_owners, resolve
from layerscope.graph.operations import Selector

FileSums = tuple[tuple[str, Tree | None], ...]  # None: a link that leads nowhere


def compare_sums(a: FileSums, b: FileSums) -> Match:
    if len(a) != len(b):
        return Match.NO
    worst = Match.YES
    for (our_path, ours), (their_path, theirs) in zip(a, b, strict=True):
        if our_path != their_path:
            return Match.NO
        worst = min(worst, _compare_nodes(ours, theirs))
    return worst


def digest_of_sums(sums: FileSums) -> Hashable:
    """Equal for two lists exactly where `compare_sums` says yes; None where files would have to be read."""
    names: list[Hashable] = []
    for path, node in sums:
        # What is below a directory has sums of its own.
        name = _name(node)
        if name is None:
            return None
        names.append((path, name))
    return blake2b(repr(names).encode(), digest_size=20).digest()


def _name(node: Tree | None) -> str | None:
    if isinstance(node, ImpliedDirectory):
        return "i"
    if isinstance(node, Directory):
        return f"d {node.mode:o} {node.owner}" if isinstance(node.owner, str) else None
    return content_name(node) if node is not None else "-"


def _compare_nodes(ours: Tree | None, theirs: Tree | None) -> Match:
    if isinstance(ours, ImpliedDirectory) or isinstance(theirs, ImpliedDirectory):
        # Of a directory without an entry in the archive its path is summed, which is compared already.
        return Match.YES if isinstance(ours, ImpliedDirectory) and isinstance(theirs, ImpliedDirectory) else Match.NO
    if isinstance(ours, Directory) and isinstance(theirs, Directory):
        return compare_owners(ours.owner, theirs.owner) if ours.mode == theirs.mode else Match.NO
    return compare(ours, theirs)


def plain(node: Tree | None) -> Tree | None:
    """A directory as it is, however it came into the build."""
    if not isinstance(node, ImpliedDirectory):
        return node
    return Directory(node.mode, lambda: node.children, owner=node.owner)


def summed_files(root: Tree, selector: Selector) -> list[tuple[str, Tree | None]]:
    """What a source contributes: each path with its file, links as what they lead to."""
    matches, unknown = matched_paths(root, selector)
    if unknown is not None and selector.wildcard:
        return [(selector.path, Opaque(unknown, mark=("searched", selector.path)))]
    sums: list[tuple[str, Tree | None]] = []
    for path, node in matches:
        followed, _ = resolve(root, path)
        sums += sorted(_below(root, followed, node), key=lambda entry: entry[0])
    return sums


def _below(root: Tree, path: str, node: Tree) -> list[tuple[str, Tree | None]]:
    sums: list[tuple[str, Tree | None]] = [(path, node)]
    if not isinstance(node, Directory):
        return sums
    for name in node.children:
        child = child_of(node, name)
        below = f"{path}/{name}" if path else name
        if isinstance(child, Link):
            try:
                followed, reached = resolve(root, below)
            except LinkLoopError:
                followed, reached = below, None
            sums.append((followed, reached) if reached is not None else (below, None))
        elif child is not None:
            sums += _below(root, below, child)
    return sums
