"""What a BuildKit client sends of a context: the paths that the build's steps name, and where links lead from there.

A step can find only what some step of the build has asked for: a link whose target nothing names arrives dangling,
and the directory of a pattern that matches nothing does not arrive at all. The names go through moby/patternmatcher, as
lines of an ignore file do: one that begins with `!` asks for nothing, and blanks around a name are lost.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from layerscope.context.globs import glob_regex, has_wildcard
from layerscope.context.paths import clean, lookup
from layerscope.context.patterns import Pattern, PatternError
from layerscope.context.tree import Directory, Link, Node

_Patterns = list[list[str]]  # each as its path elements
_BLANKS = "\t\n\v\f\r \x85\xa0"  # those that Go trims, of one byte or two


def asked_for(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths and patterns of steps as `sent` takes them."""
    asked = tuple([clean(path) for path in paths])
    return ("",) if "" in asked else asked


def sent(root: Directory, asked: tuple[str, ...]) -> Directory:
    """The part of the context (ignore rules applied) that the paths and patterns of all steps ask for.

    A tree of which everything is asked for is given back as it is; whole directories are shared. Raises PatternError
    for a path that the client refuses.
    """
    if "" in asked:
        return root
    followed = _Followed(root)
    for path in asked:
        followed.add(path)
    if "." in followed.paths:
        return root
    by_element: _Patterns = []
    anywhere: list[Pattern] = []
    for pattern in _asked_for(sorted(followed.paths)):
        if _is_expression(pattern.text):
            anywhere.append(pattern)
        else:
            by_element.append(pattern.text.split("/"))
    return _picked(root, "", by_element, anywhere)


def _asked_for(paths: list[str]) -> list[Pattern]:
    """The patterns of what is asked for; of those that begin with `!` nothing is left, as they sort before the rest."""
    try:
        patterns = [Pattern(text) for path in paths if (text := path.strip(_BLANKS))]
    except PatternError as error:
        raise PatternError(f"invalid includepatterns: {error}") from None
    return [pattern for pattern in patterns if not pattern.negated]


def _is_expression(pattern: str) -> bool:
    """Whether it means something else to the client, which holds it against whole paths, than to COPY."""
    return "**" in pattern or "[" in pattern or "\\" in pattern or ("^" in pattern and has_wildcard(pattern))


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


def _picked(directory: Directory, path: str, by_element: _Patterns, anywhere: list[Pattern]) -> Directory:
    """What the patterns pick below a directory. path: its own; by_element: what is left of patterns that led here."""
    kept: dict[str, Node] = {}
    if anywhere or any(has_wildcard(pattern[0]) for pattern in by_element):
        names: Iterable[str] = directory.children
    else:
        names = sorted({pattern[0] for pattern in by_element} & directory.children.keys())
    # A generated Dockerfile may name thousands of paths: those without special characters are found by name.
    by_name: dict[str, _Patterns] = {}
    globs: _Patterns = []
    for pattern in by_element:
        if has_wildcard(pattern[0]):
            globs.append(pattern)
        else:
            by_name.setdefault(pattern[0], []).append(pattern[1:])
    for name in names:
        child = directory.children[name]
        here = posixpath.join(path, name)
        below = by_name.get(name, []) + [rest for first, *rest in globs if glob_regex(first).match(name)]
        if any(not rest for rest in below) or any(pattern.matches(here) for pattern in anywhere):
            kept[name] = child
        elif isinstance(child, Directory):
            further = [pattern for pattern in anywhere if pattern.may_match_below(here)]
            picked = _picked(child, here, below, further) if below or further else None
            if picked is not None and picked.children:
                kept[name] = picked
    return Directory(directory.mode, children=kept)
