"""What BuildKit lists of an input under a pattern, `--parents` or `--exclude`, in place of the digest of one tree.

The list holds files and headers of directories, in path order; a directory that is not taken itself comes in it once
something below it is.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TypeAlias

from layerscope.context.paths import files_below
from layerscope.context.tree import Directory, Link
from layerscope.graph.files.filesystem import Opaque, Tree, child_of, resolve
from layerscope.graph.files.inclusion import NOTHING_ABOVE, Above, Inclusion
from layerscope.graph.files.matches import MissingSource, UnknownGround, searched_directory, starts
from layerscope.graph.files.unknown_lists import SEARCHED, listed_of_unknown
from layerscope.graph.operations import Selector
from layerscope.values import Value

_HEADER = "header"  # the mark of an unknown directory of which the header alone counts


class ListedFile(Value):
    """One line of a list. name: what it counts by. whole: of a directory all below it counts, not its header alone.

    is_open: unknown ground, of which only a build knows how many lines it gives.
    """

    name: str
    node: Tree
    whole: bool = False
    is_open: bool = False


Listed: TypeAlias = Tree | tuple[ListedFile, ...]  # a tree where it is unknown ground, or counts by itself


def listed(root: Tree, selector: Selector) -> Listed:
    """What is listed of an input. Raises MissingSource and LinkLoopError."""
    listing = _Listing(root, selector)
    ground = root
    try:
        for path, node in starts(root, selector):
            ground = node
            listing.begin(path, node)
    except UnknownGround as unknown:
        if unknown.searched:
            return listed_of_unknown(unknown.node, selector)
        return Opaque(ground, mark=(SEARCHED, selector.path))
    return listing.end()


def listed_paths(root: Directory, selector: Selector) -> Iterator[tuple[str, Tree]]:
    """What is listed of files that are all known, by path; of a link that is followed, what it leads to.

    Of other directories the header alone is meant: what is listed of them has paths of its own.
    """
    listing = _Listing(root, selector)
    for path, node in starts(root, selector):
        listing.begin(path, node)
    for path, line in listing.lines:
        place = listing.followed.get(path, path)
        if line.whole and isinstance(line.node, Directory):
            yield from files_below(line.node, place)
        else:
            yield place, line.node


class _Listing:
    """The lines of a list as they are met, with their paths.

    waiting: headers of directories on the way, which are listed once something below them is. depth: directories on
    the way. followed: by the path of a link what it leads to.
    """

    def __init__(self, root: Tree, selector: Selector) -> None:
        self.root = root
        self.selector = selector
        self.inclusion = Inclusion.of(selector)
        self.start: str | None = None
        self.lines: list[tuple[str, ListedFile]] = []
        self.waiting: list[tuple[str, ListedFile]] = []
        self.depth = 0
        self.followed: dict[str, str] = {}

    def begin(self, path: str, node: Tree) -> None:
        """List the source, or a match of its pattern."""
        self.start = _listed_below(path, self.selector)
        self._add(path, "", node, NOTHING_ABOVE)

    def end(self) -> Listed:
        """The whole list. Raises MissingSource where the path that must be in it is not."""
        selector, lines = self.selector, self.lines
        if len(lines) == 1:
            path, line = lines[0]
            if line.is_open and path == selector.path:
                return line.node
            if posixpath.basename(path) == posixpath.basename(selector.path):
                return _single(line)
        if selector.required and not any(
            f"/{path}".startswith(selector.required) or line.is_open for path, line in lines
        ):
            raise MissingSource(selector.required[1:])
        return tuple([line for _, line in lines])

    def _add(self, path: str, below: str, node: Tree, above: Above) -> None:
        """What is at and below a path of the input; below: the same from where the patterns begin."""
        taken, handed = self.inclusion.takes(below, above)
        if isinstance(node, Directory):
            self._add_directory(path, below, node, taken, handed)
        elif isinstance(node, Opaque):
            self._add_unknown(path, below, node, taken, handed)
        elif taken and isinstance(node, Link) and not self.depth:
            # A link is followed only where no directory was met above it; else its text counts.
            self.followed[path], target = resolve(self.root, path)
            if target is None:
                raise MissingSource(path)
            self._take(path, self._line(path, below, target, whole=True))
        elif taken:
            self._take(path, self._line(path, below, node))

    def _add_directory(self, path: str, below: str, node: Directory, taken: bool, handed: Above) -> None:
        if not taken and not self.inclusion.may_take_below(below, handed):
            return
        self._enter(path, below, node, taken)
        for name in node.children:
            child = child_of(node, name)
            assert child is not None
            self._add(_join(path, name), _join(below, name), child, handed if path else NOTHING_ABOVE)
        self._leave(path)

    def _add_unknown(self, path: str, below: str, node: Opaque, taken: bool, handed: Above) -> None:
        inclusion = self.inclusion
        if inclusion.include is None:
            raise UnknownGround(node, searched=not below and not self.selector.wildcard)
        if not path:
            taken, handed = False, NOTHING_ABOVE
        if not taken and not inclusion.may_take_below(below, handed):
            return
        names = None if taken else inclusion.names_below(below)
        if names is None:
            if not inclusion.takes_all_below(taken):
                node = listed_of_unknown(node, self.selector, below, handed, taken=taken)
            self._take(path, self._line(path, below, node, whole=True, is_open=True))
            return
        self._enter(path, below, node, taken=False)
        for name in names:
            child = child_of(node, name)
            if child is not None:
                self._add(_join(path, name), _join(below, name), child, handed)
        self._leave(path)

    def _enter(self, path: str, below: str, node: Directory | Opaque, taken: bool) -> None:
        """Begin with what is below a directory; the root of an input has no line."""
        if not path:
            return
        header = self._line(path, below, _header(node))
        self.depth += 1
        if taken:
            self._take(path, header)
        else:
            self.waiting.append((path, header))

    def _leave(self, path: str) -> None:
        if path:
            self.depth -= 1
            if self.waiting and self.waiting[-1][0] == path:
                self.waiting.pop()

    def _take(self, path: str, line: ListedFile) -> None:
        self.lines += [*self.waiting, (path, line)]
        self.waiting.clear()

    def _line(self, path: str, below: str, node: Tree, *, whole: bool = False, is_open: bool = False) -> ListedFile:
        name = posixpath.basename(path) if self.start is None else f"{self.start}/{below}".rstrip("/") or "/"
        return ListedFile(name, node, whole, is_open)


def _listed_below(match: str, selector: Selector) -> str | None:
    """The path of a match below the searched directory, with a slash before it; None where it does not count."""
    if not selector.lists_paths:
        return None
    if not selector.wildcard:
        return ""
    depth = selector.path[len(searched_directory(selector)) :].lstrip("/").count("/") + 1
    return "/" + "/".join(match.split("/")[-depth:])


def _single(line: ListedFile) -> Listed:
    """Of a single match that is named as the pattern ends nothing but itself counts, as where its path is written."""
    if isinstance(line.node, Directory) and not line.whole:
        return (ListedFile("", line.node),)
    return line.node


def _header(node: Directory | Opaque) -> Tree:
    if isinstance(node, Directory):
        return node
    return node.header or Opaque(node.state, node.path, mark=(*node.mark, _HEADER))


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
