"""Names of nodes by what they hold: equal for two exactly where a builder takes both for the same.

A directory that git could have made has the name of git's own tree: those that come from a repository are named without
being looked into.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b, sha1

from layerscope.context.tree import Directory, File, Link, Node, Special

_FILE, _PROGRAM, _DIRECTORY = "f 644  git:", "f 755  git:", "d 755  git:"
_LINK = "l  "
_EMPTY = _DIRECTORY + "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_MODES = {_FILE: b"100644 ", _PROGRAM: b"100755 ", _DIRECTORY: b"40000 "}
_ID = 40  # hexadecimal digits of a SHA-1


def content_name(node: object) -> str | None:
    """The name of a node; None where its bytes were not hashed yet, or only an image's files tell whose it is.

    Modes of directories count, so that those of contexts must be alike throughout, as git's are.
    """
    if not isinstance(node, File | Directory | Link | Special):
        return None
    if node.known_name is None and isinstance(node.owner, str):
        node.known_name = _name(node)
    return node.known_name


def name_of_git_tree(object_id: str) -> str | None:
    """What `content_name` says of a directory 0755 that is this tree of git's; None where it goes by other hashes."""
    return _DIRECTORY + object_id if len(object_id) == _ID else None


def _name(node: Node) -> str | None:
    if isinstance(node, Directory):
        return _name_of_directory(node)
    if isinstance(node, File):
        digest = node.known_digest
        return None if digest is None else f"f {node.mode:o} {node.owner} {digest}"
    if isinstance(node, Link):
        return f"l {node.owner} {node.target}"
    return f"s {node.mode:o} {node.owner} {node.kind}"


def _name_of_directory(directory: Directory) -> str | None:
    children = directory.children
    if not children and directory.mode == 0o755 and directory.owner == "":
        return _EMPTY
    names: dict[str, str] = {}
    for child, node in children.items():
        name = getattr(node, "known_name", None) or content_name(node)
        if name is None:
            return None
        names[child] = name
    if directory.mode == 0o755 and directory.owner == "" and (tree := _git_tree(names)) is not None:
        return tree
    text = "\0".join((*names, *names.values())).encode("utf-8", "surrogateescape")
    return f"d {directory.mode:o} {directory.owner} {blake2b(text, digest_size=20).hexdigest()}"


def _git_tree(names: Mapping[str, str]) -> str | None:
    """The name of git's tree of these; None where something is not as git would have it."""
    entries: list[tuple[bytes, bytes]] = []
    for child, name in names.items():
        entry = _entry(child, name)
        if entry is None:
            return None
        entries.append(entry)
    return _DIRECTORY + _object_id(b"tree", b"".join([entry for _, entry in sorted(entries)])).hex()


@lru_cache(maxsize=1 << 14)  # of two trees that follow each other most are the same
def _entry(child: str, name: str) -> tuple[bytes, bytes] | None:
    """One entry of git's tree, after what it is sorted by; None for what is not as git would have it."""
    encoded = child.encode("utf-8", "surrogateescape")
    mode = _MODES.get(name[: len(_FILE)])
    if mode is not None and len(name) == len(_FILE) + _ID:
        # Git sorts a directory as if its name ended with a slash.
        place = encoded + b"/" if mode == _MODES[_DIRECTORY] else encoded
        return place, mode + encoded + b"\0" + bytes.fromhex(name[len(_FILE) :])
    if not name.startswith(_LINK):
        return None
    target = name[len(_LINK) :].encode("utf-8", "surrogateescape")
    return encoded, b"120000 " + encoded + b"\0" + _object_id(b"blob", target)


def _object_id(kind: bytes, body: bytes) -> bytes:
    return sha1(b"%s %d\0%s" % (kind, len(body), body), usedforsecurity=False).digest()
