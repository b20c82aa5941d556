"""Which Dockerfile and which ignore rules a side uses: one rule for directories, archives, revisions and diffs."""

from __future__ import annotations

from pathlib import Path

from layerscope.context.patterns import PatternList
from layerscope.context.place import ContextPlace, DirectoryPlace
from layerscope.dockerfile.stages import Dockerfile, Versions, parse_dockerfile
from layerscope.graph.builder import builder_named
from layerscope.inputs.ignore_files import FileLookup, find_rules
from layerscope.values import Value


class Choice(Value):
    """A side's Dockerfile and ignore rules; ignore_file: where they come from, relative to the context."""

    dockerfile: Dockerfile
    ignore: PatternList
    ignore_file: str | None


def choose(files: FileLookup, file: str | Dockerfile | None, builder: str, versions: Versions | None = None) -> Choice:
    """The Dockerfile, and the ignore rules that the builder finds for it.

    file: as `-f` names it; None for `Dockerfile`, else `dockerfile`, in the context; or one read already from
    standard input, which has no ignore file of its own. versions: as `parse_dockerfile` takes it. Raises InputError.
    """
    path: str | None = None
    if isinstance(file, Dockerfile):
        dockerfile = file
    else:
        path, content = _dockerfile(files, file)
        dockerfile = parse_dockerfile(content, files.label(path), versions, file=path)
    found = find_rules(files, path, builder_named(builder))
    return Choice(dockerfile, found.ignore, found.ignore_file)


def has_no_dockerfile(place: ContextPlace) -> bool:
    """Whether a place is a directory in which a build would find no Dockerfile."""
    if not isinstance(place, DirectoryPlace):
        return False
    return not any((Path(place.path) / name).exists() for name in ("Dockerfile", "dockerfile"))


def _dockerfile(files: FileLookup, file: str | None) -> tuple[str, bytes]:
    names = [file] if file is not None else [str(Path(files.context) / n) for n in ("Dockerfile", "dockerfile")]
    for name in names:
        content = files.read(name)
        if content is not None:
            return name, content
    raise files.missing(names[0])
