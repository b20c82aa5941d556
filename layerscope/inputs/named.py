"""Named contexts (`--build-context NAME=DIR`): as they lie on the disk, and as a revision or a diff has them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from layerscope.analysis.edited_side import named_directories
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.directory import read_directory
from layerscope.context.paths import GIT_FOLDER, lookup, with_entries
from layerscope.context.patterns import PatternList
from layerscope.context.tree import Directory
from layerscope.errors import InputError
from layerscope.graph.buildkit.builder import BuildKit
from layerscope.graph.options import NamedContext
from layerscope.inputs.contexts import directory_lookup
from layerscope.inputs.ignore_files import FileLookup, find_rules
from layerscope.inputs.sent_git import is_top
from layerscope.values import replace

if TYPE_CHECKING:
    from layerscope.context.git.file_edits import FileEdits


def open_named_context(path: str) -> NamedContext:
    """The directory of a named context, as its own ignore rules leave it. Raises InputError where there is none."""
    return with_own_rules(NamedContext(path=path), read_directory(path), directory_lookup(path))


def with_own_rules(given: NamedContext, files: Directory, lookup: FileLookup) -> NamedContext:
    """A named context with other files, as its own `.dockerignore` leaves them; the main context's is none of its."""
    try:
        return given.with_files(files, find_rules(lookup, None, BuildKit()).ignore)
    except InputError as error:
        return given.with_files(files, PatternList(), error)


def with_named_edits(side: Side, edits: FileEdits, name: str) -> Side:
    """The side with other files in the named contexts that lie where the edits do.

    name: of the state that the edits make, for messages.
    """
    from layerscope.context.git.revision import without_emptied

    found: dict[str, NamedContext] = {}
    for context, given in named_directories(side).items():
        inside = edits.below(given.path)
        if not inside:
            continue
        assert given.files is not None
        removed = [path for path, node in inside.items() if node is None]
        files = without_emptied(with_entries(given.files, inside), removed)
        edited = replace(
            directory_lookup(given.path),
            read=edits.read,
            node=edits.node,
            followed=edits.followed,
            label=lambda path: f"{path}{name}",
        )
        found[context] = with_own_rules(given, files, edited)
    if not found:
        return side
    return replace(side, options=replace(side.options, named_contexts={**side.options.named_contexts, **found}))


def named_folders(side: Side, root: str) -> list[str]:
    """The directories of named contexts, relative to a folder that holds them. root: its real path."""
    from layerscope.context.git.file_edits import path_below

    found = (path_below(root, os.path.realpath(given.path)) for given in named_directories(side).values())
    return [path for path in found if path is not None]


def taken_as_equal(contexts: Mapping[str, NamedContext], root: str) -> tuple[Assumption, ...]:
    """What is taken for granted of named contexts on both sides. root: the real path of a repository.

    That is all of those outside of it, and what another repository in it keeps of itself.
    """
    found = (_equal(name, given, root) for name, given in contexts.items() if given.files is not None)
    return tuple(assumption for assumption in found if assumption is not None)


def _equal(name: str, given: NamedContext, root: str) -> Assumption | None:
    from layerscope.context.git.file_edits import path_below

    subject = f"{name}={given.path}"
    if path_below(root, os.path.realpath(given.path)) is None:
        text = "lies outside the repository and is taken as equal on both sides"
        return Assumption("named-context", subject, f"{text}; --after-build-context {name}=DIR says otherwise")
    if given.tree is not None and isinstance(lookup(given.tree, GIT_FOLDER), Directory) and not is_top(given, root):
        return Assumption("git", subject, "sends the .git of another repository: it is taken as equal on both sides")
    return None
