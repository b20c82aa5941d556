"""What an operation reads of an input: the files a selector picks, comparable with what was read before."""

from __future__ import annotations

import operator
import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from layerscope.context.globs import glob_regex, has_wildcard
from layerscope.context.patterns import Pattern, PatternList
from layerscope.context.tree import Directory, Link
from layerscope.graph.files.filesystem import LISTED, Match, Opaque, Tree, child_of, compare, compare_headers, resolve
from layerscope.graph.operations import Selector
from layerscope.values import Value


class MissingSource(ValueError):  # noqa: N818
    """A source path without wildcards that is not there: the builder fails while it computes the key."""

    def __init__(self, path: str) -> None:
        super().__init__(f'"/{path}": not found')
        self.path = path


class ListedFile(Value):
    """One line of a list of matches. name: what it counts by. whole: of a directory all below it, not its header."""

    name: str
    node: Tree
    whole: bool = False


Part: TypeAlias = Tree | tuple[ListedFile, ...]  # of a plain path; of a pattern


class Content(Value):
    """The files of all selectors of one input."""

    parts: tuple[Part, ...]


def select(root: Tree, selectors: tuple[Selector, ...]) -> Content:
    """The content of an input under its `counted` selectors. Raises MissingSource and LinkLoopError."""
    return Content(tuple([_listed(root, s) if s.lists else _plain(root, s.path) for s in selectors]))


def counted(selectors: tuple[Selector, ...]) -> tuple[Selector, ...]:
    """Those that count, in order: a plain path below another one says nothing more."""
    ordered = sorted(set(selectors), key=lambda s: (s.path, s.wildcard))
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
        return all(_same_modes(ours.node, theirs.node) for ours, theirs in zip(a, b, strict=True))
    if not isinstance(a, Directory) or not isinstance(b, Directory):
        return True
    return a.mode == b.mode and all(_same_modes(a.children[name], b.children.get(name)) for name in a.children)


def _compare_parts(a: Part, b: Part) -> Match:
    if isinstance(a, tuple) and isinstance(b, tuple):
        if [entry.name for entry in a] != [entry.name for entry in b]:
            return Match.NO
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


def _plain(root: Tree, path: str) -> Tree:
    """What is at a plain path of a selector."""
    node = root.below(path) if isinstance(root, Opaque) else None
    if node is None:
        _, node = resolve(root, path)
    if node is None:
        raise MissingSource(path)
    return node


def _listed(root: Tree, selector: Selector) -> Part:
    matches, unknown = matched_paths(root, selector)
    excludes = PatternList(Pattern(text) for text in selector.exclude)
    includes = PatternList(Pattern(text) for text in selector.include)
    if unknown is not None:
        listed = _only_listed(unknown, selector, excludes)
        kind = "searched" if listed is None else LISTED
        return Opaque(listed or unknown, mark=(kind, selector.path, selector.exclude, selector.include))
    found: list[tuple[str, ListedFile]] = []  # by their paths
    for path, node in matches:
        # A match is asked for, too, under the path "" (`*` and `**` exclude it), but the root of an input is not.
        above = excludes.match("", None) if path else (False, None)
        listed_below = _listed_below(path, selector)
        directories: set[str] = set()  # as paths below the match, excluded ones too
        for below, entry, known in _entries(node, ""):
            if not known:
                ground = node if isinstance(node, Opaque | Directory) else "file"
                return Opaque(ground, mark=("searched", selector.path))
            full = posixpath.join(path, below) if below else path
            if not full:
                continue  # the root of an input has no entry of its own
            followed = isinstance(entry, Link) and not _has_directory_above(directories, below)
            if isinstance(entry, Directory):
                directories.add(below)
            if excludes and (_excluded(excludes, below, above[1]) if below else above[0]):
                continue
            if includes and below and not _included(includes, below, entry):
                continue
            name = posixpath.basename(full) if listed_below is None else posixpath.join(listed_below or "/", below)
            if followed:
                _, target = resolve(root, full)
                if target is None:
                    raise MissingSource(full)
                found.append((full, ListedFile(name, target, whole=True)))
            else:
                found.append((full, ListedFile(name, entry)))
    if len(found) == 1 and posixpath.basename(found[0][0]) == posixpath.basename(selector.path):
        return _single(found[0][1])
    return tuple([listed for _, listed in found])


def _listed_below(match: str, selector: Selector) -> str | None:
    """The path of a match below the searched directory, with a slash before it; None where it does not count."""
    if not selector.lists_paths:
        return None
    if not selector.wildcard:
        return ""
    depth = selector.path[len(searched_directory(selector)) :].lstrip("/").count("/") + 1
    return "/" + "/".join(match.split("/")[-depth:])


