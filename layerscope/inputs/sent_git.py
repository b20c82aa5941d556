"""What builds are sent of git's own folder: of one revision or after a diff, and at each commit of a history."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property

from layerscope.analysis.edited_side import named_directories
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.git.folder import CommittedFolder, of_other_commit
from layerscope.context.git.revision import is_checked_out
from layerscope.context.paths import GIT_FOLDER, lookup, with_entries
from layerscope.context.tree import Directory, Node
from layerscope.context.visible import visible
from layerscope.graph.options import NamedContext
from layerscope.inputs.choice import Choice
from layerscope.values import replace

_NAMED = re.compile(r"(?<!\w)\.git(?![\w-])")  # as a path, and not as the end of an address
_DIFFERS = "all of it is taken to differ, but config, description, hooks and info"
_IS_EQUAL = "both sides are of one commit, so it is taken as equal, though git may rewrite its index"


def without_git(side: Side) -> Side:
    """The side as a clean export or a Git context has it: what git keeps of itself is not there."""
    return _with_git(side, named_directories(side), lambda _: None)


def sends_git(*sides: Side, top: str | None) -> bool:
    """Whether one of some sides sends git's own folder; a worktree has a file there, the same for all commits.

    top: of the repository, whose folder a named context sends that is all of it; None where there is none.
    """
    sent = (tree for side in sides for tree in (side.sent, *(given.tree for given in _whole(side, top).values())))
    return any(tree is not None and isinstance(lookup(tree, GIT_FOLDER), Directory) for tree in sent)


def with_git_of_revision(side: Side, working: Side, top: str, commit: str) -> Side:
    """The side of a commit, held against the working tree. top: the repository's."""
    if not sends_git(side, working, top=top):
        return side
    if is_checked_out(top, commit):
        return _assuming(side, _IS_EQUAL)
    return _assuming(_with_other_git(side, commit, top), f"between two commits {_DIFFERS}")


def with_git_after_diff(side: Side, before: Side, top: str | None) -> Side:
    """The side that a diff leaves, once it is committed. top: as `sends_git` takes it."""
    if not sends_git(side, before, top=top):
        return side
    return _assuming(_with_other_git(side, None, top), f"the diff is taken to be committed, and {_DIFFERS}")


def _with_other_git(side: Side, commit: str | None, top: str | None) -> Side:
    def other(node: Node) -> Node:
        return of_other_commit(node, commit) if isinstance(node, Directory) else node

    return _with_git(side, _whole(side, top), other)


def _with_git(side: Side, named: Mapping[str, NamedContext], changed: Callable[[Node], Node | None]) -> Side:
    """The side with another `.git` in its context and in some of its named ones, where there is one."""

    def with_other(files: Directory) -> Directory:
        node = lookup(files, GIT_FOLDER)
        return files if node is None else with_entries(files, {GIT_FOLDER: changed(node)})

    contexts = dict(side.options.named_contexts)
    for name, given in named.items():
        if given.files is not None and lookup(given.files, GIT_FOLDER) is not None:
            contexts[name] = given.with_files(with_other(given.files), given.ignore, given.refused)
    options = replace(side.options, named_contexts=contexts) if named else side.options
    return replace(side, tree=with_other(side.tree), options=options)


def _whole(side: Side, top: str | None) -> dict[str, NamedContext]:
    """The named contexts that are all of the repository."""
    if top is None:
        return {}
    return {name: given for name, given in named_directories(side).items() if is_top(given, top)}


def is_top(given: NamedContext, top: str) -> bool:
    """Whether a named context is all of a repository. top: its real path."""
    return os.path.realpath(given.path) == top


def _assuming(side: Side, text: str) -> Side:
    assumption = Assumption("git", GIT_FOLDER, f"the context sends .git: {text}")
    return replace(side, assumptions=(*side.assumptions, assumption))


class CommittedGit:
    """What lies beside the checkouts of a history's commits.

    names_files: whether a step or a rule names what is in it, so that files count which lie there today.
    """

    def __init__(self, top: str, *, whole: bool, sent: bool) -> None:
        """whole: the context is all of the repository. sent: it is no clean export. Raises InputError."""
        self._sent = sent
        self._folder = CommittedFolder.of(top) if whole and sent else None
        self._senders: dict[Hashable, bool] = {}  # by ignore rules; few histories have many
        self.names_files = False

    @property
    def kind(self) -> bool | None:
        """Whether commits change it; None where there is none."""
        return None if self._folder is None else self._folder.changes

    @property
    def assumption(self) -> Assumption:
        text = "every build is taken to have a clean checkout of its commit"
        if not self._sent:
            text += ", without .git"
        elif self.kind:
            text += ", with .git: where it is sent, all of it differs but config, description, hooks and info"
        return Assumption("git", GIT_FOLDER, text)

    def beside(self, context: Directory, commit: str, choice: Choice) -> Directory:
        """The context of a commit with it; what no rule lets through is left out."""
        if self._folder is None or not self._is_sent(choice):
            return context
        return with_entries(context, {GIT_FOLDER: self._folder.at(commit)})

    def _is_sent(self, choice: Choice) -> bool:
        found = self._senders.get(choice.ignore.token)
        if found is None:
            found = self._senders[choice.ignore.token] = bool(visible(self._alone, choice.ignore).children)
        if found and not self.names_files:
            texts = choice.dockerfile.text, choice.ignore.text
            self.names_files = any(GIT_FOLDER in text and _NAMED.search(text) for text in texts)
        return found

    @cached_property
    def _alone(self) -> Directory:
        assert self._folder is not None
        return Directory(0o755, children={GIT_FOLDER: self._folder.at("")})
