"""A build context from a tar archive, as `docker build - < context.tar` takes it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from layerscope.context.paths import LinkLoopError, clean, lookup, resolve, with_entries
from layerscope.context.special import SpecialType, kind_in_tar
from layerscope.context.tree import EMPTY, IMPLIED_MODE, Directory, File, ImpliedDirectory, Link, Node, Special
from layerscope.errors import InputError
from layerscope.values import Value

if TYPE_CHECKING:
    import tarfile

_BLOCK = 1 << 20
_SINGLE_READINGS = 3


class Archive(Value):
    """The tree in an archive; content: the bytes of a file by its path, None where it is none."""

    tree: Directory
    content: Callable[[str], bytes | None]

    def read(self, path: str) -> bytes | None:
        """The bytes at a path, links followed inside the archive; None where no file is."""
        try:
            target, node = resolve(self.tree, path)
        except LinkLoopError:
            return None
        return self.content(target) if isinstance(node, File) else None


class _Stored:
    """The bytes of an archive's files; links: hard links, to the file they are."""

    def __init__(self, opened: Callable[[], BinaryIO], name: str) -> None:
        self._opened, self._name = opened, name
        self._readings = 0
        self.kept: dict[str, bytes | None] = {}
        self.links: dict[str, str] = {}

    def content(self, path: str) -> bytes | None:
        """The bytes of one file. Who asks for one after the other is spared a reading for each."""
        path = self.links.get(path, path)
        if path not in self.kept:
            self._readings += 1
            self._read(path, keep_all=self._readings > _SINGLE_READINGS)
        return self.kept[path]

    def _read(self, wanted: str, *, keep_all: bool) -> None:
        found: dict[str, bytes | None] = {wanted: None}
        with _reading(self._opened, self._name) as archive:
            for member in archive:
                path = clean(member.name)
                if member.isfile() and (keep_all or path == wanted):
                    _, found[path] = _digest(archive, member, keep=True)
        self.kept |= found


def read_archive(opened: Callable[[], BinaryIO], name: str, wanted: Container[str] = ()) -> Archive:
    """An archive in any compression tarfile knows; `opened` may be called again, to read more of it.

    wanted: files whose bytes are kept from the first reading. Raises InputError for what is no archive or ends
    early.
    """
    entries: dict[str, Node | None] = {}
    stored = _Stored(opened, name)
    links = stored.links
    with _reading(opened, name) as archive:
        for member in archive:
            path = clean(member.name)
            if not path:
                continue
            links.pop(path, None)
            mode, owner = member.mode & 0o7777, _owner(member)
            if member.isfile():
                digest, content = _digest(archive, member, keep=path in wanted)
                entries[path] = File(
                    mode, member.size, digest=digest, owner=owner, source=partial(stored.content, path)
                )
                if content is not None:
                    stored.kept[path] = content
            elif member.isdir():
                entries.setdefault(path, Directory(mode, children={}, owner=owner, made=True))
            elif member.issym():
                entries[path] = Link(member.linkname, owner)
            elif member.islnk():
                links[path] = clean(member.linkname)
            else:
                kind = SpecialType(kind_in_tar(member.type), member.devmajor, member.devminor)
                entries[path] = Special(kind, mode, owner)
    for path, target in links.items():
        entries[path] = entries.get(target)
    for path in list(entries):
        folder = path.rpartition("/")[0]
        while folder and folder not in entries:
            entries[folder] = ImpliedDirectory(IMPLIED_MODE, children={}, made=True)
            folder = folder.rpartition("/")[0]
    return Archive(_tree(entries), stored.content)


@contextmanager
def _reading(opened: Callable[[], BinaryIO], name: str) -> Iterator[tarfile.TarFile]:
    import lzma
    import tarfile
    import zlib

    try:
        with opened() as stream, tarfile.open(fileobj=stream, mode="r:*") as archive:
            yield archive
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError) as error:
        # What cannot be opened at all gets one line for each compression that was tried.
        reason = "" if "\n" in str(error) else f": {error}"
        raise InputError(f"is no readable tar archive{reason}", name) from None


def _owner(member: tarfile.TarInfo) -> str:
    """As trees have it; the client of a directory makes all of it root's, an archive keeps its own."""
    return f"{member.uid}:{member.gid}" if member.uid or member.gid else ""


def _tree(entries: dict[str, Node | None]) -> Directory:
    root = EMPTY
    by_depth: dict[int, dict[str, Node | None]] = {}
    for path, node in entries.items():
        by_depth.setdefault(path.count("/"), {})[path] = node
    for depth in sorted(by_depth):
        fresh = {
            path: node
            for path, node in by_depth[depth].items()
            if not (isinstance(node, Directory) and isinstance(lookup(root, path), Directory))
        }
        root = with_entries(root, fresh)
    return root


def _digest(archive: tarfile.TarFile, member: tarfile.TarInfo, keep: bool) -> tuple[str, bytes | None]:
    file = archive.extractfile(member)
    assert file is not None
    from hashlib import sha256

    digest = sha256()
    kept: list[bytes] = []
    while block := file.read(_BLOCK):
        digest.update(block)
        if keep:
            kept.append(block)
    return f"sha256:{digest.hexdigest()}", b"".join(kept) if keep else None
