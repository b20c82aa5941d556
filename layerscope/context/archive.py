"""A build context from a tar archive, as `docker build - < context.tar` takes it."""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO

from layerscope.context.tree import EMPTY, Directory, File, Link, Node, Special, clean, lookup, with_entries
from layerscope.errors import InputError

_BLOCK = 1 << 20


def read_archive(stream: BinaryIO, name: str) -> tuple[Directory, dict[str, bytes]]:
    """The tree in an archive (any compression tarfile knows), and the bytes of Dockerfiles and ignore files.

    Raises InputError for what is no archive or ends early.
    """
    import tarfile

    entries: dict[str, Node | None] = {}
    texts: dict[str, bytes] = {}
    hard_links: list[tuple[str, str]] = []
    try:
        with tarfile.open(fileobj=stream, mode="r:*") as archive:
            for member in archive:
                path = clean(member.name)
                if not path:
                    continue
                mode = member.mode & 0o7777
                if member.isfile():
                    file = archive.extractfile(member)
                    assert file is not None
                    content = _digest(file, keep=path.lower().endswith(("dockerfile", ".dockerignore")))
                    entries[path] = File(mode, member.size, digest=content[0])
                    if content[1] is not None:
                        texts[path] = content[1]
                elif member.isdir():
                    entries.setdefault(path, Directory(mode, children={}))
                elif member.issym():
                    entries[path] = Link(member.linkname)
                elif member.islnk():
                    hard_links.append((path, clean(member.linkname)))
                else:
                    entries[path] = Special(f"{member.type!r}:{member.devmajor}:{member.devminor}", mode)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise InputError(f"is no readable tar archive: {error}", name) from None
    for path, target in hard_links:
        entries[path] = entries.get(target)
    return _tree(entries), texts


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


def _digest(file: io.BufferedReader | BinaryIO | object, keep: bool) -> tuple[str, bytes | None]:
    digest = hashlib.sha256()
    kept: list[bytes] = []
    while block := file.read(_BLOCK):  # type: ignore[union-attr]
        digest.update(block)
        if keep:
            kept.append(block)
    return f"sha256:{digest.hexdigest()}", b"".join(kept) if keep else None
