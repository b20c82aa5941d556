"""Which files of a context a step reads, and at which of them two contexts differ."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.context.globs import has_wildcard
from layerscope.context.paths import files_below, lookup, resolve
from layerscope.context.patterns import Pattern, PatternList
from layerscope.context.tree import Directory, Link, Node, differences
from layerscope.graph.files.matches import MissingSource, matched_paths
from layerscope.graph.operations import Selector


def selected_files(root: Directory, selector: Selector) -> Iterator[tuple[str, Node]]:
    """The files (and links) a selector picks, at and below its matches, in order; exclusions left out."""
    rules = _exclusions(selector)
    for path, node in _matches(root, selector):
        for found, below in files_below(node, path):
            if not _excluded(rules, found[len(path) :].lstrip("/")):
                yield found, below


def changed_paths(
    before: Directory, before_selectors: tuple[Selector, ...], after: Directory, after_selectors: tuple[Selector, ...]
) -> Iterator[str]:
    """Paths below the selected sources at which the two contexts differ, each once, in order."""
    seen: set[str] = set()
    rules = _exclusions(*after_selectors)
    old = {path: node for selector in before_selectors for path, node in _matches(before, selector)}
    new = {path: node for selector in after_selectors for path, node in _matches(after, selector)}
    if old.keys() != new.keys() and len(old) == len(new) == 1:
        # One plain source that moved: compare what is there, under its new name.
        (old_node,) = old.values()
        old = dict.fromkeys(new, old_node)
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        for found in differences(was, now, path) if was is not now else ():
            if found not in seen and not (rules and _excluded(rules, found[len(path) :].lstrip("/"))):
                seen.add(found)
                yield found


def _matches(root: Directory, selector: Selector) -> Iterator[tuple[str, Node]]:
    paths = [selector.path]
    if has_wildcard(selector.path):
        try:
            matches, _ = matched_paths(root, selector)
        except MissingSource:
            return
        paths = [path for path, _ in matches]
    for path in paths:
        target, node = path, lookup(root, path)
        if node is None or isinstance(node, Link):
            target, node = resolve(root, path)
        if node is not None:
            yield target, node


def _exclusions(*selectors: Selector) -> PatternList:
    return PatternList(Pattern(text) for selector in selectors for text in selector.exclude)


def _excluded(rules: PatternList, path: str) -> bool:
    """Whether an exclusion takes the path, or a directory above it, out; the source itself is never excluded."""
    if not rules or not path:
        return False
    excluded, result = False, None
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        excluded, result = rules.match("/".join(parts[:end]), result)
    return excluded
