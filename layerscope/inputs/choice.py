"""Which Dockerfile and which ignore rules a side uses: one rule for directories, archives, revisions and diffs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from layerscope.context.patterns import IgnoreFileError, Pattern, PatternError, PatternList, parse_ignore_file
from layerscope.context.place import ContextPlace, DirectoryPlace
from layerscope.dockerfile.stages import Dockerfile, Versions, parse_dockerfile
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.values import Value

OWN_IGNORE_FILE = ".dockerignore"  # appended to the Dockerfile's name


class FileLookup(Value):
    """How one side's Dockerfile and ignore file are looked up.

    context: the context's path among those that `read` takes. read: the bytes at a path, links followed as that
    side has them, None where nothing is. label: a path as messages name it. missing: what to say where the
    Dockerfile is not there. inside: a path relative to the context.
    """

    context: str
    read: Callable[[str], bytes | None]
    label: Callable[[str], str]
    missing: Callable[[str], InputError]
    inside: Callable[[str], str]


class Choice(Value):
    """A side's Dockerfile and ignore rules; ignore_file: where they come from, relative to the context."""

    dockerfile: Dockerfile
    ignore: PatternList
    ignore_file: str | None


def choose(lookup: FileLookup, file: str | Dockerfile | None, builder: str, versions: Versions | None = None) -> Choice:
    """The Dockerfile, and `<Dockerfile>.dockerignore` if the builder reads it and it is there, else `.dockerignore`.

    file: as `-f` names it; None for `Dockerfile`, else `dockerfile`, in the context; or one read already from
    standard input, which has no ignore file of its own. versions: as `parse_dockerfile` takes it. Raises InputError.
    """
    candidates = [str(Path(lookup.context) / ".dockerignore")]
    if isinstance(file, Dockerfile):
        dockerfile = file
    else:
        path, content = _dockerfile(lookup, file)
        dockerfile = parse_dockerfile(content, lookup.label(path), versions, file=path)
        if builder_named(builder).reads_own_ignore_file:
            candidates.insert(0, path + OWN_IGNORE_FILE)
    for candidate in candidates:
        content_or_none = lookup.read(candidate)
        if content_or_none is not None:
            return Choice(dockerfile, ignore_rules(content_or_none, lookup.label(candidate)), lookup.inside(candidate))
    return Choice(dockerfile, PatternList(), None)


def has_no_dockerfile(place: ContextPlace) -> bool:
    """Whether a place is a directory in which a build would find no Dockerfile."""
    if not isinstance(place, DirectoryPlace):
        return False
    return not any((Path(place.path) / name).exists() for name in ("Dockerfile", "dockerfile"))


def _dockerfile(lookup: FileLookup, file: str | None) -> tuple[str, bytes]:
    names = [file] if file is not None else [str(Path(lookup.context) / n) for n in ("Dockerfile", "dockerfile")]
    for name in names:
        content = lookup.read(name)
        if content is not None:
            return name, content
    raise lookup.missing(names[0])


def ignore_rules(content: bytes, path: str) -> PatternList:
    """The rules an ignore file holds. Raises InputError with file and line."""
    try:
        rules = parse_ignore_file(content, path)
    except IgnoreFileError as error:
        raise InputError(str(error), path, error.line) from None
    for pattern in rules.patterns:
        _check(pattern, path)
    return rules


def _check(pattern: Pattern, path: str) -> None:
    """Some patterns are found wrong only when something is held against them."""
    try:
        pattern.matches("")
    except PatternError as error:
        raise InputError(str(error), path, pattern.line) from None
