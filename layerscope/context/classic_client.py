"""How the classic builder's client walks through a context, and what its engine takes out of the archive it is sent.

The client enters an ignored directory only where the text of an exception begins with its name: `!**/*.py` leads
nowhere. An ignored Dockerfile and `.dockerignore` are sent all the same; the engine, which reads `.dockerignore` in the
archive, removes them again.
"""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.context.paths import followed, with_entries
from layerscope.context.patterns import IGNORE_FILE, Pattern, PatternList
from layerscope.context.tree import IMPLIED_MODE, Directory, EditedFile, File, ImpliedDirectory, Node


class ClassicRules(PatternList):
    """The rules of a `.dockerignore` as the classic client takes them.

    dockerfile: its path in the context, links followed; None where it comes from elsewhere, so that the client sends it
    under a random name, which it writes into `.dockerignore`.
    """

    def __init__(self, patterns: Iterable[Pattern] = (), text: str = "", dockerfile: str | None = None) -> None:
        super().__init__(patterns, text)
        self._dockerfile = dockerfile
        self._walks: dict[frozenset[str], PatternList] = {}

    @property
    def sends_dockerfile(self) -> bool:
        """Whether the engine finds the Dockerfile in the archive."""
        path = self._dockerfile
        if path is None or not _is_ignored(self, path):
            return True
        # An exception with its name is added, which is a pattern like any other.
        return _is_ignored_for_client(self.patterns, path) and Pattern(path).matches(path)

    def walked(self, root: Directory) -> PatternList:
        removed = self._removed(root)
        if removed not in self._walks:
            self._walks[removed] = _Walk(self, self._dockerfile, removed)
        return self._walks[removed]

    def _removed(self, root: Directory) -> frozenset[str]:
        """What the engine removes; a link to the ignore file it follows inside the archive alone."""
        dockerfile = self._dockerfile
        there, node = followed(root, IGNORE_FILE)
        if not isinstance(node, File) or (there != IGNORE_FILE and _is_excluded(self, there)):
            return frozenset()
        removed = {there} if _is_excluded(self, IGNORE_FILE) else set()
        return frozenset(
            removed if dockerfile is None or not _is_excluded(self, dockerfile) else {*removed, dockerfile}
        )


class _Walk(PatternList):
    """The rules on one context. removed: what the engine takes out again."""

    def __init__(self, rules: PatternList, dockerfile: str | None, removed: frozenset[str]) -> None:
        super().__init__(rules.patterns, rules.text)
        self._dockerfile, self._removed = dockerfile, removed
        self._sent = frozenset({IGNORE_FILE} if dockerfile is None else {IGNORE_FILE, dockerfile}) - removed
        self._excepted = [pattern.text for pattern in self.patterns if pattern.negated]
        if dockerfile is not None and _is_ignored_for_client(self.patterns, dockerfile):
            self._excepted.append(dockerfile)
        self.has_negations = self.has_negations or bool(self._excepted)
        self.token = ("classic", dockerfile or "", *sorted(removed), "", *self.token)

    def match(self, path: str, parent: tuple[bool, ...] | None) -> tuple[bool, tuple[bool, ...]]:
        excluded, result = super().match(path, parent)
        return (path in self._removed or (excluded and path not in self._sent)), result

    def may_include_below(self, path: str) -> bool:
        return any(f"{text}/".startswith(f"{path}/") for text in self._excepted)

    def entered(self, directory: Directory, path: str) -> Directory | None:
        # A directory that held nothing but a Dockerfile which was removed stays.
        if not directory.children and not any(removed.startswith(f"{path}/") for removed in self._removed):
            return None
        return ImpliedDirectory(IMPLIED_MODE, children=directory.children)

    def left(self, seen: Directory) -> Directory:
        if self._dockerfile is not None or not isinstance(seen.children.get(IGNORE_FILE), File):
            return seen
        return with_entries(seen, {IGNORE_FILE: _with_a_random_name(seen.children[IGNORE_FILE])})


def engine_rules(rules: PatternList, dockerfile: str | None) -> PatternList:
    """The rules for a context that is sent as an archive: nothing is ignored; the engine removes what it has read."""
    read = [path for path in (IGNORE_FILE, dockerfile) if path is not None and _is_excluded(rules, path)]
    lines = [decided.line for path in read if (decided := rules.deciding(path)) is not None]
    return PatternList([Pattern(_literal(path), line) for path, line in zip(read, lines, strict=True)], rules.text)


def _is_ignored(rules: PatternList, path: str) -> bool:
    """Whether the walk leaves a path out, which hands down what it found for each parent."""
    excluded, result = False, None
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        excluded, result = rules.match("/".join(parts[:end]), result)
    return excluded


def _is_excluded(rules: PatternList, path: str) -> bool:
    decided = rules.deciding(path)
    return decided is not None and not decided.negated


def _is_ignored_for_client(patterns: tuple[Pattern, ...], path: str) -> bool:
    """Whether the client takes the Dockerfile for ignored: it holds one parent of it against a pattern, no more."""
    parents = path.split("/")[:-1]
    ignored = False
    for pattern in patterns:
        if pattern.negated == ignored:
            elements = pattern.text.count("/") + 1
            above = elements <= len(parents) and pattern.matches("/".join(parents[:elements]))
            if above or pattern.matches(path):
                ignored = not ignored
    return ignored


def _literal(path: str) -> str:
    return "".join(f"\\{char}" if char in "*?[\\" else char for char in path)


def _with_a_random_name(node: Node) -> EditedFile:
    import secrets

    assert isinstance(node, File)
    return EditedFile(node.mode, None, digest=f"random:{secrets.token_hex(16)}")