def _single(listed: ListedFile) -> Part:
    """Of a single match that is named as the pattern ends nothing but itself counts, as where its path is written."""
    if isinstance(listed.node, Directory) and not listed.whole:
        return (ListedFile("", listed.node),)
    return listed.node


def _only_listed(unknown: Tree, selector: Selector, excludes: PatternList) -> Opaque | None:
    """Unknown ground with those of the files that steps put there which come in a list of it; None if that is hard."""
    if not isinstance(unknown, Opaque) or selector.include or excludes.has_negations:
        return None
    if (selector.wildcard or not selector.path) and any(isinstance(node, Link) for node in unknown.overlay.values()):
        return None  # it is followed, to what may not be listed itself
    if not selector.wildcard:
        above = excludes.match("", None)[1] if selector.path else None
        listed = _kept(unknown, "", lambda path: not (excludes and _excluded(excludes, path, above)))
        has_entry = selector.path and not excludes.match("", None)[0]
        return listed if has_entry else listed.with_header(None)
    if excludes or posixpath.dirname(selector.path) != searched_directory(selector):
        return None
    pattern = glob_regex(posixpath.basename(selector.path))
    return _kept(unknown, "", lambda path: pattern.match(path.partition("/")[0]) is not None).with_header(None)


def _kept(node: Opaque, path: str, is_kept: Callable[[str], bool]) -> Opaque:
    overlay = _kept_children(node.overlay, path, is_kept)
    return Opaque(node.state, node.path, overlay, node.mark, node.from_image, node.header)


def _kept_children(children: Mapping[str, Tree], path: str, is_kept: Callable[[str], bool]) -> dict[str, Tree]:
    kept: dict[str, Tree] = {}
    for name, child in children.items():
        below = posixpath.join(path, name)
        if not is_kept(below):
            continue
        if isinstance(child, Opaque):
            kept[name] = _kept(child, below, is_kept)
        elif isinstance(child, Directory):
            # As of any directory here, `compare` and `child_of` alone look inside.
            inside = _kept_children(child.children, below, is_kept)
            kept[name] = child.with_children(inside)  # type: ignore[arg-type]
        else:
            kept[name] = child
    return kept


def _has_directory_above(directories: set[str], path: str) -> bool:
    """A link is followed only where no directory above it was met; else its text counts."""
    while path:
        path = posixpath.dirname(path)
        if path in directories:
            return True
    return False


def matched_paths(root: Tree, selector: Selector) -> tuple[list[tuple[str, Tree]], Tree | None]:
    """The paths a selector's pattern matches, in order, links followed; or the unknown ground it would search."""
    if not has_wildcard(selector.path):
        node = _plain(root, selector.path)
        return [(selector.path, node)], node if isinstance(node, Opaque) else None
    searched = searched_directory(selector)
    parts = selector.path[len(searched) :].lstrip("/").split("/")
    start, begun = resolve(root, searched)
    if begun is None:
        return [], None
    matches: list[tuple[str, Tree]] = []
    frontier: list[tuple[str, Tree]] = [(start, begun)]
    for part in parts:
        regex = glob_regex(part)
        following: list[tuple[str, Tree]] = []
        for path, directory in frontier:
            if isinstance(directory, Opaque):
                return [], directory
            if isinstance(directory, Directory):
                following += [
                    (posixpath.join(path, name), child)
                    for name, child in directory.children.items()
                    if regex.match(name)
                ]
        frontier = following
    for path, _ in frontier:
        target, reached = resolve(root, path)
        if reached is None:
            raise MissingSource(target)
        matches.append((path, reached))
    return matches, None


def searched_directory(selector: Selector) -> str:
    """The directory in which a pattern begins to match; "" is the root, and where there is no pattern."""
    prefix: list[str] = []
    for part in selector.path.split("/") if selector.wildcard else ():
        if has_wildcard(part):
            break
        prefix.append(part)
    return "/".join(prefix)


def _entries(node: Tree, path: str) -> Iterator[tuple[str, Tree, bool]]:
    yield path, node, not isinstance(node, Opaque)
    if isinstance(node, Directory):
        for name in node.children:
            child = child_of(node, name)
            assert child is not None
            yield from _entries(child, posixpath.join(path, name))


def _excluded(patterns: PatternList, path: str, result: tuple[bool, ...] | None = None) -> bool:
    excluded = False
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        excluded, result = patterns.match("/".join(parts[:end]), result)
    return excluded


def _included(patterns: PatternList, path: str, node: Tree) -> bool:
    if _excluded(patterns, path):
        return True
    return isinstance(node, Directory) and any(pattern.text.startswith(path + "/") for pattern in patterns.patterns)
