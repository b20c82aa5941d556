"""The before side from a git revision, without a checkout: blob ids are content digests already."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from layerscope.context.tree import Directory, File, Link, Node, lookup, with_entries
from layerscope.errors import InputError


def _git(directory: str, *arguments: str, stdin: bytes | None = None) -> bytes:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", directory, *arguments], input=stdin, capture_output=True, check=False, env=environment
        )
    except FileNotFoundError:
        raise InputError("git is not installed; name the change with --change instead", directory) from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        message = lines[0].removeprefix("fatal: ") if lines else f"git {arguments[0]} failed"
        raise InputError(message, directory)
    return done.stdout


def read_file_at(directory: str, revision: str, path: str) -> bytes | None:
    """The bytes of a file, relative to `directory`, in a revision; None where it is not there."""
    listed = _git(directory, "ls-tree", "-z", revision, "--", path)
    if not listed:
        return None
    kind, blob = listed.split(b"\t")[0].decode().split()[1:3]
    return _git(directory, "cat-file", kind, blob) if kind == "blob" else None


def folder_of_repository(directory: str) -> str:
    """The path of a directory inside its repository (`""` at its root, or outside any)."""
    try:
        return _git(directory, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").strip("\n").rstrip("/")
    except InputError:
        return ""


def tree_at(directory: str, revision: str, working: Directory) -> Directory:
    """The context as it was at a revision, as an edit of the working tree's tree.

    What git calls unmodified is shared with `working`, and so is what git ignores and `.git` itself; untracked
    files are not there. Raises InputError for an unknown revision or a directory outside any repository.
    """
    try:
        commit = _git(directory, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    except InputError as error:
        if "Needed a single revision" not in error.message:
            raise
        raise InputError(f"git knows no commit {revision}", directory) from None
    edits: dict[str, Node | None] = {}
    raw = _git(directory, "diff", "--raw", "-z", "--no-renames", "--abbrev=40", "--relative", commit, "--")
    fields = raw.decode("utf-8", "surrogateescape").split("\0")
    links: list[tuple[str, str]] = []
    for header, path in zip(fields[0::2], fields[1::2], strict=False):
        mode, _, blob, _, _ = header.lstrip(":").split()
        if mode == "000000":
            edits[path] = None
        elif mode == "120000":
            links.append((path, blob))
        elif mode == "160000":
            continue  # a submodule: its files are not this repository's
        else:
            edits[path] = File(_mode(mode, lookup(working, path)), None, digest=f"git:{blob}")
    for path, blob in links:
        edits[path] = Link(_git(directory, "cat-file", "blob", blob).decode("utf-8", "surrogateescape"))
    untracked = _git(directory, "ls-files", "-z", "--others", "--exclude-standard", "--", ".")
    for path in filter(None, untracked.decode("utf-8", "surrogateescape").split("\0")):
        edits[path.rstrip("/")] = None
    return _without_emptied(with_entries(working, edits), [p for p, node in edits.items() if node is None])


def _mode(mode: str, working: Node | None) -> int:
    """git keeps the executable bit alone: the other bits are taken from the file as it lies there."""
    executable = mode == "100755"
    if isinstance(working, File):
        bits = working.mode & ~0o111
        return bits | ((bits & 0o444) >> 2) if executable else bits
    return 0o755 if executable else 0o644


def _without_emptied(tree: Directory, removed: Sequence[str]) -> Directory:
    """git knows no empty directories: those that lost their last file were not there."""
    for path in removed:
        parent = path.rpartition("/")[0]
        while parent:
            node = lookup(tree, parent)
            if not isinstance(node, Directory) or node.children:
                break
            tree = with_entries(tree, {parent: None})
            parent = parent.rpartition("/")[0]
    return tree
