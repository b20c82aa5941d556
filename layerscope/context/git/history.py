"""Commits of a git repository with their files, straight from its objects: no checkout, and no file's body.

One stream of `git log --raw` tells what each commit changed; a tree shares with that of its parent whatever the commit
left alone, and its directories go by git's own ids. Bodies are read where somebody asks for them (Dockerfiles, ignore
files), and of symbolic links.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from layerscope.context.content_names import name_of_git_tree
from layerscope.context.directory import begins_as_archive
from layerscope.context.git.command import fields_of, repository_of, run_git, started_git, text_of
from layerscope.context.paths import GIT_FOLDER, lookup
from layerscope.context.tree import EMPTY, Directory, File, Link, Node
from layerscope.errors import InputError
from layerscope.values import Entity, Value, field

_LINK, _SUBMODULE, _EXECUTABLE, _TREE = "120000", "160000", "100755", "040000"
_DELETED = "000000"
# Programs of old wrote modes otherwise (100664, a leading zero), which git itself does not tell.
_TREE_OF_TODAY = re.compile(rb"(?:(?:40000|100644|100755|120000) [^\0]+\0.{20})*", re.DOTALL)
_CHUNK = 1 << 18
_LOG = (
    # Settings of the user may say otherwise.
    *("-c", "log.diffMerges=separate", "-c", "log.showSignature=false", "-c", "log.showRoot=true"),
    *("log", "--first-parent", "-m", "--reverse", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-color"),
    *("--ignore-submodules=none", "-t", "--format=%x01%H%x00%cI%x00%s%x00%T"),
)


class Commit(Value):
    """One commit. time: of the committer, RFC 3339. tree: all files of the repository, modes 0644 or 0755."""

    id: str
    time: str
    subject: str
    tree: Directory


class Repository:
    """A repository whose commits are walked; `read` gives bodies by their ids while `opened` lasts."""

    def __init__(self, directory: str) -> None:
        self.top = repository_of(directory)
        self.unknown_submodules: dict[str, None] = {}
        self.met_submodules = False
        self.missed = False  # whether a body was asked for that is not at hand
        self._names_trees = True  # whether git's id of a tree says what a checkout of it holds
        self._bodies: subprocess.Popen[bytes] | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """While bodies and directories are read. Raises InputError where git fails."""
        if self._bodies is not None:
            yield
            return
        try:
            with started_git(self.top, "cat-file", "--batch", asked=True) as self._bodies:
                yield
        finally:
            self._bodies = None

    def read(self, digest: str) -> bytes:
        """The body of an object. Raises InputError where the repository does not hold it."""
        process = self._bodies
        if process is None:
            with self.opened():
                return self.read(digest)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{digest}\n".encode())
            process.stdin.flush()
            answer = process.stdout.readline().split()
        except OSError:
            answer = []
        if len(answer) != 3:
            self.missed = True
            raise InputError(f"object {digest} is missing or damaged", self.top)
        body = process.stdout.read(int(answer[2]) + 1)
        return body[:-1]

    def names(self, last: int | None, between: str | None) -> list[str]:
        """The ids of the commits that `commits` gives. Raises InputError as it does."""
        limit = [f"--max-count={last}"] if last is not None else []
        revision = between if between is not None else "HEAD"
        found = run_git(self.top, "rev-list", "--reverse", "--first-parent", *limit, "--end-of-options", revision, "--")
        return text_of(found).split()

    def commits(self, last: int | None, between: str | None, start: str | None = None) -> Iterator[Commit]:
        """First-parent commits, oldest first: the last ones of HEAD, or those of a range `A..B`.

        start: the first of them to give. Raises InputError for what is no revision, for a repository without
        commits, and for damaged objects.
        """
        end = between.partition("..")[2].lstrip(".") or "HEAD" if between is not None else "HEAD"
        revisions = [between] if between is not None else ["HEAD"]
        limit = [f"--max-count={last}"] if last is not None else []
        tree: Directory | None = None
        if start is not None:
            revisions, limit = [f"{start}..{end}"], []
            time, subject, root = self._header(start)
            tree = self._whole_tree(start, root)
            yield Commit(start, time, subject, tree)
        with started_git(self.top, *_LOG, *limit, "--end-of-options", *revisions, "--") as process:
            assert process.stdout is not None
            for (commit, time, subject, root), changes, trees in _parsed(process.stdout):
                if tree is None:
                    tree = self._whole_tree(commit, root)
                else:
                    nodes = {path: self._node(*change, path) for path, change in changes.items()}
                    trees[""] = root
                    tree = with_changes(tree, nodes, trees if self._names_trees else None)
                yield Commit(commit, time, subject, tree)

    def _header(self, commit: str) -> list[str]:
        """Time, subject and the id of the tree."""
        shown = run_git(self.top, "show", "--no-patch", "--no-show-signature", "--format=%cI%x00%s%x00%T", commit)
        return text_of(shown).removesuffix("\n").split("\0")

    def _whole_tree(self, commit: str, root: str) -> Directory:
        """All files of a commit."""
        listed = run_git(self.top, "ls-tree", "-r", "-t", "-z", "--full-tree", commit)
        directories = _by_directory(listed)
        submodules = _submodules(directories) if f"{_SUBMODULE} ".encode() in listed else []
        self._names_trees = not submodules and self._is_of_today(root, directories)
        tree = self._directory("", root, directories)
        for path in submodules:
            lookup(tree, path)  # what is not at hand is told, whether a step reads it or not
        return tree

    def _is_of_today(self, root: str, directories: Mapping[str, list[_Listed]]) -> bool:
        """Whether each directory has the id that git would give it now, so that one content has one id."""
        trees = {digest for entries in directories.values() for _, mode, digest in entries if mode == _TREE}
        asked = "".join(f"{tree}\n" for tree in (root, *trees)).encode()
        answer = run_git(self.top, "cat-file", "--batch", "--buffer", given=asked)
        at = 0
        while at < len(answer):
            end = answer.index(b"\n", at)
            words = answer[at:end].split(b" ")
            if len(words) != 3:
                return False  # it is not at hand
            at = end + 1 + int(words[2]) + 1
            if _TREE_OF_TODAY.fullmatch(answer, end + 1, at - 1) is None:
                return False
        return True

    def _directory(self, path: str, tree: str, listed: Mapping[str, list[_Listed]]) -> Directory:
        """One directory of a listing, made when somebody looks into it; git's id of it says enough till then."""

        def children() -> dict[str, Node]:
            found: dict[str, Node] = {}
            for name, mode, digest in listed.get(path, ()):
                below = f"{path}/{name}" if path else name
                node = self._directory(below, digest, listed) if mode == _TREE else self._node(mode, digest, below)
                if node is not None:
                    found[name] = node
            return found

        name = name_of_git_tree(tree) if self._names_trees else None
        return Directory(0o755, children, known_name=name)

    def _node(self, mode: str, digest: str, path: str) -> Node | None:
        if mode == _DELETED:
            return None
        if mode == _LINK:
            return Link(text_of(self.read(digest)))
        if mode == _SUBMODULE:
            return self._submodule(digest, path)
        return CommitFile(0o755 if mode == _EXECUTABLE else 0o644, digest, self)

    def _submodule(self, commit: str, path: str) -> Node:
        """Its files where its own repository is at hand; else its commit stands for them."""
        self.met_submodules = True
        self._names_trees = False  # of which a tree tells the commit, not the files
        inner = Path(self.top) / path
        try:
            if (inner / GIT_FOLDER).exists():
                return _Submodule(str(inner)).files_of(commit)
        except InputError:
            pass  # a commit that was not fetched
        self.unknown_submodules[path] = None
        return File(0o755, None, f"submodule:{commit}")


