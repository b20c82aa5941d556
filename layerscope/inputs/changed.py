"""The other side of a change: a context as it was at a git revision, or as a git diff leaves it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.analysis.edited_side import ChangedPath, changed_path
from layerscope.analysis.side import Side
from layerscope.context.directory import read_bytes, read_directory
from layerscope.context.paths import lookup, with_entries
from layerscope.context.place import (
    ArchivePlace,
    ContextPlace,
    DirectoryPlace,
    InputPlace,
    PatchedPlace,
    RevisionPlace,
    SnapshotPlace,
)
from layerscope.context.tree import Directory
from layerscope.dockerfile.stages import Dockerfile, DockerfileSource
from layerscope.errors import InputError
from layerscope.inputs.choice import choose
from layerscope.inputs.contexts import archive_lookup, directory_lookup, inside_context, open_archive
from layerscope.inputs.ignore_files import OWN_IGNORE_FILE, FileLookup
from layerscope.inputs.named import named_folders, taken_as_equal, with_named_edits
from layerscope.inputs.place import STANDARD_INPUT, is_input, read_input
from layerscope.inputs.sent_git import sends_git, with_git_after_diff, with_git_of_revision
from layerscope.values import replace

if TYPE_CHECKING:
    from layerscope.context.git.apply import AppliedDiff
    from layerscope.context.git.diff import FileDiff
    from layerscope.context.git.file_edits import FileEdits


def with_revision(working: Side, revision: str, file: str | None = None) -> Side:
    """The before side of `--since`: the context, Dockerfile and ignore rules as they were at a git revision.

    file: the Dockerfile of that side, by default that of the working side. A file outside the repository is the same
    on both sides, and so is what git calls unmodified or ignores; `.git` is another one at another commit than HEAD.
    Raises InputError.
    """
    from layerscope.context.git.command import repository_of
    from layerscope.context.git.revision import commit_of, edits_since, without_emptied

    directory = _with_history(working.place)
    top = repository_of(directory.path)
    commit = commit_of(top, revision)
    edits = edits_since(top, commit, revision)
    inside = edits.below(directory.path)
    tree = without_emptied(with_entries(working.tree, inside), [p for p, node in inside.items() if node is None])
    files = replace(
        _edited(directory.path, edits),
        label=lambda name: f"{name}@{revision}",
        missing=lambda name: InputError(f"the Dockerfile is not there at revision {revision}", name),
    )
    side = _chosen(replace(working, place=RevisionPlace(directory, revision), tree=tree), files, file)
    side = with_named_edits(side, edits, f"@{revision}")
    side = replace(side, assumptions=(*side.assumptions, *taken_as_equal(side.options.named_contexts, top)))
    return with_git_of_revision(side, working, top, commit)


def with_diff(side: Side, diff: str, file: str | Dockerfile | None = None) -> tuple[Side, tuple[ChangedPath, ...]]:
    """The after side of `--diff`: the context with a git diff applied (`-` reads it from standard input).

    file: the Dockerfile of that side, by default that of the given side. Also gives the paths the diff touches.
    Raises InputError where the diff is none, or does not apply.
    """
    from layerscope.context.git.command import repository_of
    from layerscope.context.git.diff import parse_diff

    name, data = _diff_bytes(side, diff)
    files = parse_diff(data, name)
    place = side.place
    top = _root_of(place.path, repository_of) if isinstance(place, DirectoryPlace) else None
    if not files and file is None and not sends_git(side, top=top):
        return side, ()
    if isinstance(place, DirectoryPlace):
        patched, paths = _patched_directory(side, place, files, name, file)
    elif isinstance(place, ArchivePlace):
        patched, paths = _patched_archive(side, place, files, name, file)
    else:
        raise _not_to_patch(place)
    return with_git_after_diff(patched, side, top), paths


def _with_history(place: ContextPlace) -> DirectoryPlace:
    """Raises InputError for what no git repository tracks as it lies there."""
    if isinstance(place, DirectoryPlace):
        return place
    if isinstance(place, RevisionPlace | PatchedPlace):
        raise InputError("is a directory that was taken to another state already", place.text)
    text = "an archive has no git history: state the change with --change, --after or --diff"
    raise InputError(text, place.text)


def _not_to_patch(place: InputPlace | SnapshotPlace | RevisionPlace | PatchedPlace) -> InputError:
    if isinstance(place, InputPlace):
        return InputError("a diff needs a context that can be read again: name the archive's file", "--diff")
    if isinstance(place, SnapshotPlace):
        return InputError("is a snapshot: it holds no file's bytes, only their digests", place.text)
    return InputError("a diff is applied to what lies on the disk, not to a state made of it", place.text)


def _diff_bytes(side: Side, diff: str) -> tuple[str, bytes]:
    if not is_input(diff):
        data = read_bytes(diff)
        if data is None:
            raise InputError("no such diff", diff)
        return diff, data
    if isinstance(side.place, InputPlace) or side.dockerfile.source is DockerfileSource.STANDARD_INPUT:
        raise InputError("the diff and the build cannot both come from standard input", "--diff -")
    return STANDARD_INPUT, read_input()


def _patched_directory(
    side: Side, place: DirectoryPlace, files: list[FileDiff], name: str, file: str | Dockerfile | None
) -> tuple[Side, tuple[ChangedPath, ...]]:
    from layerscope.context.git.apply import apply_diff
    from layerscope.context.git.command import repository_of
    from layerscope.context.git.file_edits import FileEdits, path_below

    context = place.path
    root = _root_of(context, repository_of)
    prefix = path_below(root, os.path.realpath(context)) or ""
    tree = read_directory(root, remember=False) if prefix else side.tree

    def read(path: str) -> bytes | None:
        return read_bytes(str(Path(root) / path))

    dockerfile = inside_context(file if isinstance(file, str) else side.dockerfile.path, root)
    reads = {dockerfile, dockerfile + OWN_IGNORE_FILE}
    folders = [prefix, *named_folders(side, root)]

    def is_sent(path: str) -> bool:
        return any(path_below(folder, path) is not None for folder in folders if folder) or "" in folders

    def reaches(path: str) -> bool:
        return path in reads or is_sent(path)

    if any(reaches(path) for diff in files for path in diff.paths):
        applied = apply_diff(tree, files, read, name, reaches)
    else:
        applied = _applied_outside(tree, files, read, name, prefix)
    edits = FileEdits(root, applied.nodes, applied.content)
    inside = edits.below(context)
    patched = replace(side, place=PatchedPlace(place, name), tree=with_entries(side.tree, inside))
    patched = with_named_edits(patched, edits, f" after {name}")
    after = _after(patched, _edited(context, edits), name, file)
    after = replace(after, assumptions=(*after.assumptions, *taken_as_equal(side.options.named_contexts, root)))
    # A Dockerfile acts by its lines: that no step copies it is nothing to warn of. Other files outside are named
    # only where the diff has none inside, to say so.
    told = [path for path in applied.nodes if path not in reads]
    named = [path for path in told if is_sent(path)] if any(map(is_sent, told)) else told
    return after, tuple(changed_path(side, os.path.relpath(path, prefix or ".")) for path in sorted(named))


def _edited(context: str, edits: FileEdits) -> FileLookup:
    return replace(directory_lookup(context), read=edits.read, node=edits.node, followed=edits.followed)


def _applied_outside(
    tree: Directory, files: list[FileDiff], read: Callable[[str], bytes | None], name: str, prefix: str
) -> AppliedDiff:
    """A diff that names nothing in the context: of the repository's other files, or relative to the context."""
    from layerscope.context.git.apply import apply_diff

    try:
        return apply_diff(tree, files, read, name, lambda _path: True)
    except InputError as error:
        of_repository = error
    relative = [diff.moved_below(prefix) for diff in files]
    if any(lookup(tree, path) is not None for diff in relative for path in diff.paths):
        return apply_diff(tree, relative, read, name, lambda _path: True)
    if any(lookup(tree, path) is not None for diff in files for path in diff.paths):
        raise of_repository
    raise InputError(f"the diff names no file of the context or its repository: {files[0].paths[0]}", name)


