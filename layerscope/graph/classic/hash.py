"""What the classic builder hashes of COPY's sources: path, metadata and bytes of every entry, links followed."""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import blake2b

from layerscope.context.content_names import content_name
from layerscope.context.paths import LinkLoopError
from layerscope.context.tree import Directory, Link
from layerscope.graph.files.content import matched_paths
from layerscope.graph.files.filesystem import Match, Opaque, Tree, child_of, compare, compare_owners, resolve
from layerscope.graph.operations import Selector

Entries = tuple[tuple[str, Tree | None], ...]


def compare_entries(a: Entries, b: Entries) -> Match:
    if len(a) != len(b):
        return Match.NO
    worst = Match.YES
    for (our_path, ours), (their_path, theirs) in zip(a, b, strict=True):
        if our_path != their_path:
            return Match.NO
        worst = min(worst, _compare_nodes(ours, theirs))
    return worst


def entries_name(entries: Entries) -> Hashable:
    """Equal for two lists exactly where `compare_entries` says yes; None where files would have to be read."""
    names: list[Hashable] = []
    for path, node in entries:
        # What is below a directory has entries of its own.
        name = _name(node)
        if name is None:
            return None
        names.append((path, name))
    return blake2b(repr(names).encode(), digest_size=20).digest()


def _name(node: Tree | None) -> str | None:
    if isinstance(node, Directory):
        return f"d {node.mode:o} {node.owner}" if isinstance(node.owner, str) else None
    return content_name(node) if node is not None else "-"


def _compare_nodes(ours: Tree | None, theirs: Tree | None) -> Match:
    if isinstance(ours, Directory) and isinstance(theirs, Directory):
        return compare_owners(ours.owner, theirs.owner) if ours.mode == theirs.mode else Match.NO
    return compare(ours, theirs)


def hashed_entries(root: Tree, selector: Selector) -> list[tuple[str, Tree | None]]:
    """The entries a source contributes to the hash: each path with its file, links as what they lead to."""
    matches, unknown = matched_paths(root, selector)
    if unknown is not None and selector.wildcard:
        return [(selector.path, Opaque(unknown, mark=("searched", selector.path)))]
    entries: list[tuple[str, Tree | None]] = []
    for path, node in matches:
        followed, _ = resolve(root, path)
        entries += sorted(_below(root, followed, node), key=lambda entry: entry[0])
    return entries


def _below(root: Tree, path: str, node: Tree) -> list[tuple[str, Tree | None]]:
    entries: list[tuple[str, Tree | None]] = [(path, node)]
    if not isinstance(node, Directory):
        return entries
    for name in node.children:
        child = child_of(node, name)
        below = f"{path}/{name}" if path else name
        if isinstance(child, Link):
            try:
                followed, reached = resolve(root, below)
            except LinkLoopError:
                followed, reached = below, None
            entries.append((followed, reached) if reached is not None else (below, None))
        elif child is not None:
            entries += _below(root, below, child)
    return entries
