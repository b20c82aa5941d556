"""Opens a build context as `docker build` takes it, with its Dockerfile and ignore rules."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from layerscope.analysis.side import Side
from layerscope.context.archive import Archive, read_archive
from layerscope.context.directory import begins_as_archive, read_bytes, read_directory
from layerscope.context.paths import clean
from layerscope.context.tree import EMPTY
from layerscope.dockerfile.stages import Dockerfile, parse_dockerfile
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions
from layerscope.inputs.choice import Choice, Place, choose
from layerscope.inputs.snapshot_mark import is_snapshot
from layerscope.values import replace

STANDARD_INPUT = "standard input"


def open_context(
    path: str = ".",
    *,
    file: str | None = None,
    options: BuildOptions | None = None,
    dockerfile: Dockerfile | None = None,
) -> Side:
    """A build context as `docker build` takes it: a directory, a tar archive, or `-` for one on standard input.

    file: the Dockerfile, relative to the current directory, or `-` for standard input; by default `Dockerfile`
    (else `dockerfile`) in the context. dockerfile: one that was read already, in its place. A Dockerfile on
    standard input in place of an archive has an empty context. A snapshot's file (`layerscope.inputs.snapshot_file`)
    stands for the context, Dockerfile and options it was taken of. Raises InputError with file and line for all that
    cannot be read.
    """
    options = options or BuildOptions()
    if file == "":
        raise InputError("-f needs the name of a Dockerfile")
    if path == "-":
        return _open_standard_input(file, options)
    if is_snapshot(path):
        from layerscope.inputs.snapshot import open_snapshot

        _no_file_for_snapshot(path, file, dockerfile)
        return open_snapshot(path, options)
    chosen = dockerfile or (_dockerfile_from_input() if file == "-" else file)
    if is_archive(path):
        archive = open_archive(path, file)
        return _side(path, archive, choose(archive_place(path, archive), chosen, options.builder), options)
    tree = read_directory(path)
    choice = choose(directory_place(path), chosen, options.builder)
    return Side(path, choice.dockerfile, tree, choice.ignore, choice.ignore_file, options)


def open_dockerfile(path: str) -> Dockerfile:
    """A Dockerfile on its own. Raises InputError with file and line."""
    content = read_bytes(path)
    if content is None:
        raise _no_dockerfile(path)
    return parse_dockerfile(content, path)


def after_file(before: Side, after_context: str, file: str | None) -> str | None:
    """The Dockerfile of an after side: the same path relative to its context, or the same file if it lies outside."""
    if file is None or file == "-":
        return file
    inside = clean(file)
    if not is_archive(before.reference):
        inside = inside_context(file, before.reference)
        if inside == os.pardir or inside.startswith(os.pardir + os.sep):
            return file
    return inside if is_archive(after_context) else str(Path(after_context) / inside)


def is_archive(path: str) -> bool:
    """Whether CONTEXT is an archive, by what lies there."""
    return path == "-" or Path(path).is_file()


def open_archive(path: str, file: str | None) -> Archive:
    """An archive as a context. Raises InputError."""
    if is_snapshot(path):
        raise InputError("is a snapshot: it holds no file's bytes, only their digests", path)
    return read_archive(lambda: Path(path).open("rb"), path, wanted_files(file))


def directory_place(path: str) -> Place:
    """Where a directory's Dockerfile and ignore rules are looked up: on the disk."""
    return Place(path, read_bytes, lambda name: name, _no_dockerfile, lambda name: inside_context(name, path))


def archive_place(path: str, archive: Archive) -> Place:
    """Where an archive's Dockerfile and ignore rules are looked up: in it."""
    return Place(
        "",
        archive.read,
        lambda name: f"{path}:{name}",
        lambda name: InputError(f"no {name} in the archive", path),
        clean,
    )


def inside_context(path: str, context: str) -> str:
    """A path on disk relative to the context, links to either resolved (the last name is kept: it may be a link)."""
    place = Path(path)
    return os.path.relpath(Path(os.path.realpath(place.parent)) / place.name, os.path.realpath(context))


def _open_standard_input(file: str | None, options: BuildOptions) -> Side:
    if file == "-":
        raise InputError("the context and the Dockerfile cannot both come from standard input", "-f -")
    data = sys.stdin.buffer.read()
    if not begins_as_archive(data):
        if file is not None:
            raise InputError("standard input is a Dockerfile, and -f names another", file)
        return Side("-", _parsed_input(data), EMPTY, options=options)
    from io import BytesIO

    archive = read_archive(lambda: BytesIO(data), STANDARD_INPUT, wanted_files(file))
    return _side("-", archive, choose(archive_place("-", archive), file, options.builder), options)


def _no_file_for_snapshot(path: str, file: str | None, dockerfile: Dockerfile | None) -> None:
    if file is not None or dockerfile is not None:
        raise InputError("is a snapshot, which holds its own Dockerfile: leave -f out", path)


def _dockerfile_from_input() -> Dockerfile:
    return _parsed_input(sys.stdin.buffer.read())


def _parsed_input(data: bytes) -> Dockerfile:
    return replace(parse_dockerfile(data, STANDARD_INPUT), source=STANDARD_INPUT)


def _side(path: str, archive: Archive, choice: Choice, options: BuildOptions) -> Side:
    return Side(path, choice.dockerfile, archive.tree, choice.ignore, choice.ignore_file, options)


def wanted_files(file: str | None) -> frozenset[str]:
    """What is read of an archive beside its tree: Dockerfiles and ignore files."""
    names = ["Dockerfile", "dockerfile", *([clean(file)] if file else [])]
    return frozenset([".dockerignore", *names, *(f"{name}.dockerignore" for name in names)])


def _no_dockerfile(path: str) -> InputError:
    return InputError("no such Dockerfile; name it with -f FILE", path)
