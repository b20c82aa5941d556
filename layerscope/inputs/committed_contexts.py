"""The named contexts of a history's builds: those in its repository are as each commit has them."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping

from layerscope.answer import Assumption
from layerscope.context.git.file_edits import path_below
from layerscope.context.git.folder import CommittedFolder
from layerscope.context.git.history import CommitFile
from layerscope.context.paths import GIT_FOLDER, lookup, resolve, with_entries
from layerscope.context.tree import Directory, Node
from layerscope.context.visible import visible
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions, NamedContext
from layerscope.inputs.ignore_files import FileLookup
from layerscope.inputs.named import taken_as_equal, with_own_rules
from layerscope.values import replace


class CommittedContexts:
    """inside: the paths in the repository of the named contexts that lie in it, by name.

    sends_git: whether one that is all of the repository sent its `.git`, of which today's files are known alone.
    """

    def __init__(self, options: BuildOptions, top: str, *, without_git: bool = False) -> None:
        """top: the real path of the repository. without_git: of clean exports."""
        self.options = options
        self._top = top
        found = {
            name: path_below(top, os.path.realpath(given.path))
            for name, given in options.named_contexts.items()
            if given.files is not None
        }
        self.inside = {name: path for name, path in found.items() if path is not None}
        self.outside = sorted(found.keys() - self.inside.keys())
        whole = "" in self.inside.values() and not without_git
        self._git = CommittedFolder.of(top) if whole else None
        self.sends_git = False
        self._last: tuple[tuple[Node | None, ...], BuildOptions] | None = None

    @property
    def constant(self) -> Mapping[str, NamedContext]:
        """Those that are the same for all commits."""
        return {name: given for name, given in self.options.named_contexts.items() if name not in self.inside}

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        return taken_as_equal(self.options.named_contexts, self._top)

    def options_at(self, tree: Directory, commit: str) -> BuildOptions:
        """The options of a commit's build: one value while no named context changes. commit: its id.

        Raises InputError for a context that is not there in the commit.
        """
        if not self.inside:
            return self.options
        nodes = [resolve(tree, path)[1] if path else tree for path in self.inside.values()]
        last = self._last
        if last is not None and all(was is now for was, now in zip(last[0], nodes, strict=True)):
            return last[1]
        contexts = {name: self._context(name, folder, commit) for name, folder in zip(self.inside, nodes, strict=True)}
        options = replace(self.options, named_contexts={**self.options.named_contexts, **contexts})
        self._last = None if self.sends_git else (tuple(nodes), options)
        return options

    def _context(self, name: str, folder: Node | None, commit: str) -> NamedContext:
        path = self.inside[name]
        if not isinstance(folder, Directory):
            raise InputError(f"the named context {name} is not there in this commit", path)
        found = with_own_rules(self.options.named_contexts[name], folder, _lookup(folder, path))
        if not path and self._git is not None:
            git = Directory(folder.mode, children={GIT_FOLDER: self._git.at(commit)})
            if visible(git, found.ignore).children:
                self.sends_git = self._git.changes
                return found.with_files(with_entries(folder, git.children), found.ignore, found.refused)
        return found


def _lookup(folder: Directory, path: str) -> FileLookup:
    """How the ignore file of a directory of a commit is looked up. path: of the directory, for messages."""

    def read(inside: str) -> bytes | None:
        node = lookup(folder, inside)
        return node.read() if isinstance(node, CommitFile) else None

    return FileLookup(
        "",
        read,
        lambda inside: lookup(folder, inside),
        lambda inside: resolve(folder, inside)[0],
        lambda inside: posixpath.join(path, inside),
        lambda inside: InputError("is not there in this commit", posixpath.join(path, inside)),
        lambda inside: inside,
    )
