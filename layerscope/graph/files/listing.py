"""What BuildKit lists of an input under a pattern, `--parents` or `--exclude`, in place of the digest of one tree.

The list holds files and headers of directories, in path order; a directory that is not taken itself comes in it once
something below it is.
"""

from __future__ import annotations

import posixpath
from typing import TypeAlias

from layerscope.context.tree import Directory, Link
from layerscope.graph.files.filesystem import Opaque, Tree, child_of, resolve
from layerscope.graph.files.inclusion import NOTHING_ABOVE, Above, Inclusion
from layerscope.graph.files.matches import MissingSource, UnknownGround, starts
from layerscope.graph.files.unknown_lists import SEARCHED, listed_of_unknown
from layerscope.graph.operations import Selector
from layerscope.values import Value

_HEADER = "header"  # the mark of an unknown directory of which the header alone counts


class ListedFile(Value):
    """One line of a list. path: below the root of the input. whole: of a directory all below it counts, too.

    is_open: unknown ground, of which only a build knows how many lines it gives.
    """

    path: str
    node: Tree
    whole: bool = False
    is_open: bool = False

    @property
    def name(self) -> str:
        return posixpath.basename(self.path)


Listed: TypeAlias = Tree | tuple[ListedFile, ...]  # unknown ground is no list


def listed(root: Tree, selector: Selector) -> Listed:
    """What is listed of an input. Raises MissingSource and LinkLoopError."""
    listing = _Listing(root, selector)
    ground = root
    try:
        for path, node in starts(root, selector):
            ground = node
            listing.add(path, "", node, NOTHING_ABOVE)
    except UnknownGround as unknown:
        if unknown.searched:
            return listed_of_unknown(unknown.node, selector)
        return Opaque(ground, mark=(SEARCHED, selector.path))
    lines = listing.lines
    if len(lines) == 1 and lines[0].is_open and lines[0].path == selector.path:
        return lines[0].node
    return tuple(lines)


class _Listing:
    """The lines of a list as they are met.

    waiting: headers of directories on the way that are listed once something below them is. depth: directories on the
    way.
    """

    def __init__(self, root: Tree, selector: Selector) -> None:
        self.root = root
        self.selector = selector
        self.inclusion = Inclusion.of(selector)
        self.lines: list[ListedFile] = []
        self.waiting: list[ListedFile] = []
        self.depth = 0

    def add(self, path: str, below: str, node: Tree, above: Above) -> None:
        """List what is at and below a path of the input; below: the same from where the patterns begin."""
        taken, handed = self.inclusion.takes(below, above)
        if isinstance(node, Directory):
            self._add_directory(path, below, node, taken, handed)
        elif isinstance(node, Opaque):
            self._add_unknown(path, below, node, taken, handed)
        elif taken and isinstance(node, Link) and not self.depth:
            # A link is followed only where no directory was met above it; else its text counts.
            _, target = resolve(self.root, path)
            if target is None:
                raise MissingSource(path)
            self._take(ListedFile(path, target, whole=True))
        elif taken:
            self._take(ListedFile(path, node))

    def _add_directory(self, path: str, below: str, node: Directory, taken: bool, handed: Above) -> None:
        if not taken and not self.inclusion.may_take_below(below, handed):
            return
        self._enter(path, node, taken)
        for name in node.children:
            child = child_of(node, name)
            assert child is not None
            self.add(_join(path, name), _join(below, name), child, handed if path else NOTHING_ABOVE)
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
            whole = taken and inclusion.takes_all_below(taken)
            shown = node if whole else listed_of_unknown(node, self.selector, below, handed, taken=taken)
            self._take(ListedFile(path, shown, whole=True, is_open=True))
            return
        self._enter(path, node, taken=False)
        for name in names:
            child = child_of(node, name)
            if child is not None:
                self.add(_join(path, name), _join(below, name), child, handed)
        self._leave(path)

    def _enter(self, path: str, node: Directory | Opaque, taken: bool) -> None:
        """Begin with what is below a directory; the root of an input has no line."""
        if not path:
            return
        self.depth += 1
        header = ListedFile(path, _header(node))
        if taken:
            self._take(header)
        else:
            self.waiting.append(header)

    def _leave(self, path: str) -> None:
        if path:
            self.depth -= 1
            if self.waiting and self.waiting[-1].path == path:
                self.waiting.pop()

    def _take(self, line: ListedFile) -> None:
        self.lines += self.waiting
        self.waiting.clear()
        self.lines.append(line)


def _header(node: Directory | Opaque) -> Tree:
    if isinstance(node, Directory):
        return node
    return node.header or Opaque(node.state, node.path, mark=(*node.mark, _HEADER))


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
