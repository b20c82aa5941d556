"""What the user said as a value: a directory, an archive, a snapshot or standard input; decided here alone."""

from __future__ import annotations

import functools
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from layerscope.context.place import ArchivePlace, DirectoryPlace, GivenPlace, InputPlace, SnapshotPlace
from layerscope.errors import InputError
from layerscope.files import reason
from layerscope.inputs.snapshot_mark import is_snapshot

StrPath = str | os.PathLike[str]
"""How a user names a file, a context or an image."""

STANDARD_INPUT = "standard input"
_DASH = "-"  # as Docker's command line says it


def place_of(said: StrPath | GivenPlace) -> GivenPlace:
    """Where a build context lies, as `docker build` takes it: a directory, a tar archive or `-`; or a snapshot's file.

    Raises InputError where nothing is, TypeError for what names no place.
    """
    if isinstance(said, GivenPlace):
        return said
    path = text_of(said, "a build context")
    if path == _DASH:
        return _standard_input()
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        raise InputError(reason(error), path) from None
    if stat.S_ISREG(mode):
        return SnapshotPlace(path) if is_snapshot(path) else ArchivePlace(path)
    return DirectoryPlace(path)


def context_or_image(said: StrPath | GivenPlace) -> GivenPlace | None:
    """The place of a build context, None where the word names an image.

    A directory that is an OCI layout, a file that is neither a snapshot nor an archive with a Dockerfile and what is no
    path are images. Raises TypeError.
    """
    if isinstance(said, GivenPlace):
        return said
    text = text_of(said, "a build context or an image")
    path = Path(text)
    if text == _DASH:
        return _standard_input()
    if path.is_dir():
        return None if (path / "oci-layout").exists() else DirectoryPlace(text)
    if not path.is_file():
        return None
    if is_snapshot(text):
        return SnapshotPlace(text)
    return ArchivePlace(text) if _holds_context(text) else None


def is_input(said: StrPath | None) -> bool:
    """Whether a word means standard input."""
    return said is not None and os.fspath(said) == _DASH


def text_of(said: object, what: str) -> str:
    """The text of a `str` or a `Path`. what: what it names, for the message. Raises TypeError for anything else."""
    text = os.fspath(said) if isinstance(said, str | os.PathLike) else None
    if not isinstance(text, str):
        raise TypeError(f"{what} is named by a str or a Path, not by {type(said).__name__}")
    return text


def texts_of(said: StrPath | Iterable[StrPath], what: str) -> tuple[str, ...]:
    """The texts of one name or of several. Raises TypeError."""
    if isinstance(said, str | os.PathLike) or not isinstance(said, Iterable):
        return (text_of(said, what),)
    return tuple(text_of(each, what) for each in said)


def read_input() -> bytes:
    """All that standard input holds."""
    return sys.stdin.buffer.read()


def _standard_input() -> InputPlace:
    return InputPlace(functools.cache(read_input))


def _holds_context(path: str) -> bool:
    from layerscope.context.directory import begins_as_archive

    with Path(path).open("rb") as file:
        if not begins_as_archive(file.read(512)):
            return False
    from layerscope.image.tar_archive import open_archive

    try:
        archive = open_archive(path)
    except InputError:
        return False  # what is wrong with it is said by what reads images
    return "oci-layout" not in archive and any(name in archive for name in ("Dockerfile", "dockerfile"))
