"""The causes that files are: a path in a context, git's own files, or the ignore rules that let others through."""

from __future__ import annotations

from layerscope.analysis.cause import Cause, FileCause, GitCause, IgnoreCause
from layerscope.analysis.file_parts import FilePart, part_of
from layerscope.analysis.side import Side
from layerscope.context.paths import GIT_FOLDER, is_of_git, lookup
from layerscope.context.place import PatchedPlace, RevisionPlace
from layerscope.context.tree import Node, same

KnownFiles = dict[tuple[str, str], Cause]  # by context and path


class FileCauses:
    """Answers for the paths of one after build: one value for each, however many steps name it."""

    def __init__(self, before: Side, after: Side, *, parts: bool, known: KnownFiles | None = None) -> None:
        """parts, known: as `Causes` takes them."""
        self.before = before
        self.after = after
        self.parts = parts
        # Rules that are the same let the same through of trees that hold everything.
        self._same_rules = before.ignore.token == after.ignore.token and before.whole and after.whole
        self._known = known if known is not None and self._same_rules and not parts else {}

    def cause(self, path: str, context: str) -> Cause:
        """Of a path that differs. context: the name of a named one, "" for the main one."""
        found = self._known.get((context, path))
        if found is None:
            found = self._known[context, path] = self._cause(path, context)
        return found

    def _cause(self, path: str, context: str) -> Cause:
        if context:
            told = self._told_of_git(path) if is_of_git(path) else path
            return FileCause(told, self._named_part(told, context), context, self._folder(context))
        if is_of_git(path):
            return self._of_git(path)
        rules = self.after.ignore_file or self.before.ignore_file
        part: FilePart | None = None
        if self.parts or not self._same_rules:
            was, now = lookup(self.before.tree, path), lookup(self.after.tree, path)
            if rules and not self._same_rules and self._ruled_out(path, was, now):
                return IgnoreCause(rules)
            part = part_of(was, now) if self.parts else None
        return FileCause(path, part)

    def told(self, path: str) -> str:
        """How a path of the main context is told: of a `.git` that was not read, all files are one."""
        return self._told_of_git(path) if is_of_git(path) else path

    def _told_of_git(self, path: str) -> str:
        return GIT_FOLDER if any(_has_git_of_commit(side) for side in (self.before, self.after)) else path

    def _of_git(self, path: str) -> Cause:
        told = self.told(path)
        rules = self.after.ignore_file or self.before.ignore_file
        was, now = lookup(self.before.tree, told), lookup(self.after.tree, told)
        if rules and not self._same_rules:
            # Commits change it, too, but where rules keep it out of one of both sides that alone counts.
            one_sided = _ignores(self.before, path) != _ignores(self.after, path)
            if one_sided or self._ruled_out(path, was, now):
                return IgnoreCause(rules)
        return GitCause(told, part_of(was, now) if self.parts else None)

    def _ruled_out(self, path: str, was: Node | None, now: Node | None) -> bool:
        """Whether the ignore rules and not the file itself are what differs."""
        if was is not None and now is not None and same(was, now):
            return True
        # What a snapshot's rules keep out is not in it, so whether the file was there nobody can tell.
        sides = ((self.before, was), (self.after, now))
        return any(node is None and not side.whole and _ignores(side, path) for side, node in sides)

    def _folder(self, context: str) -> str | None:
        """Where a named context lies, as it was said."""
        given = self.after.options.named_contexts.get(context)
        return given.path if given is not None and given.path else None

    def _named_part(self, path: str, context: str) -> FilePart | None:
        if not self.parts:
            return None
        sides = (self.before, self.after)
        trees = [named.tree if (named := side.options.named_contexts.get(context)) else None for side in sides]
        was, now = (None if tree is None else lookup(tree, path) for tree in trees)
        return part_of(was, now)


def _has_git_of_commit(side: Side) -> bool:
    """Whether what it has of git's own folder is what git knows of a commit, and not what lies there."""
    return isinstance(side.place, RevisionPlace | PatchedPlace)


def _ignores(side: Side, path: str) -> bool:
    decided = side.ignore.deciding(path)
    return decided is not None and not decided.negated
