"""The trees of a snapshot as JSON: nested as the directories are, each node as short as it can be told.

A directory is `[mode, {name: node}]` (null: no entry of an archive tells its mode), a file
`[mode, size, digest or null, archive?]` (null: no step reads it; archive: whether ADD would unpack it), a link its
target, anything else `{"kind", "mode"}`. Names that are no UTF-8 are escaped as lone surrogates, as Python holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from layerscope.context.special import parse_special_type
from layerscope.context.tree import IMPLIED_MODE, Directory, File, ImpliedDirectory, Link, Node, Special
from layerscope.errors import InputError

_NOT_READ = "not recorded:"


def encoded_tree(root: Directory, wanted: Callable[[str], bool], *, looks: bool) -> list[Any]:
    """A tree as JSON. wanted: whether a path's digest is. looks: whether files are looked into for archives.

    Raises InputError for a file that cannot be read.
    """
    return _encoded(root, "", wanted, looks)


def decoded_tree(value: object, file: str, context: str) -> Directory:
    """A tree of such JSON; its directories are decoded when they are looked at, and then raise InputError.

    file, context: the snapshot and the name of the context, for messages and for what equals nothing else. Raises
    TypeError and the like where the root is damaged.
    """
    node = _Decoder(file, context).node(value, "")
    if not isinstance(node, Directory):
        raise TypeError("tree")
    return node


def text(value: object) -> str:
    """A text of a document. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def damaged(file: str) -> InputError:
    """What to say of a document that is none."""
    return InputError("this snapshot is damaged: take it again", file)


def _encoded(directory: Directory, path: str, wanted: Callable[[str], bool], looks: bool) -> list[Any]:
    children: dict[str, Any] = {}
    for name, node in directory.children.items():
        below = f"{path}/{name}" if path else name
        if isinstance(node, Directory):
            children[name] = _encoded(node, below, wanted, looks)
        elif isinstance(node, File):
            read = wanted(below)
            entry: list[Any] = [node.mode, node.size, node.digest if read else None]
            if read and looks:
                entry.append(node.is_archive)
            children[name] = entry
        elif isinstance(node, Link):
            children[name] = node.target
        else:
            children[name] = {"kind": str(node.kind), "mode": node.mode}
    return [None if isinstance(directory, ImpliedDirectory) else directory.mode, children]


class _Decoder:
    """Makes nodes of one tree when they are asked for. A file without a digest equals no other."""

    def __init__(self, file: str, context: str) -> None:
        self.file = file
        self.context = context

    def node(self, value: object, path: str) -> Node:
        if isinstance(value, str):
            return Link(value)
        if isinstance(value, dict):
            return Special(parse_special_type(text(value["kind"])), int(value["mode"]))
        if not isinstance(value, list):
            raise TypeError("node")
        if len(value) == 2:
            mode, children = value
            if mode is None:
                return ImpliedDirectory(IMPLIED_MODE, lambda: self.children(children, path), token=object())
            return Directory(int(mode), lambda: self.children(children, path), token=object())
        mode, size, digest, *archive = value
        told = archive[0] if archive else None
        return File(
            int(mode),
            None if size is None else int(size),
            digest=f"{_NOT_READ}{self.file}:{self.context}:{path}" if digest is None else text(digest),
            look=None if told is None else lambda: bool(told),
        )

    def children(self, values: Mapping[str, object], path: str) -> dict[str, Node]:
        try:
            return {name: self.node(value, f"{path}/{name}") for name, value in values.items()}
        except (KeyError, TypeError, ValueError, AttributeError):
            raise damaged(self.file) from None
