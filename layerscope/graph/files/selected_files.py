"""Which files of a context a step reads, and at which of them two contexts differ."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.context.globs import has_wildcard
from layerscope.context.paths import files_below, lookup, resolve
from layerscope.context.patterns import Pattern, PatternList
from layerscope.context.tree import Directory, File, Link, Node, Special, differences, same
from layerscope.graph.files.filesystem import Opaque
from layerscope.graph.files.listing import listed_paths
from layerscope.graph.files.matches import MissingSource, matched_paths
from layerscope.graph.operations import Selector


def selected_files(root: Directory, selector: Selector) -> Iterator[tuple[str, Node]]:
    """The files (and links) a selector picks, at and below its matches, in order; exclusions left out."""
    if selector.include:
        for path, node in _lines(root, selector).items():
            if isinstance(node, File | Link | Special):
                yield path, node
        return
    rules = _exclusions(selector)
    for path, node in _matches(root, selector):
        for found, below in files_below(node, path):
            if not _excluded(rules, found[len(path) :].lstrip("/")):
                yield found, below


def changed_paths(
    before: Directory, before_selectors: tuple[Selector, ...], after: Directory, after_selectors: tuple[Selector, ...]
) -> Iterator[str]:
    """Paths below the selected sources at which the two contexts differ, each once, in order."""
    if any(selector.include for selector in after_selectors):
        yield from _changed_lines(before, before_selectors, after, after_selectors)
        return
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


def _changed_lines(
    before: Directory, before_selectors: tuple[Selector, ...], after: Directory, after_selectors: tuple[Selector, ...]
) -> Iterator[str]:
    """Paths at which lists differ. A directory is told where nothing in it is, for it came or went with that."""
    old = {path: node for selector in before_selectors for path, node in _lines(before, selector).items()}
    new = {path: node for selector in after_selectors for path, node in _lines(after, selector).items()}
    paths = sorted(old.keys() | new.keys())
    for number, path in enumerate(paths, 1):
        was, now = old.get(path), new.get(path)
        if isinstance(was or now, Directory) and isinstance(now or was, Directory):
            holds_more = number < len(paths) and paths[number].startswith(path + "/")
            if (was is None or now is None) and not holds_more:
                yield path
        elif was is None or now is None or not same(was, now):
            yield path


def _lines(root: Directory, selector: Selector) -> dict[str, Node]:
    """What is listed of a context, by path."""
    try:
        return {path: node for path, node in listed_paths(root, selector) if not isinstance(node, Opaque)}
    except MissingSource:
        return {}


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
