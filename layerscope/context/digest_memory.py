"""Digests of files remembered between runs, as git's index does: they change how long an answer takes, never it.

A digest counts only for a file that still is where it was with the same device, inode, size, times and mode. One
that changed a moment ago is not remembered: a further change could leave all of these as they are. Nor is one with
extended attributes that count: setting one gives a file another ctime, so that it is looked at again.
"""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from layerscope.remembered import SETTLING, Remembering, bound, cache_folder, recall, remember

COLUMNS = 6  # of a file's row: device, inode, size, mtime, ctime, mode; all 0 where one is out of range
ROW_BYTES = 8 * COLUMNS
_DIGEST_BYTES = 32
_MAX_FILE = 128 << 20  # bytes remembered of one context: some 1.2 million files
_MAX_ALL = 512 << 20
_MAGIC = f"layerscope digests 2 {sys.byteorder}\n".encode()


class DigestMemory:
    """What is remembered in one folder: a file for each context, read when something there must be hashed.

    settling: ns for which a file must not have changed when it is listed, for its digest to be kept.
    """

    def __init__(self, folder: str, settling: int = SETTLING) -> None:
        self._folder = os.path.realpath(folder)
        self._settling = settling
        self._roots: dict[str, RootDigests] = {}

    def of(self, root: str) -> RootDigests:
        """The digests of the files below a directory."""
        real = os.path.realpath(root)
        if real not in self._roots:
            self._roots[real] = RootDigests(real, self._folder, self._settling)
        return self._roots[real]

    def save(self) -> None:
        """Write what is new; quietly nothing where that cannot be, or the folder lies in a context."""
        if any(f"{self._folder}/".startswith(f"{root.rstrip('/')}/") for root in self._roots):
            return
        fresh = [root for root in self._roots.values() if root.is_fresh]
        if not fresh:
            return
        with suppress(OSError):
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            for root in fresh:
                root.save()
            bound(Path(self._folder), _MAX_ALL)


class RootDigests:
    """The digests of one context's files, by the directory they lie in."""

    def __init__(self, root: str, folder: str, settling: int) -> None:
        """folder: where what is remembered of all roots lies."""
        self.root = root
        self._folder = folder
        self._settling = settling
        self._blocks: dict[bytes, memoryview] | None = None
        self._seen: dict[bytes, FolderDigests] = {}
        self._older_are_fresh = False

    @property
    def is_fresh(self) -> bool:
        """Whether more is known than is written."""
        return self._older_are_fresh or any(folder.fresh for folder in self._seen.values())

    def folder(self, path: str, names: list[str], rows: array[int], listed: int) -> FolderDigests:
        """Of one directory, by its path below the root; names and rows of its files as they were listed."""
        if self._blocks is None:
            self._blocks = _read_blocks(self._file(), os.fsencode(self.root))
        key = os.fsencode(path)
        if (seen := self._seen.get(key)) is not None and seen.fresh:
            self._blocks[key] = memoryview(seen.block())
            self._older_are_fresh = True
        found = self._seen[key] = FolderDigests(names, rows, listed - self._settling, self._blocks.get(key))
        return found

    def save(self) -> None:
        """Write all that is known now. Raises OSError."""
        blocks: dict[bytes, bytes | memoryview] = {**(self._blocks or {})}
        blocks |= {key: folder.block() for key, folder in self._seen.items() if folder.fresh}
        if sum(map(len, blocks.values())) > _MAX_FILE:
            blocks = {key: blocks[key] for key in self._seen if key in blocks}
        remember(self._file(), _MAGIC, _encoded(os.fsencode(self.root), blocks))

    def _file(self) -> Path:
        from hashlib import sha256  # asked for where something is hashed, and not before

        return Path(self._folder, sha256(os.fsencode(self.root)).hexdigest()[:32])


