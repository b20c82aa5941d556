"""The trees of both sides as real files: in a directory for BuildKit's client, in a tar for the classic builder."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from layerscope.analysis.side import Side
from layerscope.building.altered import altered
from layerscope.context.attributes import copy_attributes, headers_for_classic
from layerscope.context.paths import lookup
from layerscope.context.place import DirectoryPlace
from layerscope.context.special import SpecialKind
from layerscope.context.tree import Directory, EditedFile, File, Link, Node
from layerscope.errors import InputError


class Files:
    """The bytes of a side's files. other: the tree of the other side, which has those that `--change` alters.

    altered: takes the bytes of such files by their digests. They are chosen once: all builds of a side, and all
    contexts that hold the file, get the same.
    """

    def __init__(self, tree: Directory, other: Directory, name: str, altered: dict[str, bytes] | None = None) -> None:
        self.tree, self.other, self.name = tree, other, name
        self._altered = {} if altered is None else altered

    def lay_out(self, root: Path) -> None:
        """Write the tree to a directory that is not there yet."""
        root.mkdir()
        directories: list[tuple[Path, int]] = [(root, self.tree.mode)]
        for path, node in self._nodes():
            there = root / path
            if isinstance(node, Directory):
                there.mkdir()
                directories.append((there, node.mode))
            elif isinstance(node, Link):
                there.symlink_to(node.target)
            elif isinstance(node, File):
                self._write(path, node, there)
            elif node.kind.kind is SpecialKind.FIFO:
                os.mkfifo(there, node.mode)
        # Afterwards and from below: what is read-only must still be filled.
        for there, mode in reversed(directories):
            there.chmod(mode)

    def tar(self, extra: dict[str, bytes], target: BinaryIO) -> None:
        """Write the tree as an archive as `docker build` sends it: all of it root's. extra: further files."""
        with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path, node in self._nodes():
                if path in extra:
                    continue
                entry = tarfile.TarInfo(path)
                entry.mode = 0o777 if isinstance(node, Link) else node.mode
                if isinstance(node, Directory):
                    entry.type = tarfile.DIRTYPE
                    archive.addfile(entry)
                elif isinstance(node, Link):
                    entry.type, entry.linkname = tarfile.SYMTYPE, node.target
                    archive.addfile(entry)
                elif isinstance(node, File):
                    self._add(archive, entry, path, node)
                elif node.kind.kind is SpecialKind.FIFO:
                    entry.type = tarfile.FIFOTYPE
                    archive.addfile(entry)
            for path, content in extra.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))

    def content(self, path: str, node: File) -> bytes:
        """The bytes of a file. Raises InputError where nobody has them."""
        if isinstance(node.source, str):
            try:
                return Path(node.source).read_bytes()
            except OSError as error:
                raise _unreadable(error, node.source) from None
        if node.source is not None:
            found = node.source()
            if found is not None:
                return found
        if not isinstance(node, EditedFile):
            raise InputError(f"nothing here has the bytes of {path}: verify builds from files, not digests", self.name)
        if node.digest not in self._altered:
            there = lookup(self.other, path)
            before = self.content(path, there) if isinstance(there, File) and there.source is not None else b""
            self._altered[node.digest] = altered(before)
        return self._altered[node.digest]

    def _nodes(self) -> Iterator[tuple[str, Node]]:
        """Everything below the root, parents first."""
        stack: list[tuple[str, Node]] = [("", self.tree)]
        while stack:
            path, node = stack.pop()
            if path:
                yield path, node
            if isinstance(node, Directory):
                stack += [
                    (f"{path}/{name}" if path else name, child) for name, child in reversed(list(node.children.items()))
                ]

    def _write(self, path: str, node: File, there: Path) -> None:
        if isinstance(node.source, str):
            try:
                shutil.copyfile(node.source, there)
                copy_attributes(node.source, str(there))
            except OSError as error:
                raise _unreadable(error, node.source) from None
        else:
            there.write_bytes(self.content(path, node))
        there.chmod(node.mode)

    def _add(self, archive: tarfile.TarFile, entry: tarfile.TarInfo, path: str, node: File) -> None:
        if not isinstance(node.source, str):
            content = self.content(path, node)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
            return
        try:
            with Path(node.source).open("rb") as file:
                entry.size = os.fstat(file.fileno()).st_size
                entry.pax_headers = headers_for_classic(node.source)
                archive.addfile(entry, file)
        except OSError as error:
            raise _unreadable(error, node.source) from None


def remove(folder: Path) -> None:
    """Remove a directory that was laid out, whatever its modes are."""
    for directory, names, _ in os.walk(folder):
        for name in names:
            below = Path(directory) / name
            if not below.is_symlink():
                below.chmod(stat.S_IRWXU)
    shutil.rmtree(folder)


def directory_of(side: Side) -> str | None:
    """The directory whose files a side has, with nothing edited; None where there is none."""
    # Edits give a tree no token; that of a directory on disk is its own.
    return side.place.path if isinstance(side.place, DirectoryPlace) and side.tree.token is not None else None


def _unreadable(error: OSError, path: str) -> InputError:
    return InputError(f"cannot be read for the build: {(error.strerror or str(error)).lower()}", path)
