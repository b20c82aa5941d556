"""What a git revision has other than the working tree, without a checkout: blob ids are content digests already."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from layerscope.context.directory import read_bytes, read_directory
from layerscope.context.git.command import fields_of, run_git, text_of
from layerscope.context.git.file_edits import FileEdits
from layerscope.context.paths import GIT_FOLDER, files_below, lookup, with_entries
from layerscope.context.tree import Directory, EditedFile, File, Link, Node
from layerscope.errors import InputError
from layerscope.values import Entity, Value, field

_LINK, _SUBMODULE, _NOTHING = "120000", "160000", "000000"


def edits_since(top: str, commit: str, revision: str) -> FileEdits:
    """What a commit has other than the working tree of a repository. revision: what messages call it.

    What git calls unmodified is not in it, whatever its bytes, nor is what git ignores, or `.git` itself;
    untracked files were not there. Raises InputError.
    """
    found = _Found(read_directory(top, remember=False))
    _collect(found, top, commit, "")

    def content(path: str) -> bytes:
        blob = found.blobs.get(path)
        if blob is None:
            raise InputError(f"its bytes at revision {revision} are not known", path)
        return blob.checked_out()

    return FileEdits(top, found.nodes, content)


def commit_of(top: str, revision: str) -> str:
    """The id of the commit that a revision names. Raises InputError for what is no commit."""
    if not revision:
        raise InputError("--since needs a git revision")
    try:
        found = text_of(run_git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", revision)).strip()
    except InputError:
        raise InputError(f"git knows no commit {revision}", top) from None
    try:
        return text_of(run_git(top, "rev-parse", "--verify", "--quiet", f"{found}^{{commit}}")).strip()
    except InputError:
        kind = text_of(run_git(top, "cat-file", "-t", found)).strip()
        raise InputError(f"{revision} is a {kind}, not a commit", top) from None


def is_checked_out(top: str, commit: str) -> bool:
    """Whether HEAD is at a commit; on a branch without commits it is at none."""
    try:
        return commit_of(top, "HEAD") == commit
    except InputError:
        return False


def without_emptied(tree: Directory, removed: Sequence[str]) -> Directory:
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


class _Blob(Value):
    top: str
    path: str
    digest: str

    def checked_out(self) -> bytes:
        """The bytes as a checkout would write them: with the line endings and filters that are configured."""
        return run_git(self.top, "cat-file", "--filters", f"--path={self.path}", self.digest)

    def lies_there(self) -> bool:
        """Whether the file in the working tree has these bytes."""
        return read_bytes(str(Path(self.top) / self.path)) == self.checked_out()


class _Found(Entity):
    working: Directory
    nodes: dict[str, Node | None] = field(default_factory=dict)
    blobs: dict[str, _Blob] = field(default_factory=dict)
    as_they_were: set[str] = field(default_factory=set)  # in the commit and in the working tree, if not in the index


def _collect(found: _Found, top: str, commit: str, prefix: str) -> None:
    """prefix: where this repository lies in the outermost one, with a slash at its end."""
    for old_mode, digest, mode, path in _changed(top, commit):
        whole = prefix + path
        if old_mode == _NOTHING:
            found.nodes[whole] = None
        elif old_mode == _LINK:
            found.nodes[whole] = Link(text_of(run_git(top, "cat-file", "blob", digest)))
        elif old_mode == _SUBMODULE:
            _collect_submodule(found, top, path, digest, whole)
        else:
            blob, working = _Blob(top, path, digest), lookup(found.working, whole)
            bits = _mode(old_mode, working)
            same = working if isinstance(working, File) and mode != old_mode and blob.lies_there() else None
            if same is not None and same.mode == bits:
                found.as_they_were.add(whole)  # git calls it deleted: it is in the index no more
                continue
            found.blobs[whole] = blob
            changed = File(bits, None, digest=f"git:{digest}", source=blob.checked_out)
            found.nodes[whole] = changed if same is None else same.with_metadata(bits, same.owner)
    for path in fields_of(run_git(top, "ls-files", "-z", "--others", "--exclude-standard")):
        whole = prefix + path.rstrip("/")
        if whole not in found.as_they_were:
            found.nodes.setdefault(whole, None)  # the commit may have what the index has no more


def _collect_submodule(found: _Found, top: str, path: str, commit: str, whole: str) -> None:
    """What a submodule had: its own repository tells; where that is not at hand, its files are other ones."""
    inner = Path(top) / path
    if os.path.lexists(inner / GIT_FOLDER) and _has(str(inner), commit):
        _collect(found, str(inner), commit, whole + "/")
        return
    there = lookup(found.working, whole)
    if not isinstance(there, Directory):
        found.nodes[whole] = EditedFile(0o755, None, digest=f"unknown:{whole}")
        return
    for name, node in files_below(there, whole):
        if name != f"{whole}/.git" and not name.startswith(f"{whole}/.git/"):
            mode = node.mode if isinstance(node, File) else 0o644
            found.nodes[name] = EditedFile(mode, None, digest=f"unknown:{name}")


def _changed(top: str, commit: str) -> Iterator[tuple[str, str, str, str]]:
    """Old mode, old blob, mode and path of all that differs from the working tree, as git sees it."""
    options = ("--raw", "-z", "--no-renames", "--abbrev=64", "--no-relative", "--ignore-submodules=none")
    fields = fields_of(run_git(top, "diff", *options, commit, "--"))
    for header, path in zip(fields[0::2], fields[1::2], strict=True):
        old_mode, mode, digest, _, _ = header.lstrip(":").split()
        yield old_mode, digest, mode, path


def _has(top: str, commit: str) -> bool:
    try:
        run_git(top, "cat-file", "-e", f"{commit}^{{commit}}")
    except InputError:
        return False
    return True


def _mode(mode: str, working: Node | None) -> int:
    """git keeps the executable bit alone: the other bits are taken from the file as it lies there."""
    executable = mode == "100755"
    if isinstance(working, File):
        bits = working.mode & ~0o111
        return bits | ((bits & 0o444) >> 2) if executable else bits
    return 0o755 if executable else 0o644
