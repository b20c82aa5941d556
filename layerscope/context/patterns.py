"""Patterns of ignore files and of `--exclude`, with moby/patternmatcher's own rules.

They are close to Go's path.Match, not to .gitignore: matched from the root, `**` for any number of elements, the
last matching line wins, a matched directory takes all below it along.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from layerscope.context.expressions import translated
from layerscope.context.globs import check_glob
from layerscope.context.tree import Directory, cleaned

IGNORE_FILE = ".dockerignore"
_DIRECTORIES_KEPT = 500
_BEFORE_WILDCARD = re.compile(r"[^*?\[\\]*")


class PatternError(ValueError):
    """A pattern the builder refuses."""


class Pattern:
    """One line: `text` is the cleaned pattern without its `!`; `line` is where it stands (1-based, 0 if nowhere)."""

    def __init__(self, text: str, line: int = 0) -> None:
        self.line = line
        self.source = text
        pattern = cleaned(text)
        self.negated = pattern.startswith("!")
        if self.negated:
            pattern = pattern[1:]
            if not pattern:
                raise PatternError('illegal exclusion pattern: "!"')
        self.text = pattern
        if not check_glob(pattern):
            raise PatternError(f'syntax error in pattern "{text}"')

    @property
    def beginning(self) -> str:
        """The text that every path it matches begins with."""
        return _BEFORE_WILDCARD.match(self.text)[0]  # type: ignore[index]

    @property
    def is_open(self) -> bool:
        """Whether it matches more than the very path it says."""
        return self.beginning != self.text

    def may_match_below(self, path: str) -> bool:
        """Whether it can match something below a directory."""
        start = path + "/"
        return self.beginning.startswith(start) or (self.is_open and start.startswith(self.beginning))

    @cached_property
    def matches(self) -> Callable[[str], bool]:
        """Whether the pattern matches this very path (parents are the caller's business)."""
        try:
            kind, expression = translated(self.text)
        except re.error:
            raise PatternError(f'syntax error in pattern "{self.source}"') from None
        if kind == "exact":
            text = self.text
            return lambda path: path == text
        if kind == "prefix":
            prefix = self.text[:-2]
            return lambda path: path.startswith(prefix)
        if kind == "suffix":
            suffix = self.text[2:]
            bare = suffix[1:] if suffix.startswith("/") else None
            return lambda path: path.endswith(suffix) or path == bare
        try:
            regex = re.compile(expression)
        except re.error:
            raise PatternError(f'syntax error in pattern "{self.source}"') from None
        return lambda path: regex.match(path) is not None


class _Reach:
    """Where patterns can match: names anywhere (`**/*.o`), one level only (`src/*.o`), or anywhere at all."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.names: list[Pattern] = []
        self.levels: dict[int, list[Pattern]] = {}
        self.anywhere: list[Pattern] = []
        for pattern in patterns:
            text = pattern.text
            name = text.removeprefix("**").removeprefix("/") if text.startswith("**") else text
            if "**" in name or "[" in name or "\\" in name or not name:
                self.anywhere.append(pattern)  # a class or an escape may stand for a `/`
            elif name == text:
                self.levels.setdefault(text.count("/"), []).append(pattern)
            elif "/" in name:
                self.anywhere.append(pattern)
            else:
                self.names.append(pattern)


class _Names(dict[str, bool]):
    """Whether one of the patterns matches a name, found once for each: names recur in a tree."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        super().__init__()
        self._matches = [pattern.matches for pattern in patterns]

    def __missing__(self, name: str) -> bool:
        found = self[name] = any(matches(name) for matches in self._matches)
        return found


class _Entries(dict[str, bool]):
    """Whether an entry of one directory is excluded, by its name or by its whole path."""

    def __init__(self, path: str, names: Mapping[str, bool], whole: Sequence[Callable[[str], bool]]) -> None:
        super().__init__()
        self._start, self._names, self._whole = path + "/" if path else "", names, whole

    def __missing__(self, name: str) -> bool:
        path = self._start + name
        found = self[name] = self._names[name] or any(matches(path) for matches in self._whole)
        return found


class PatternList:
    """An ordered list of patterns, asked per path with what was found for its parent.

    text: the whole ignore file that they are from.
    """

    def __init__(self, patterns: Iterable[Pattern] = (), text: str = "") -> None:
        self.patterns = tuple(patterns)
        self.text = text
        self.has_negations = any(pattern.negated for pattern in self.patterns)
        self.token: tuple[str, ...] = tuple(
            ("!" if pattern.negated else "") + pattern.text for pattern in self.patterns
        )

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def ends_above(self, level: int) -> bool:
        """Whether no pattern can match at this number of directories below the root, or deeper."""
        reach = self._reach
        return not (self.has_negations or reach.names or reach.anywhere) and max(reach.levels, default=-1) < level

    def excluded_in(self, path: str) -> Mapping[str, bool]:
        """Whether an entry is excluded, by its name, in a directory that is not excluded itself.

        Only for lists that re-include nothing.
        """
        reach = self._reach
        if "\n" in path:  # no directory's name that holds one is passed by `**`
            return _Entries(path, _Names(()), [pattern.matches for pattern in self.patterns])
        level = path.count("/") + 1 if path else 0
        whole = (*reach.levels.get(level, ()), *reach.anywhere)
        if not whole:
            return self._by_name
        found = self._by_path.get(path)
        if found is None:
            if len(self._by_path) >= _DIRECTORIES_KEPT:
                self._by_path.clear()
            found = self._by_path[path] = _Entries(path, self._by_name, [pattern.matches for pattern in whole])
        return found

    def may_include_below(self, path: str) -> bool:
        """Whether a pattern can re-include something below an excluded directory."""
        return any(pattern.negated and pattern.may_match_below(path) for pattern in self.patterns)

    def entered(self, directory: Directory, path: str) -> Directory | None:
        """What is sent of an excluded directory that was entered: it, for the sake of what is re-included below it.

        directory: what is left of it; path: where it lies.
        """
        return directory if directory.children else None

    def walked(self, root: Directory) -> PatternList:
        """The rules by which a client walks through this very context."""
        return self

    def left(self, seen: Directory) -> Directory:
        """The context that a builder has in the end, of what the walk has left."""
        return seen

    @cached_property
    def _reach(self) -> _Reach:
        return _Reach(self.patterns)

    @cached_property
    def _by_path(self) -> dict[str, _Entries]:
        """For those that are asked again: a history's commits have most directories in common."""
        return {}

    @cached_property
    def _by_name(self) -> Mapping[str, bool]:
        return _Names(self._reach.names)

    def match(self, path: str, parent: tuple[bool, ...] | None) -> tuple[bool, tuple[bool, ...]]:
        """Whether `path` is excluded, and the per-pattern result to hand down to its children.

        parent: the result of the directory above, None at the root.
        """
        matched = False
        results: list[bool] = []
        for index, pattern in enumerate(self.patterns):
            hit = parent[index] if parent is not None else False
            if not hit:
                if pattern.negated != matched:
                    results.append(False)
                    continue
                hit = pattern.matches(path)
            results.append(hit)
            if hit:
                matched = not pattern.negated
        return matched, tuple(results)

    def deciding(self, path: str) -> Pattern | None:
        """The pattern that decided about a path (the last that matched it or a parent), None if none did."""
        parts = path.split("/")
        prefixes = ["/".join(parts[: i + 1]) for i in range(len(parts))]
        decided: Pattern | None = None
        matched = False
        for pattern in self.patterns:
            if pattern.negated == matched and any(pattern.matches(prefix) for prefix in prefixes):
                matched, decided = not pattern.negated, pattern
        return decided


def parse_ignore_file(content: bytes, file: str) -> PatternList:
    """The patterns of a `.dockerignore`. Raises PatternError with the line at fault in its text.

    `#` in column 0 is a comment, blanks around a line do not count, a leading `/` means the root anyway.
    """
    text = content.decode("utf-8", "surrogateescape")
    patterns: list[Pattern] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.startswith("#"):
            continue
        pattern = line.strip()
        if not pattern:
            continue
        bang = pattern.startswith("!")
        if bang:
            pattern = pattern[1:].strip()
        if pattern:
            pattern = posixpath.normpath(pattern)
            if pattern.startswith("/"):
                pattern = pattern.lstrip("/") if len(pattern) > 1 else pattern
        try:
            patterns.append(Pattern(("!" if bang else "") + pattern, number))
        except PatternError as error:
            raise IgnoreFileError(str(error), file, number) from None
    return PatternList(patterns, text)


class IgnoreFileError(PatternError):
    """A line of an ignore file that the builder refuses."""

    def __init__(self, message: str, file: str, line: int) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