class CommitFile(File):
    """A file of a commit. Histories have so many that what most are never asked for is not made for each."""

    __slots__ = ("_object_id", "_repository")

    def __init__(self, mode: int, object_id: str, repository: Repository) -> None:
        # What File's own would set, without the call.
        self.mode = mode
        self.size = None
        self.owner = ""
        self.known_name = None
        self._digest = f"git:{object_id}"
        self._object_id = object_id
        self._repository = repository

    @property
    def source(self) -> Callable[[], bytes]:  # type: ignore[override]
        return self.read

    @property
    def is_archive(self) -> bool:
        return begins_as_archive(self.read())

    def read(self) -> bytes:
        """Its bytes, out of the repository it is of. Raises InputError where that does not have them."""
        return self._repository.read(self._object_id)


class _Submodule(Repository):
    """The repository of a submodule: bodies are read one by one, for its links are few."""

    def __init__(self, directory: str) -> None:
        super().__init__(directory)
        self.top = directory

    def read(self, digest: str) -> bytes:
        return run_git(self.top, "cat-file", "blob", digest)

    def files_of(self, commit: str) -> Directory:
        """Raises InputError for a commit that is not at hand."""
        return self._whole_tree(commit, self._header(commit)[-1])


_Listed = tuple[str, str, str]  # name, mode, id


