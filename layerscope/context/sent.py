"""What a BuildKit client sends of a context: the paths that the build's steps name, and where links lead from there.

A step can find only what some step of the build has asked for: a link whose target nothing names arrives dangling,
and the directory of a pattern that matches nothing does not arrive at all.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from layerscope.context.globs import glob_regex, has_wildcard
from layerscope.context.tree import Directory, Link, Node, clean, lookup

_Patterns = list[list[str]]  # each as its path elements


def sent(root: Directory, paths: Iterable[str]) -> Directory:
    """The part of the context (ignore rules applied) that the paths and patterns of all steps ask for.

    A tree of which everything is asked for is given back as it is; whole directories are shared.
    """
    asked = [clean(path) for path in paths]
    if "" in asked:
        return root
    followed = _Followed(root)
    for path in asked:
        followed.add(path)
    if "." in followed.paths:
        return root
    return _picked(root, [path.split("/") for path in sorted(followed.paths)])


class _Followed:
    """Paths with the targets of the links on them; no link is followed below what a wildcard matched."""

    def __init__(self, root: Directory) -> None:
        self.root = root
        self.paths: set[str] = set()

    def add(self, path: str) -> None:
        current = ""
        rest = clean(path)
        while True:
            part, _, rest = rest.partition("/")
            current = posixpath.join(current, part)
            targets = self._targets(current)
            if targets or not rest:
                if (current or ".") in self.paths:
                    return
                self.paths.add(current or ".")
                for target in targets:
                    self.add(posixpath.join(target, rest))
                return

    def _targets(self, path: str) -> list[str]:
        folder, name = posixpath.split(path)
        if has_wildcard(name):
            node = lookup(self.root, folder)
            if not isinstance(node, Directory):
                return []
            regex = glob_regex(name)
            links = [(posixpath.join(folder, n), child) for n, child in node.children.items() if regex.match(n)]
        else:
            links = [(path, found)] if (found := lookup(self.root, path)) is not None else []
        return [posixpath.join(posixpath.dirname(at), link.target) for at, link in links if isinstance(link, Link)]


def _picked(directory: Directory, patterns: _Patterns) -> Directory:
    kept: dict[str, Node] = {}
    if any(has_wildcard(pattern[0]) for pattern in patterns):
        names: Iterable[str] = directory.children
    else:
        names = sorted({pattern[0] for pattern in patterns} & directory.children.keys())
    # A generated Dockerfile may name thousands of paths: those without special characters are found by name.
    by_name: dict[str, _Patterns] = {}
    globs: _Patterns = []
    for pattern in patterns:
        if "\\" in pattern[0] or has_wildcard(pattern[0]):
            globs.append(pattern)
        else:
            by_name.setdefault(pattern[0], []).append(pattern[1:])
    for name in names:
        child = directory.children[name]
        below = by_name.get(name, []) + [rest for first, *rest in globs if glob_regex(first).match(name)]
        if any(not rest for rest in below):
            kept[name] = child
        elif below and isinstance(child, Directory):
            picked = _picked(child, below)
            if picked.children:
                kept[name] = picked
    return Directory(directory.mode, children=kept)
