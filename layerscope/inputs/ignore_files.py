"""The ignore file of a side as its builder's client finds it, and its rules as that client walks by them.

BuildKit's client follows links inside the directory alone, and takes what is no file for none; the classic one opens
the path as any program does, and fails where that is no file.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from layerscope.context.directory import DeniedError
from layerscope.context.paths import LinkLoopError, follow_links
from layerscope.context.patterns import (
    IGNORE_FILE,
    IgnoreFileError,
    Pattern,
    PatternError,
    PatternList,
    parse_ignore_file,
)
from layerscope.context.tree import Directory, Link, Node, Special
from layerscope.errors import InputError
from layerscope.graph.builder import Builder
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.context.special import SpecialType

OWN_IGNORE_FILE = IGNORE_FILE  # appended to the Dockerfile's name


class FileLookup(Value):
    """How one side's Dockerfile and ignore file are looked up.

    context: the context's path among those that `read` takes. read: the bytes at a path, links followed as that
    side has them, None where nothing is. node: what lies at a path, no link followed. followed: where the links on a
    path lead, as that side has them; the path of a link where they lead in a circle. label: a path as messages name it.
    missing: what to say where the Dockerfile is not there. inside: a path relative to the context. as_archive: whether
    the client sends what it is given, an archive, as it is.
    """

    context: str
    read: Callable[[str], bytes | None]
    node: Callable[[str], Node | None]
    followed: Callable[[str], str]
    label: Callable[[str], str]
    missing: Callable[[str], InputError]
    inside: Callable[[str], str]
    as_archive: bool = False


class FoundRules(Value):
    """Ignore rules; file: where they come from, relative to the context."""

    ignore: PatternList
    ignore_file: str | None


def find_rules(files: FileLookup, dockerfile: str | None, builder: Builder) -> FoundRules:
    """`<Dockerfile>.dockerignore` if the builder reads it and it is there, else `.dockerignore`, else no rules.

    dockerfile: its path; None where it comes from elsewhere, and has no ignore file of its own. An archive is not
    filtered. Raises InputError with file and line.
    """
    if files.as_archive and not builder.packs_context:
        return FoundRules(PatternList(), None)
    candidates = [(files.context, IGNORE_FILE)]
    if dockerfile is not None and builder.reads_own_ignore_file:
        folder, name = posixpath.split(dockerfile)
        candidates.insert(0, (folder, name + OWN_IGNORE_FILE))
    inside = None if dockerfile is None else _inside_context(files.inside(files.followed(dockerfile)))
    for folder, name in candidates:
        content = ignore_file_bytes(files, folder, name, builder)
        if content is not None:
            path = posixpath.join(folder, name)
            rules = ignore_rules(content, files.label(path))
            return FoundRules(_for_client(rules, inside, files, builder), files.inside(path))
    return FoundRules(PatternList(), None)


def ignore_file_bytes(files: FileLookup, folder: str, name: str, builder: Builder) -> bytes | None:
    """The bytes of an ignore file in a directory, None where the builder sees none. Raises InputError."""
    path = ignore_file_path(files, folder, name, builder)
    node = None if path is None else files.node(path)
    if path is None or node is None:
        return None
    shown = files.label(posixpath.join(folder, name))
    if isinstance(node, Special):
        return _bytes_of_special(node.kind, shown, builder)
    try:
        return files.read(path)
    except DeniedError:
        if builder.packs_context:
            raise
        return b""  # BuildKit's client sends what it may not read as an empty file


def ignore_file_path(files: FileLookup, folder: str, name: str, builder: Builder) -> str | None:
    """Where the bytes of an ignore file lie, None where the builder sees none. Raises InputError."""
    path = posixpath.join(folder, name)
    if not builder.packs_context:
        found = _followed_inside(files, folder, name)
        return None if found is None or isinstance(files.node(found), Directory) else found
    found = files.followed(path)
    node = files.node(found)
    if isinstance(node, Directory):
        raise InputError("is a directory: the classic builder fails where it reads its rules", files.label(path))
    if isinstance(node, Link):
        raise InputError("too many levels of symbolic links", files.label(path))
    return None if node is None else found


def ignore_rules(content: bytes, path: str) -> PatternList:
    """The rules an ignore file holds. Raises InputError with file and line."""
    try:
        rules = parse_ignore_file(content, path)
    except IgnoreFileError as error:
        raise InputError(str(error), path, error.line) from None
    for pattern in rules.patterns:
        _check(pattern, path)
    return rules


def _for_client(rules: PatternList, dockerfile: str | None, files: FileLookup, builder: Builder) -> PatternList:
    if not builder.packs_context:
        return rules
    from layerscope.context.classic_client import ClassicRules, engine_rules

    if files.as_archive:
        return engine_rules(rules, dockerfile)
    found = ClassicRules(rules.patterns, rules.text, dockerfile)
    if not found.sends_dockerfile:
        raise InputError("is ignored, and the classic client leaves it out: the engine cannot locate it", dockerfile)
    return found


def _inside_context(path: str) -> str | None:
    return None if path == posixpath.pardir or path.startswith(posixpath.pardir + "/") else path


def _followed_inside(files: FileLookup, folder: str, name: str) -> str | None:
    def child(at: str | Link | None, below: str) -> str | Link | None:
        assert isinstance(at, str)
        path = posixpath.join(at, below)
        node = files.node(path)
        return node if node is None or isinstance(node, Link) else path

    root: str | Link | None = folder
    try:
        _, found = follow_links(root, name, child)
    except LinkLoopError:
        return None
    return found if isinstance(found, str) else None


def _bytes_of_special(kind: SpecialType, shown: str, builder: Builder) -> bytes:
    """What a builder reads of what is no regular file. Raises InputError."""
    from layerscope.context.special import SpecialKind, SpecialType

    null_device = SpecialType(SpecialKind.CHARACTER, 1, 3)
    if kind.kind is SpecialKind.FIFO:
        raise InputError("is a FIFO: the builder would wait until something is written to it", shown)
    if builder.packs_context and kind != null_device:
        raise InputError("is no file that the classic builder can read its rules from", shown)
    return b""


def _check(pattern: Pattern, path: str) -> None:
    """Some patterns are found wrong only when something is held against them: an exception, when something is ignored.

    Raises InputError.
    """
    try:
        pattern.matches("")
    except PatternError as error:
        refusal = InputError(str(error), path, pattern.line)
        if not pattern.negated:
            raise refusal from None
        pattern.matches = _refusing(refusal)


def _refusing(error: InputError) -> Callable[[str], bool]:
    def matches(_path: str) -> bool:
        raise error

    return matches
