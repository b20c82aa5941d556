"""What an operation reads of an input: the files a selector picks, comparable with what was read before."""

from __future__ import annotations

import operator
from typing import TypeAlias

from layerscope.context.tree import Directory
from layerscope.graph.files.filesystem import Match, Opaque, Tree, compare, compare_headers
from layerscope.graph.files.listing import Listed, ListedFile, listed
from layerscope.graph.files.matches import plain_source
from layerscope.graph.operations import Selector
from layerscope.values import Value

Part: TypeAlias = Listed  # of a plain path, or of a pattern


class Content(Value):
    """The files of all selectors of one input."""

    parts: tuple[Part, ...]


def select(root: Tree, selectors: tuple[Selector, ...]) -> Content:
    """The content of an input under its `counted` selectors. Raises MissingSource and LinkLoopError."""
    return Content(tuple([listed(root, s) if s.lists else plain_source(root, s.path) for s in selectors]))


def counted(selectors: tuple[Selector, ...]) -> tuple[Selector, ...]:
    """Those that count, in order: a plain path below another one says nothing more."""
    ordered = sorted(dict.fromkeys(selectors), key=lambda s: (s.path, s.wildcard))
    plain = [s.path for s in ordered if not s.lists]
    return tuple([s for s in ordered if s.lists or not any(_inside(s.path, other) for other in plain)])


def is_shared(a: Content, b: Content) -> bool:
    """Whether two contents are the very same nodes, so that there is nothing to compare."""
    return len(a.parts) == len(b.parts) and all(map(operator.is_, a.parts, b.parts))


def compare_contents(a: Content, b: Content) -> Match:
    if len(a.parts) != len(b.parts):
        return Match.NO
    worst = Match.YES
    for ours, theirs in zip(a.parts, b.parts, strict=True):
        found = _compare_parts(ours, theirs)
        if found is Match.NO:
            return found
        worst = min(worst, found)
    return worst


def same_modes(a: Content, b: Content) -> bool:
    """Whether the directories in two contents, which are the same but for that, have the same modes."""
    return all(map(_same_modes, a.parts, b.parts))


def _same_modes(a: Part | None, b: Part | None) -> bool:
    if a is b:
        return True
    if isinstance(a, tuple) and isinstance(b, tuple):
        return all(map(_same_modes_of_lines, a, b))
    if not isinstance(a, Directory) or not isinstance(b, Directory):
        return True
    return a.mode == b.mode and all(_same_modes(a.children[name], b.children.get(name)) for name in a.children)


def _same_modes_of_lines(a: ListedFile, b: ListedFile) -> bool:
    ours, theirs = a.node, b.node
    if isinstance(ours, Directory) and isinstance(theirs, Directory) and not (a.whole or b.whole):
        return ours.mode == theirs.mode
    return _same_modes(ours, theirs)


def _compare_parts(a: Part, b: Part) -> Match:
    if isinstance(a, tuple) and isinstance(b, tuple):
        if [line.name for line in a] != [line.name for line in b]:
            # Unknown ground may give as many lines as are wanting here, or none.
            return Match.MAYBE if any(line.is_open for line in (*a, *b)) else Match.NO
        worst = Match.YES
        for ours, theirs in zip(a, b, strict=True):
            found = _compare_listed(ours, theirs)
            if found is Match.NO:
                return found
            worst = min(worst, found)
        return worst
    if isinstance(a, tuple) or isinstance(b, tuple):
        # One side is a list over unknown ground: only a build can tell what it would have listed.
        return Match.MAYBE if isinstance(a, Opaque) or isinstance(b, Opaque) else Match.NO
    return compare(a, b)


def _compare_listed(a: ListedFile, b: ListedFile) -> Match:
    if isinstance(a.node, Directory) and isinstance(b.node, Directory) and not (a.whole or b.whole):
        return compare_headers(a.node, b.node)  # what is below has entries of its own
    return compare(a.node, b.node)


def _inside(path: str, other: str) -> bool:
    return path != other and (other == "" or path.startswith(other + "/"))