class FolderDigests:
    """What is remembered of the files in one directory, and what is found out now."""

    __slots__ = ("_digests", "_names", "_now", "_places", "_rows", "_settled", "_then", "fresh")

    def __init__(self, names: list[str], rows: array[int], settled: int, block: memoryview | None) -> None:
        self.fresh: dict[int, bytes] = {}
        self._names = names
        self._rows = rows
        self._now = rows.tobytes()
        self._settled = settled
        self._places: dict[bytes, int] | None = None
        self._then = self._digests = b""
        if block is None:
            return
        count, end = array("I", bytes(block[:8]))
        joined = bytes(block[8 : 8 + end])
        rows_end = 8 + end + count * ROW_BYTES
        self._then = bytes(block[8 + end : rows_end])
        self._digests = bytes(block[rows_end:])
        if joined != _joined(names):
            self._places = {name: place for place, name in enumerate(joined.split(b"\0"))}

    def known(self, place: int) -> bytes | None:
        """The digest of the file at a place of the listing, if it is as it was when it was hashed."""
        then = place
        if self._places is not None:
            then = self._places.get(os.fsencode(self._names[place]), -1)
        if then < 0 or not self._then:
            return None
        at = place * ROW_BYTES
        if self._now[at : at + ROW_BYTES] != self._then[then * ROW_BYTES : (then + 1) * ROW_BYTES]:
            return None
        return self._digests[then * _DIGEST_BYTES : (then + 1) * _DIGEST_BYTES]

    def all_known(self) -> bytes | None:
        """The digests of all files in one, None unless every one is as it was."""
        return self._digests if self._places is None and self._then == self._now else None

    def keep(self, place: int, digest: bytes) -> None:
        """Keep the digest of the file at a place of the listing, unless it had changed a moment before that.

        Where the file was written to after it was listed the digest is of later bytes. Then its ctime is later, too,
        by more than any clock's tick: the row it is kept under is never seen again.
        """
        rows, at = self._rows, place * COLUMNS
        if rows[at + 5] and rows[at + 3] < self._settled and rows[at + 4] < self._settled:
            self.fresh[place] = digest

    def block(self) -> bytes:
        """All that is known of the directory, as it is written."""
        places = range(len(self._names))
        found = [self.fresh.get(place) or self.known(place) for place in places]
        if None not in found:
            return _block(_joined(self._names), [self._now], found)
        kept = [place for place in places if found[place] is not None]
        names = _joined([self._names[place] for place in kept])
        return _block(names, [self._now[p * ROW_BYTES : (p + 1) * ROW_BYTES] for p in kept], [found[p] for p in kept])


def _block(names: bytes, rows: list[bytes], digests: list[bytes | None]) -> bytes:
    head = array("I", (len(digests), len(names))).tobytes()
    return b"".join([head, names, *rows, *filter(None, digests)])


def _joined(names: list[str]) -> bytes:
    return os.fsencode("\0".join(names))


def _encoded(root: bytes, blocks: dict[bytes, bytes | memoryview]) -> list[bytes | memoryview]:
    """Root, paths and lengths of the blocks, and the blocks."""
    paths = b"\0".join(blocks)
    lengths = array("Q", map(len, blocks.values())).tobytes()
    head = array("Q", (len(root), len(paths), len(blocks))).tobytes() + root + paths + lengths
    return [head, *blocks.values()]


def _read_blocks(file: Path, root: bytes) -> dict[bytes, memoryview]:
    """The blocks by path; none where the file is not there, not ours, damaged or of another context."""
    data = recall(file, _MAGIC, _MAX_FILE * 2)
    if data is None:
        return {}
    root_length, paths_length, count = array("Q", bytes(data[:24]))
    at = 24
    if data[at : at + root_length] != root:
        return {}
    at += root_length
    paths = bytes(data[at : at + paths_length]).split(b"\0") if count else []
    at += paths_length
    lengths = array("Q", bytes(data[at : at + 8 * count]))
    return dict(zip(paths, _cut(data, at + 8 * count, lengths), strict=True))


def _cut(whole: memoryview, at: int, lengths: array[int]) -> Iterator[memoryview]:
    for length in lengths:
        yield whole[at : at + length]
        at += length


def memory_of_user() -> DigestMemory | None:
    """The memory in Layerscope's cache, written when the process ends; None where there can be none, or none is wanted.

    Windows gives no inode with a listing, and its ctime is when a file was made.
    """
    if not Remembering.enabled or os.name == "nt":
        return None
    try:
        return _memory_in(cache_folder() / "digests")
    except RuntimeError:  # of a user without a home
        return None


@lru_cache(maxsize=1)
def _memory_in(folder: Path) -> DigestMemory:
    import atexit

    memory = DigestMemory(str(folder))
    atexit.register(memory.save)
    return memory