def _by_directory(listed: bytes) -> dict[str, list[_Listed]]:
    """What a listing says of each directory."""
    found: dict[str, list[_Listed]] = {}
    for line in fields_of(listed):
        header, _, path = line.partition("\t")
        mode, _, digest = header.split(" ")
        directory, _, name = path.rpartition("/")
        found.setdefault(directory, []).append((name, mode, digest))
    return found


def _submodules(directories: Mapping[str, list[_Listed]]) -> list[str]:
    return [
        f"{at}/{name}" if at else name
        for at, found in directories.items()
        for name, mode, _ in found
        if mode == _SUBMODULE
    ]


def with_changes(
    tree: Directory, changes: Mapping[str, Node | None], trees: Mapping[str, str] | None = None
) -> Directory:
    """A tree with other nodes at some paths (None: nothing); as in git, a directory goes with its last file.

    trees: the ids that git gives the directories on these paths, where they say what a directory holds.
    """
    top = changed = _Changed()
    folders, last = {"": top}, ""
    for path, node in changes.items():
        folder, _, name = path.rpartition("/")
        if folder != last:
            changed, last = _changed_at(folders, folder), folder
        changed.nodes[name] = node
    if trees is not None and trees.keys() <= folders.keys():  # else one has another id with the same files
        for path, object_id in trees.items():
            folders[path].name = name_of_git_tree(object_id)
    return _rebuilt(tree, top)


class _Changed(Entity):
    """What changes in a directory, and in those below it. name: of its content then, where it is known."""

    name: str | None = None
    nodes: dict[str, Node | None] = field(default_factory=dict)
    below: dict[str, _Changed] = field(default_factory=dict)


def _changed_at(folders: dict[str, _Changed], path: str) -> _Changed:
    """One for each directory, with those above it."""
    found = folders.get(path)
    if found is None:
        above, _, name = path.rpartition("/")
        found = folders[path] = _changed_at(folders, above).below[name] = _Changed()
    return found


def _rebuilt(directory: Directory, changed: _Changed) -> Directory:
    children = dict(directory.children)
    added = False
    for name, node in changed.nodes.items():
        if node is None:
            children.pop(name, None)
        else:
            added = added or name not in children
            children[name] = node
    for name, inner in changed.below.items():
        child = children.get(name)
        rebuilt = _rebuilt(child if isinstance(child, Directory) else EMPTY, inner)
        if rebuilt.children:
            added = added or name not in children  # also what was taken out above: a file that became a directory
            children[name] = rebuilt
        elif isinstance(child, Directory):
            del children[name]
    if added:
        children = {name: children[name] for name in sorted(children)}
    return Directory(0o755, children=children, known_name=changed.name)


_Header = tuple[str, str, str, str]
_Changes = dict[str, tuple[str, str]]


def _parsed(stream: IO[bytes]) -> Iterator[tuple[_Header, _Changes, dict[str, str]]]:
    """Of each commit its id, time, subject and tree; by path the mode and id that it has since, and ids of trees."""
    header: _Header | None = None
    changes: _Changes = {}
    trees: dict[str, str] = {}
    fields = _fields(stream)
    for text in fields:
        if text.startswith("\x01"):
            if header is not None:
                yield header, changes, trees
            header = text[1:], next(fields, ""), next(fields, ""), next(fields, "")
            changes, trees = {}, {}
        else:
            was, mode, _, digest, _ = text.split(" ")
            path = next(fields, "")
            if mode == _TREE:
                trees[path] = digest
            elif mode != _DELETED or was != f":{_TREE}":
                changes[path] = mode, digest
    if header is not None:
        yield header, changes, trees


def _fields(stream: IO[bytes]) -> Iterator[str]:
    rest = b""
    while data := stream.read(_CHUNK):
        whole, end, rest = (rest + data).rpartition(b"\0")
        if end:
            yield from text_of(whole).split("\0")
