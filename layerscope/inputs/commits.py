"""The builds of a repository's history: of each commit the context, the Dockerfile and the ignore rules it had."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator
from functools import cached_property
from pathlib import Path

from layerscope.analysis.replay_walk import CommitBuild
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.git.command import run_git
from layerscope.context.git.history import Commit, CommitFile, Repository
from layerscope.context.paths import followed, lookup, resolve
from layerscope.context.patterns import PatternList
from layerscope.context.place import DirectoryPlace, GivenPlace, RevisionPlace
from layerscope.context.tree import Directory, File, Link, Node
from layerscope.dockerfile.stages import Dockerfile, Versions
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.graph.options import BuildOptions
from layerscope.inputs.choice import Choice, choose
from layerscope.inputs.committed_contexts import CommittedContexts
from layerscope.inputs.contexts import directory_lookup, inside_context, open_dockerfile
from layerscope.inputs.ignore_files import (
    OWN_IGNORE_FILE,
    FileLookup,
    ignore_file_bytes,
    ignore_file_path,
    ignore_rules,
)
from layerscope.inputs.place import StrPath, is_input, text_of
from layerscope.inputs.sent_git import CommittedGit
from layerscope.values import Value, replace

_Digests = tuple[str | None, ...]


class FixedBuild(Value):
    """What all commits are built with in place of their own. ignore: None leaves each commit its rules."""

    dockerfile: Dockerfile
    ignore: PatternList | None = None
    ignore_file: str | None = None

    @classmethod
    def of_file(cls, path: StrPath) -> FixedBuild:
        """A Dockerfile, with the ignore file of its own where there is one. Raises InputError."""
        dockerfile = open_dockerfile(path)
        folder, name = os.path.split(dockerfile.path)
        own = dockerfile.path + OWN_IGNORE_FILE
        content = ignore_file_bytes(directory_lookup(folder), folder, name + OWN_IGNORE_FILE, builder_named("buildkit"))
        return cls(dockerfile) if content is None else cls(dockerfile, ignore_rules(content, own), own)

    @classmethod
    def of_side(cls, side: Side) -> FixedBuild:
        """The Dockerfile and the rules of a side."""
        return cls(side.dockerfile, side.ignore, side.ignore_file)


class History:
    """The commits to replay, each as a build. `assumptions` is whole when all have been walked."""

    def __init__(
        self,
        context: StrPath | GivenPlace,
        *,
        file: StrPath | None = None,
        fixed: FixedBuild | None = None,
        options: BuildOptions | None = None,
        commits: int | None = None,
        between: str | None = None,
        without_git: bool = False,
    ) -> None:
        """context: a directory in the repository. file: as `-f`, in each commit the file of that path.

        fixed: what every commit is built with instead. without_git: the builds are not sent `.git`, as of a clean
        export. Raises InputError where no repository holds the context.
        """
        self.context = _directory(context)
        self.repository = Repository(self.context.path)
        self.inside = _inside(self.context.path, self.repository.top)
        self.file = _inside_file(file, self.repository.top) if file is not None else None
        self.fixed = fixed
        self.options = options or BuildOptions()
        self.commits, self.between = commits, between
        self._git = CommittedGit(self.repository.top, whole=not self.inside, sent=not without_git)
        self._choices: dict[_Digests, Choice | InputError] = {}
        self._versions = Versions()
        self._named = CommittedContexts(self.options, self.repository.top, without_git=without_git)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        submodules = tuple(
            Assumption("submodule", path, "its files are not at hand: its commit stands for them")
            for path in self.repository.unknown_submodules
        )
        return (self._git.assumption, *submodules, *self._named.assumptions)

    @property
    def question(self) -> Hashable | None:
        """What the builds of a commit hang on beside the commit; None where that is more than can be said in words."""
        options = self.options
        if not builder_named(options.builder).can_resume or self._named.outside:
            return None
        fixed: Hashable = None
        if self.fixed is not None:
            rules = self.fixed.ignore.token if self.fixed.ignore is not None else None
            fixed = (self.fixed.dockerfile.path, self.fixed.dockerfile.text, rules, self.fixed.ignore_file)
        said = repr(replace(options, named_contexts=self._named.constant))
        named = tuple(sorted(self._named.inside.items()))
        return (self.repository.top, self.inside, self.file, fixed, said, self._git.kind, named)

    @property
    def repeatable(self) -> bool:
        """Whether the walk hung on nothing but the commits.

        Not on submodules, nor on objects that were not at hand, nor on which files lie in `.git` today.
        """
        of_today = self._git.names_files or self._named.sends_git
        return not (self.repository.met_submodules or self.repository.missed or of_today)

    def names(self) -> list[str]:
        """The ids of all commits to walk, oldest first. Raises InputError."""
        return self.repository.names(self.commits, self.between)

    def __iter__(self) -> Iterator[CommitBuild]:
        """Raises InputError where git fails or knows no such commits."""
        return self.after(None)

    def after(self, last: str | None) -> Iterator[CommitBuild]:
        """The commits from `last` on, that one among them; None: all."""
        with self.repository.opened():
            for commit in self.repository.commits(self.commits, self.between, last):
                try:
                    side: Side | None = self._side(commit)
                    error = None
                except InputError as failure:
                    side, error = None, str(failure)
                yield CommitBuild(commit.id, commit.time, commit.subject, side, error)

    def _side(self, commit: Commit) -> Side:
        context = resolve(commit.tree, self.inside)[1] if self.inside else commit.tree
        if not isinstance(context, Directory):
            raise InputError("the context is not there in this commit", self.inside)
        choice = self._choice(commit.tree)
        sent = self._git.beside(context, commit.id, choice)
        place = RevisionPlace(self.context, commit.id)
        options = self._named.options_at(commit.tree, commit.id)
        return Side(place, choice.dockerfile, sent, choice.ignore, choice.ignore_file, options)

    def _choice(self, tree: Directory) -> Choice:
        """One value for all commits with the same files, so that what was made of them is made once."""
        fixed = self.fixed
        if fixed is not None and fixed.ignore is not None:
            return Choice(fixed.dockerfile, fixed.ignore, fixed.ignore_file)
        files = self._lookup(tree)
        key = self._key(tree, files)
        found = self._choices.get(key)
        if found is None:
            try:
                given = fixed.dockerfile if fixed is not None else self.file
                found = choose(files, given, self.options.builder, self._versions)
            except InputError as error:
                found = error
            self._choices[key] = found
        if isinstance(found, InputError):
            raise found
        return found

    def _key(self, tree: Directory, files: FileLookup) -> _Digests:
        """Equal for all commits whose builds have one Dockerfile and one set of rules."""
        dockerfiles = [_found(tree, path) for path in self._dockerfiles]
        return (
            *[node.digest if isinstance(node, File) else None for node in dockerfiles],
            *[self._told(tree, files, path) for path in self._ignore_files],
        )

    def _told(self, tree: Directory, files: FileLookup, path: str) -> str | None:
        """What the builder would read at the path of an ignore file."""
        node = lookup(tree, path)
        if node is None:
            return None
        if isinstance(node, File):
            return node.digest
        try:
            at = ignore_file_path(files, *os.path.split(path), builder_named(self.options.builder))
        except InputError as error:
            return str(error)
        node = None if at is None else lookup(tree, at)
        return node.digest if isinstance(node, File) else None

    @cached_property
    def _dockerfiles(self) -> list[str]:
        """The paths of which one is the Dockerfile of a build."""
        start = f"{self.inside}/" if self.inside else ""
        return [self.file] if self.file is not None else [start + "Dockerfile", start + "dockerfile"]

    @cached_property
    def _ignore_files(self) -> list[str]:
        """The paths of which one has the rules of a build."""
        start = f"{self.inside}/" if self.inside else ""
        return [*(name + OWN_IGNORE_FILE for name in self._dockerfiles), start + OWN_IGNORE_FILE]

    def _lookup(self, tree: Directory) -> FileLookup:
        def read(path: str) -> bytes | None:
            node = _found(tree, path)
            return node.read() if isinstance(node, CommitFile) else None

        return FileLookup(
            self.inside,
            read,
            lambda path: lookup(tree, path),
            lambda path: followed(tree, path)[0],
            lambda path: path,
            lambda path: InputError("no such Dockerfile in this commit", path),
            lambda path: os.path.relpath(path, self.inside or os.curdir),
        )


def _found(tree: Directory, path: str) -> Node | None:
    """The node at a path, links followed; most have none, and are asked for in every commit."""
    node: Node | None = tree
    for name in path.split("/"):
        node = node.children.get(name) if isinstance(node, Directory) else None
        if isinstance(node, Link):
            return resolve(tree, path)[1]
    return node


def tracked(side: Side) -> DirectoryPlace | None:
    """The directory of a side, where the newest commit of the repository that holds it has anything there."""
    if not isinstance(side.place, DirectoryPlace):
        return None
    try:
        return side.place if run_git(side.place.path, "ls-tree", "HEAD", "--", ".") else None
    except InputError:
        return None


def _directory(context: StrPath | GivenPlace) -> DirectoryPlace:
    if isinstance(context, DirectoryPlace):
        return context
    name = context.text if isinstance(context, GivenPlace) else text_of(context, "a build context")
    if not Path(name).is_dir():
        raise InputError("no such directory; replay walks the git repository that holds the context", name)
    return DirectoryPlace(name)


def _inside(context: str, top: str) -> str:
    inside = os.path.relpath(os.path.realpath(context), top)
    return "" if inside == os.curdir else inside


def _inside_file(said: StrPath, top: str) -> str:
    if is_input(said):
        raise InputError("each commit has its own Dockerfile: name its path, or one for all with --with-file", "-f -")
    file = text_of(said, "a Dockerfile")
    inside = inside_context(file, top)
    if inside == os.pardir or inside.startswith(os.pardir + os.sep):
        raise InputError("lies outside the repository: name one for all commits with --with-file", file)
    return inside
