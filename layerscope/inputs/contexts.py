"""Opens a build context as `docker build` takes it, with its Dockerfile and ignore rules."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.analysis.side import Side
from layerscope.context import attributes
from layerscope.context.directory import begins_as_archive, node_at, read_bytes, read_directory
from layerscope.context.paths import clean, followed, lookup
from layerscope.context.place import ArchivePlace, DirectoryPlace, GivenPlace, InputPlace, SnapshotPlace
from layerscope.context.tree import EMPTY, Directory
from layerscope.dockerfile.stages import Dockerfile, DockerfileSource, parse_dockerfile
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions
from layerscope.inputs.choice import choose
from layerscope.inputs.ignore_files import FileLookup
from layerscope.inputs.place import STANDARD_INPUT, StrPath, is_input, place_of, read_input, text_of
from layerscope.values import replace

if TYPE_CHECKING:
    from layerscope.context.archive import Archive


def open_context(
    context: StrPath | GivenPlace = ".",
    *,
    file: StrPath | Dockerfile | None = None,
    options: BuildOptions | None = None,
) -> Side:
    """A build context as `docker build` takes it: a directory, a tar archive, or `-` for one on standard input.

    file: the Dockerfile, relative to the current directory (of an archive: a path in it), or `-` for standard input; by
    default `Dockerfile`, else `dockerfile`, in the context. One that was parsed already is taken as it is. A Dockerfile
    on standard input in place of an archive has an empty context. The file of a snapshot stands for the context,
    Dockerfile and options that it was taken of. Raises InputError with file and line for all that cannot be read.
    """
    if isinstance(file, Dockerfile):
        return open_place(place_of(context), file, options)
    if file is not None and not text_of(file, "a Dockerfile"):
        raise InputError("-f needs the name of a Dockerfile")
    place = place_of(context)
    if is_input(file):
        if isinstance(place, InputPlace):
            raise InputError("the context and the Dockerfile cannot both come from standard input", "-f -")
        _no_file_of_snapshot(place, file)
        return open_place(place, dockerfile_of_input(read_input()), options)
    return open_place(place, None if file is None else os.fspath(file), options)


def open_place(
    place: GivenPlace,
    file: str | Dockerfile | None = None,
    options: BuildOptions | None = None,
    tree: Directory | None = None,
) -> Side:
    """The side whose files lie at a place. tree: of a directory that was read already. Raises InputError."""
    options = options or BuildOptions()
    if isinstance(place, SnapshotPlace):
        from layerscope.inputs.snapshot import open_snapshot

        _no_file_of_snapshot(place, file)
        return open_snapshot(place.path, options)
    if isinstance(place, InputPlace):
        return _of_input(place, file, options)
    if isinstance(place, ArchivePlace):
        archive = open_archive(place, file)
        return _side(place, archive.tree, archive_lookup(place.path, archive), file, options)
    side = _side(place, tree or read_directory(place.path), directory_lookup(place.path), file, options)
    if not attributes.UNTOLD:
        return side
    from layerscope.inputs.untold_attributes import untold_by_system

    return replace(side, assumptions=untold_by_system(side.dockerfile, place.text))


def open_dockerfile(path: StrPath) -> Dockerfile:
    """A Dockerfile on its own. Raises InputError with file and line."""
    name = text_of(path, "a Dockerfile")
    content = read_bytes(name)
    if content is None:
        raise _no_dockerfile(name)
    return parse_dockerfile(content, name, file=name)


def dockerfile_of_input(data: bytes) -> Dockerfile:
    """A Dockerfile that came on standard input. Raises InputError."""
    return replace(parse_dockerfile(data, STANDARD_INPUT), source=DockerfileSource.STANDARD_INPUT)


def file_of_after(before: Side, after: GivenPlace) -> str | Dockerfile | None:
    """The Dockerfile of an after side: the same path relative to its context, or the same file if it lies outside.

    Standard input and an image's history give one for both sides.
    """
    if before.dockerfile.source is not DockerfileSource.FILE:
        return before.dockerfile
    if before.file is None:
        return None
    inside = clean(before.file)
    if isinstance(before.place, DirectoryPlace):
        inside = inside_context(before.file, before.place.path)
        if inside == os.pardir or inside.startswith(os.pardir + os.sep):
            return before.file
    return str(Path(after.path) / inside) if isinstance(after, DirectoryPlace) else inside


def open_archive(place: ArchivePlace, file: str | Dockerfile | None) -> Archive:
    """An archive as a context; file: read along, because it will be asked for. Raises InputError."""
    from layerscope.context.archive import read_archive

    return read_archive(lambda: Path(place.path).open("rb"), place.path, _wanted(file))


def directory_lookup(path: str) -> FileLookup:
    """How a directory's Dockerfile and ignore file are looked up: on the disk."""
    return FileLookup(
        path,
        read_bytes,
        node_at,
        os.path.realpath,
        lambda name: name,
        _no_dockerfile,
        lambda name: inside_context(name, path),
    )


def archive_lookup(path: str, archive: Archive) -> FileLookup:
    """How an archive's Dockerfile and ignore file are looked up: in it."""
    return FileLookup(
        "",
        archive.read,
        lambda name: lookup(archive.tree, name),
        lambda name: followed(archive.tree, name)[0],
        lambda name: f"{path}:{name}",
        lambda name: InputError(f"no {name} in the archive", path),
        clean,
        as_archive=True,
    )


def inside_context(path: str, context: str) -> str:
    """A path on disk relative to the context, links to either resolved (the last name is kept: it may be a link)."""
    place = Path(path)
    return os.path.relpath(Path(os.path.realpath(place.parent)) / place.name, os.path.realpath(context))


def _of_input(place: InputPlace, file: str | Dockerfile | None, options: BuildOptions) -> Side:
    data = place.read()
    if not begins_as_archive(data):
        if file is not None:
            named = file.path if isinstance(file, Dockerfile) else file
            raise InputError("standard input is a Dockerfile, and -f names another", named)
        return Side(place, dockerfile_of_input(data), EMPTY, options=options)
    from layerscope.context.archive import read_archive

    archive = read_archive(lambda: BytesIO(data), STANDARD_INPUT, _wanted(file))
    return _side(place, archive.tree, archive_lookup(place.text, archive), file, options)


def _side(
    place: GivenPlace, tree: Directory, lookup: FileLookup, file: str | Dockerfile | None, options: BuildOptions
) -> Side:
    choice = choose(lookup, file, options.builder)
    named = file if isinstance(file, str) else None
    return Side(place, choice.dockerfile, tree, choice.ignore, choice.ignore_file, options, named)


def _no_file_of_snapshot(place: GivenPlace, file: object) -> None:
    if isinstance(place, SnapshotPlace) and file is not None:
        raise InputError("is a snapshot, which holds its own Dockerfile: leave -f out", place.path)


def _wanted(file: str | Dockerfile | None) -> frozenset[str]:
    """What is read of an archive beside its tree: Dockerfiles and ignore files."""
    names = ["Dockerfile", "dockerfile", *([clean(file)] if isinstance(file, str) else [])]
    return frozenset([".dockerignore", *names, *(f"{name}.dockerignore" for name in names)])


def _no_dockerfile(path: str) -> InputError:
    return InputError("no such Dockerfile; name it with -f FILE", path)
