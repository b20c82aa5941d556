"""`.git` as a build context sends it: another commit has other files there, of which only some stay the same."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from layerscope.context.directory import read_directory
from layerscope.context.paths import GIT_FOLDER
from layerscope.context.tree import Directory, EditedFile, File, Link, Node

_THE_SAME = frozenset({"config", "description", "hooks", "info"})  # directly in it, with all below
_HEAD = "HEAD"
_OBJECTS, _NOT_LOOSE = "objects", frozenset({"info", "pack"})
_KIND = "repository"  # begins the digests of what only git would know

_Changed = Callable[[str, File], File]


def of_other_commit(folder: Directory, commit: str | None) -> Directory:
    """The `.git` that lies there as another commit has it. commit: its id; None for one that is not made yet.

    Its bytes, for a real build, are those that lie there, but for HEAD, which tells the commit.
    """

    def changed(path: str, file: File) -> File:
        source = file.source
        if path == _HEAD:
            source = None if commit is None else f"{commit}\n".encode
        return EditedFile(file.mode, file.size, f"{_KIND}:{commit}:{path}", source=source)

    return Directory(folder.mode, lambda: _with_changed(folder, changed))


class CommittedFolder:
    """The `.git` of all commits of a history, of which each has its own.

    Which files there are is what lies there now, but for objects that lie loose; no file's bytes are read.
    """

    def __init__(self, node: Node) -> None:
        self._node = _without_bytes(node, "")

    @classmethod
    def of(cls, top: str) -> CommittedFolder | None:
        """That of a work tree; None where nothing is called so. Raises InputError for what cannot be read."""
        path = Path(top) / GIT_FOLDER
        try:
            mode = path.lstat().st_mode
        except OSError:
            return None
        if stat.S_ISDIR(mode):
            return cls(read_directory(str(path), remember=False))
        return cls(Link(os.readlink(path)) if stat.S_ISLNK(mode) else File(stat.S_IMODE(mode), None, ""))  # noqa: PTH115

    @property
    def changes(self) -> bool:
        """Whether commits change it: a worktree and a submodule have a file that only says where git's folder is."""
        return isinstance(self._node, Directory)

    def at(self, commit: str) -> Node:
        """What a checkout of a commit has there."""
        folder = self._node
        if not isinstance(folder, Directory):
            return folder

        def changed(path: str, file: File) -> File:
            return File(file.mode, None, f"{_KIND}:{commit}:{path}")

        # The whole one of a commit is equal to no other's, so it need not be looked into.
        name = f"d {folder.mode:o}  {_KIND}:{commit}"
        return Directory(folder.mode, lambda: _with_changed(folder, changed), known_name=name)


def _with_changed(folder: Directory, changed: _Changed, path: str = "") -> dict[str, Node]:
    """What a folder holds then. path: of the folder, below `.git`."""
    found: dict[str, Node] = {}
    for name, node in folder.children.items():
        below = f"{path}/{name}" if path else name
        if isinstance(node, File) and below not in _THE_SAME:
            found[name] = changed(below, node)
        elif isinstance(node, Directory) and node.children and below not in _THE_SAME:
            found[name] = Directory(node.mode, children=_with_changed(node, changed, below))
        else:
            found[name] = node
    return found


def _without_bytes(node: Node, path: str) -> Node:
    """What is there, its files known by their paths alone. Of objects that lie loose, one stands for all."""
    if isinstance(node, Directory):
        names = list(node.children)
        if path.rpartition("/")[2] == _OBJECTS:
            names = [
                *[name for name in names if name not in _NOT_LOOSE][:1],
                *sorted(_NOT_LOOSE & node.children.keys()),
            ]
        children = {name: _without_bytes(node.children[name], f"{path}/{name}" if path else name) for name in names}
        return Directory(node.mode, children=children)
    return File(node.mode, None, f"{_KIND}::{path}") if isinstance(node, File) else node
