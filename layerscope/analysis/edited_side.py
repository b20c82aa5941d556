"""A side with other files at some paths: of its context, and of the named contexts in whose directories they lie."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping
from typing import Literal

from layerscope.analysis.side import Side
from layerscope.context.edits import edited
from layerscope.context.paths import lookup, with_entries
from layerscope.context.place import DirectoryPlace
from layerscope.context.tree import Directory, Node
from layerscope.errors import InputError
from layerscope.graph.options import NamedContext
from layerscope.values import Value, replace

_Edits = Mapping[str, Node | None]
_Option = Literal["change", "add", "remove"]


class ChangedPath(Value):
    """A path that a change touches. text: as it is told. places: the contexts that hold it by name, and where."""

    text: str
    places: tuple[tuple[str, str], ...]


def edited_side(
    side: Side, change: Iterable[str] = (), add: Iterable[str] = (), remove: Iterable[str] = ()
) -> tuple[Side, tuple[ChangedPath, ...]]:
    """The side with some paths changed, added or removed, as `edited` takes them, and those paths in order.

    A path is relative to the context and may lead out of it (`../shared/lib`), or from the current directory, into the
    directory of a named context. Raises InputError where nothing is there, or an added path is there already.
    """
    folders = _Folders(side)
    asked: dict[str, dict[_Option, list[str]]] = {}  # by the name of a context
    options: tuple[tuple[_Option, Iterable[str]], ...] = (("change", change), ("add", add), ("remove", remove))
    for option, paths in options:
        for path in paths:
            for context, inside in folders.meant(path, option):
                asked.setdefault(context, {}).setdefault(option, []).append(inside)
    of_main = asked.pop("", {})
    tree, paths_inside = _edited(side.tree, of_main) if of_main else (side.tree, ())
    edits = {path: lookup(tree, path) for path in paths_inside}
    told = [folders.changed_path(path) for path in paths_inside]
    found = folders.with_edits(replace(side, tree=tree), edits)
    for name, wanted in asked.items():
        given = found.options.named_contexts[name]
        assert given.files is not None
        files, inside_named = _edited(given.files, wanted, folders.shown(name))
        found = _with_named(found, {name: given.with_files(files, given.ignore, given.refused)})
        told += [ChangedPath(posixpath.join(given.path, path), ((name, path),)) for path in inside_named]
    return found, tuple(told)


def changed_path(side: Side, path: str) -> ChangedPath:
    """A path relative to the context, with all contexts that hold it."""
    return _Folders(side).changed_path(path)


def with_edits(side: Side, edits: _Edits) -> Side:
    """The side with other nodes at some paths of its context."""
    return _Folders(side).with_edits(replace(side, tree=with_entries(side.tree, edits)), edits)


class _Folders:
    """Where the contexts of a side lie, as real paths. root: of the main one, None for what is no directory."""

    def __init__(self, side: Side) -> None:
        self.side = side
        place = side.place
        self.root = os.path.realpath(place.path) if isinstance(place, DirectoryPlace) else None
        self.named = {name: os.path.realpath(given.path) for name, given in named_directories(side).items()}

    def meant(self, path: str, option: _Option) -> list[tuple[str, str]]:
        """The contexts that a path of the user's is of, with its path there; the main one alone where it is of that.

        Raises InputError for one that is of none.
        """
        leaves = posixpath.normpath(path).split("/")[0] == os.pardir
        if not leaves and (option == "add" or not self.named):
            return [("", path)]
        refusal: InputError | None = None
        if not leaves:
            try:
                _edited(self.side.tree, {option: [path]})
            except InputError as error:
                refusal = error
            else:
                return [("", path)]
        from layerscope.context.git.file_edits import path_below

        start = self.root if leaves else os.path.realpath(os.curdir)
        whole = "" if start is None else posixpath.normpath(posixpath.join(start, path))
        found = [(name, inside) for name, folder in self.named.items() if (inside := path_below(folder, whole))]
        if found:
            try:
                for name, inside in found:
                    _edited(self.files(name), {option: [inside]})
            except InputError as error:
                raise InputError(error.message, path) from None
            return found
        raise refusal or InputError(f"--{option} names a path outside the context and the named ones", path)

    def files(self, name: str) -> Directory:
        files = self.side.options.named_contexts[name].files
        assert files is not None
        return files

    def holding(self, path: str) -> list[tuple[str, str]]:
        """The named contexts that hold a path of the main one, with its path there."""
        if self.root is None or not self.named:
            return []
        from layerscope.context.git.file_edits import path_below

        whole = posixpath.normpath(posixpath.join(self.root, path))
        return [(name, inside) for name, folder in self.named.items() if (inside := path_below(folder, whole))]

    def changed_path(self, path: str) -> ChangedPath:
        return ChangedPath(path, (("", path), *self.holding(path)))

    def with_edits(self, side: Side, edits: _Edits) -> Side:
        """The side with the edits of its main context in the named contexts, too."""
        inside: dict[str, dict[str, Node | None]] = {}
        for path, node in edits.items() if self.named else ():
            for name, place in self.holding(path):
                inside.setdefault(name, {})[place] = node
        found: dict[str, NamedContext] = {}
        for name, below in inside.items():
            given = side.options.named_contexts[name]
            found[name] = given.with_files(with_entries(self.files(name), below), given.ignore, given.refused)
        return _with_named(side, found)

    def shown(self, name: str) -> str:
        """What tells the files of a named context from those of the main one: how one is reached from the other."""
        return os.path.relpath(self.named[name], self.root or os.curdir)


def named_directories(side: Side) -> dict[str, NamedContext]:
    """The named contexts of a side that are directories."""
    return {name: given for name, given in side.options.named_contexts.items() if isinstance(given.files, Directory)}


def _edited(tree: Directory, asked: Mapping[_Option, Iterable[str]], of: str = "") -> tuple[Directory, tuple[str, ...]]:
    return edited(tree, asked.get("change", ()), asked.get("add", ()), asked.get("remove", ()), of)


def _with_named(side: Side, contexts: Mapping[str, NamedContext]) -> Side:
    if not contexts:
        return side
    named = {**side.options.named_contexts, **contexts}
    return replace(side, options=replace(side.options, named_contexts=named))