def _patched_archive(
    side: Side, place: ArchivePlace, files: list[FileDiff], name: str, file: str | Dockerfile | None
) -> tuple[Side, tuple[ChangedPath, ...]]:
    from layerscope.context.archive import Archive
    from layerscope.context.git.apply import apply_diff

    archive = open_archive(place, file)
    applied = apply_diff(side.tree, files, archive.read, name, lambda _path: True)
    tree = with_entries(side.tree, applied.nodes)

    def content(path: str) -> bytes | None:
        return applied.content(path) if path in applied.nodes else archive.content(path)

    patched = replace(side, place=PatchedPlace(place, name), tree=tree)
    after = _after(patched, archive_lookup(place.path, Archive(tree, content)), name, file)
    return after, tuple(changed_path(side, path) for path in sorted(applied.nodes))


def _after(side: Side, files: FileLookup, name: str, file: str | Dockerfile | None) -> Side:
    """The side with the Dockerfile and the ignore rules that the diff leaves."""
    files = replace(
        files,
        label=lambda path: f"{path} after {name}",
        missing=lambda _path: InputError("the diff leaves no Dockerfile", name),
    )
    return _chosen(side, files, file)


def _chosen(side: Side, files: FileLookup, file: str | Dockerfile | None) -> Side:
    """The side with what is looked up of its Dockerfile and ignore rules. file: in place of the side's own."""
    named = file if file is not None else side.file
    if file is None and side.dockerfile.source is not DockerfileSource.FILE:
        named = side.dockerfile
    choice = choose(files, named, side.options.builder)
    return replace(
        side,
        dockerfile=choice.dockerfile,
        ignore=choice.ignore,
        ignore_file=choice.ignore_file,
        file=named if isinstance(named, str) else None,
    )


def _root_of(context: str, repository_of: Callable[[str], str]) -> str:
    """The folder a diff's paths start from: the repository's, or the context where there is none."""
    try:
        return repository_of(context)
    except InputError:
        return os.path.realpath(context)
