"""Lists of what is below unknown ground: the known files that come in them, over what only a build can tell."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from layerscope.context.globs import glob_regex
from layerscope.context.tree import Directory, Link
from layerscope.graph.files.filesystem import LISTED, Opaque, Tree
from layerscope.graph.files.inclusion import NOTHING_ABOVE, Above, Inclusion
from layerscope.graph.files.matches import searched_directory
from layerscope.graph.operations import Selector

SEARCHED = "searched"  # the mark of a list of which it is hard to say what comes in it


def listed_of_unknown(
    node: Tree, selector: Selector, below: str = "", handed: Above = NOTHING_ABOVE, *, taken: bool = False
) -> Opaque:
    """What a selector lists at and below unknown ground.

    below: its path from where the patterns begin; taken, handed: what they say of it, where it is not that itself.
    """
    listed = _known_lines(node, selector, below, handed, taken)
    kind = SEARCHED if listed is None else LISTED
    return Opaque(listed or node, mark=(kind, posixpath.join(selector.path, below), selector.exclude, selector.include))


def _known_lines(node: Tree, selector: Selector, below: str, handed: Above, taken: bool) -> Opaque | None:
    """The ground with those of the files that steps put there which come in a list of it; None if that is hard."""
    inclusion = Inclusion.of(selector)
    if not isinstance(node, Opaque) or inclusion.has_exceptions:
        return None
    at_root = selector.wildcard or not selector.path
    if at_root and not below and any(isinstance(child, Link) for child in node.overlay.values()):
        return None  # it is followed, to what may not be listed itself
    if selector.wildcard and not below:
        if selector.exclude or selector.include or posixpath.dirname(selector.path) != searched_directory(selector):
            return None
        pattern = glob_regex(posixpath.basename(selector.path))
        kept = {name: child for name, child in node.overlay.items() if pattern.match(name)}
        return _over(node, kept).with_header(None)
    if not below and selector.path:
        taken, handed = inclusion.takes("", NOTHING_ABOVE)
    kept = _Kept(inclusion).children(node.overlay, below, handed)
    return _over(node, kept) if taken else _over(node, kept).with_header(None)


class _Kept:
    """What of known files comes in a list."""

    def __init__(self, inclusion: Inclusion) -> None:
        self.inclusion = inclusion

    def children(self, children: Mapping[str, Tree], path: str, above: Above) -> dict[str, Tree]:
        kept: dict[str, Tree] = {}
        for name, child in children.items():
            below = posixpath.join(path, name)
            taken, handed = self.inclusion.takes(below, above)
            if isinstance(child, Directory | Opaque):
                if taken or (self.inclusion.include is not None and self.inclusion.may_take_below(below, handed)):
                    self._keep_directory(kept, name, child, below, taken, handed)
            elif taken:
                kept[name] = child
        return kept

    def _keep_directory(
        self, kept: dict[str, Tree], name: str, node: Directory | Opaque, below: str, taken: bool, handed: Above
    ) -> None:
        if isinstance(node, Opaque):
            inside = _over(node, self.children(node.overlay, below, handed))
            kept[name] = inside if taken else inside.with_header(None)
            return
        # As of any directory here, `compare` and `child_of` alone look inside.
        found = self.children(node.children, below, handed)
        if taken or found:
            kept[name] = node.with_children(found)  # type: ignore[arg-type]


def _over(node: Opaque, overlay: Mapping[str, Tree]) -> Opaque:
    return Opaque(node.state, node.path, overlay, node.mark, node.from_image, node.header)
