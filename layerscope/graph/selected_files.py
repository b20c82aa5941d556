"""Which files of a context a step sees differently: the paths to name as causes."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.context.tree import Directory, Node, differences, lookup, resolve
from layerscope.graph.content import MissingSource, matched_paths
from layerscope.graph.operations import Selector


def changed_paths(
    before: Directory, before_selectors: tuple[Selector, ...], after: Directory, after_selectors: tuple[Selector, ...]
) -> Iterator[str]:
    """Paths below the selected sources at which the two contexts differ, each once, in order."""
    seen: set[str] = set()
    old = dict(_selected(before, before_selectors))
    new = dict(_selected(after, after_selectors))
    if old.keys() != new.keys() and len(old) == len(new) == 1:
        # One plain source that moved: compare what is there, under its new name.
        (old_node,) = old.values()
        old = dict.fromkeys(new, old_node)
    for path in sorted(old.keys() | new.keys()):
        for found in differences(old.get(path), new.get(path), path):
            if found not in seen:
                seen.add(found)
                yield found


def _selected(root: Directory, selectors: tuple[Selector, ...]) -> Iterator[tuple[str, Node | None]]:
    for selector in selectors:
        try:
            matches, _ = matched_paths(root, selector)
        except MissingSource:
            continue
        for path, _ in matches:
            link = lookup(root, path)
            target, node = resolve(root, path)
            yield (path if link is node else target), node
