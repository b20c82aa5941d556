"""A tar with an image in it, an OCI layout's files or those of `docker save`: its members, read in place."""

from __future__ import annotations

import os
import posixpath
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from layerscope.docker.json_document import JSON_LIMIT, JsonObject, parse_object
from layerscope.errors import InputError
from layerscope.image.blobs import Blob
from layerscope.image.layers.layer_tar import FileSpan, FileWindows, is_compressed, read_chunk, uncompressed
from layerscope.image.layers.tar_entries import FILE, HARD_LINK, SYMLINK, TarEntry, tar_entries

_LINK_LIMIT = 40  # as the kernel's


class ImageArchive:
    """The members of a tar by path, and its blobs by digest.

    file: what errors call it. The archive's own headers are read once; bodies are read where they lie.
    """

    def __init__(self, part: FileSpan, file: str, reopen: Callable[[int, int, str], FileSpan]) -> None:
        self.file = file
        self._reopen = reopen
        with part:
            self._members = {entry.path: entry for entry in tar_entries(FileWindows(part), file)}

    def __contains__(self, path: str) -> bool:
        return path in self._members

    def find(self, digest: str) -> Blob | None:
        path = f"blobs/{digest.replace(':', '/')}"
        return self.member(path) if path in self._members else None

    def member(self, path: str) -> Blob:
        """A file of the archive, links followed.

        Raises:
            InputError: it is not there, no file, or its links lead out of the archive or round in circles.
        """
        entry = self._resolve(path)
        name = f"{self.file} ({entry.path})"
        return Blob(lambda: cast(BinaryIO, self._reopen(entry.offset, entry.size, name)), entry.size)

    def is_link(self, path: str) -> bool:
        entry = self._members.get(path)
        return entry is not None and entry.kind == SYMLINK

    def read(self, path: str) -> bytes:
        """A member that must be there and of a size a document may have."""
        blob = self.member(path)
        if (blob.size or 0) > JSON_LIMIT:
            raise InputError(f"{path} is longer than {JSON_LIMIT} bytes", self.file)
        with blob.open() as stream:
            return stream.read()

    def index(self) -> JsonObject:
        """The index.json of the layout in it."""
        return parse_object(self.read("index.json"), f"{self.file} (index.json)")

    def _resolve(self, path: str) -> TarEntry:
        at = path
        for _ in range(_LINK_LIMIT):
            entry = self._members.get(at)
            if entry is None:
                raise InputError(f"{path} is not in the archive", self.file)
            if entry.kind == FILE:
                return entry
            if entry.kind == SYMLINK:
                at = posixpath.normpath(posixpath.join(posixpath.dirname(at), entry.link_target))
            elif entry.kind == HARD_LINK:
                at = posixpath.normpath(entry.link_target)
            else:
                raise InputError(f"{path} is no file but a {entry.kind}", self.file)
            if at.startswith(("/", "../")):
                raise InputError(f"{path} is a link that leads out of the archive", self.file)
        raise InputError(f"{path} is a link that leads round in circles", self.file)


def open_archive(path: str) -> ImageArchive:
    """A tar at a path; one compressed as a whole, or no regular file (a pipe), is first unpacked to a temporary file.

    Raises:
        InputError: it cannot be read, or is no tar.
    """
    place = Path(path)
    if place.exists() and not place.is_file() and not place.is_dir():
        with place.open("rb", buffering=0) as pipe:
            return spooled_archive(cast(BinaryIO, pipe), path)
    if place.is_dir():
        raise InputError("a directory, not an archive", path)
    part = FileSpan.of_path(place, path)
    if is_compressed(part.part(0, 4)):
        with part:
            return spooled_archive(cast(BinaryIO, part), path)
    return ImageArchive(part, path, lambda start, size, name: FileSpan.of_path(place, name, start, size))


def spooled_archive(stream: BinaryIO, file: str) -> ImageArchive:
    """A tar that comes as a stream, compressed or not, by way of a temporary file that goes with the archive."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as the archive is of use
    with uncompressed(stream, file) as plain:
        try:
            while chunk := read_chunk(plain, file):
                spool.write(chunk)
            spool.flush()
        except OSError as error:  # no more space, for one: a few bytes may expand to very many
            spool.close()
            raise InputError(f"cannot be unpacked to {tempfile.gettempdir()}: {error.strerror}", file) from None
    size = spool.tell()

    def reopen(start: int, size: int, name: str) -> FileSpan:
        return FileSpan(os.dup(spool.fileno()), start, size, name)

    archive = ImageArchive(reopen(0, size, file), file, reopen)
    weakref.finalize(reopen, spool.close)
    return archive
