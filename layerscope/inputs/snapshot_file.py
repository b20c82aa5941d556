"""A snapshot: what the steps of one build could read, as paths, modes and digests; never the bytes of a file.

Format: gzip'd JSON, first key `layerscope_snapshot`, the version of its schema. The context is as it was sent
(ignore rules applied), nested as the directories are: a directory is `[mode, {name: node}]`, a file `[mode, size,
digest or null, archive?]` (null: no step reads it; archive: whether ADD would unpack it), a link its target, anything
else `{"kind", "mode"}`. Names that are no UTF-8 are escaped as lone surrogates, as Python holds them.

The Dockerfile and the ignore file are kept whole, as the client sends them. Values of build arguments are kept unless
they look like credentials (`credentials.py`); secrets and SSH agents are not part of any key and never recorded.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from layerscope.context.credentials import recordable
from layerscope.context.tree import Directory, File, Link, Node, Special
from layerscope.errors import InputError
from layerscope.inputs.snapshot_mark import MARK, START
from layerscope.values import Value, field

SCHEMA_VERSION = 1
_LARGEST = 1 << 30
_NOT_READ = "not recorded:"

Json = dict[str, Any]


class RecordedText(Value):
    """A text the builder was given, with the path it had. Bytes that are no UTF-8 are lone surrogates."""

    path: str
    text: str


class RecordedBase(Value):
    """What is known of a base image: equal identities are one image. known: whether its config was read."""

    identity: str
    known: bool = False
    env: tuple[tuple[str, str], ...] = ()
    user: str = ""
    workdir: str = ""
    shell: tuple[str, ...] = ()
    onbuild: tuple[str, ...] = ()
    empty: bool = False


class Snapshot(Value):
    """What one build started from.

    context: as the user named it. tree: what the ignore rules left of it. contexts: named ones, a tree or the name
    of an image. bases: base images by name, as far as known. unsettled: paths that changed while the
    snapshot was taken, so that the build may have had other bytes.
    """

    context: str
    dockerfile: RecordedText
    ignore: RecordedText | None
    tree: Directory
    contexts: Mapping[str, Directory | str] = field(default_factory=dict)
    builder: str = "buildkit"
    builder_version: str = ""
    target: str | None = None
    platform: str = "linux/amd64"
    merge: bool = True
    no_cache: bool = False
    no_cache_filter: tuple[str, ...] = ()
    build_args: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, RecordedBase] = field(default_factory=dict)
    unsettled: tuple[str, ...] = ()


def snapshot_bytes(snapshot: Snapshot, read: Callable[[str, str], bool] | None = None) -> bytes:
    """The whole snapshot file.

    read: whether some step reads a path of a context (its name, "" for the main one); others are recorded without a
    digest, so that nothing is hashed in vain. None: all are. Same snapshot, same bytes. Raises InputError for a file
    that cannot be read.
    """
    wanted = read or (lambda _context, _path: True)
    looks = "ADD" in snapshot.dockerfile.text.upper()

    def tree(root: Directory, name: str) -> list[Any]:
        return _encoded(root, "", lambda path: wanted(name, path), looks)

    document: Json = {
        MARK: SCHEMA_VERSION,
        "builder": snapshot.builder,
        "builder_version": snapshot.builder_version,
        "target": snapshot.target,
        "platform": snapshot.platform,
        "merge": snapshot.merge,
        "no_cache": snapshot.no_cache,
        "no_cache_filter": list(snapshot.no_cache_filter),
        "build_args": {name: recordable(name, value) for name, value in snapshot.build_args.items()},
        "bases": {name: _encoded_base(base) for name, base in snapshot.bases.items()},
        "unsettled": list(snapshot.unsettled),
        "dockerfile": {"path": snapshot.dockerfile.path, "text": snapshot.dockerfile.text},
        "ignore": snapshot.ignore and {"path": snapshot.ignore.path, "text": snapshot.ignore.text},
        "contexts": {
            name: {"image": given} if isinstance(given, str) else {"tree": tree(given, name)}
            for name, given in snapshot.contexts.items()
        },
        "context": snapshot.context,
        "tree": tree(snapshot.tree, ""),
    }
    text = json.dumps(document, separators=(",", ":"))
    return gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)


def read_snapshot(path: str) -> Snapshot:
    """A snapshot file as values; directories of its trees are decoded when they are looked at. Raises InputError."""
    try:
        with Path(path).open("rb") as file:
            data = file.read()
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path) from None
    return parse_snapshot(data, path)


def parse_snapshot(data: bytes, name: str) -> Snapshot:
    """`read_snapshot` of bytes; name: what to call them in messages."""
    document = _document(data, name)
    version = document.get(MARK)
    if version != SCHEMA_VERSION:
        raise InputError(f"is a snapshot of version {version!r}: this Layerscope reads version {SCHEMA_VERSION}", name)
    try:
        return _snapshot(document, name)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged(name) from None


def _document(data: bytes, name: str) -> Json:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(data, _LARGEST)
    except zlib.error:
        raise InputError("is no snapshot (`layerscope context --snapshot FILE` writes one)", name) from None
    if not text.startswith(START):
        raise InputError("is no snapshot (`layerscope context --snapshot FILE` writes one)", name)
    if not unpacker.eof:
        raise InputError("this snapshot is cut off: take it again", name)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged(name) from None
    if not isinstance(document, dict):
        raise _damaged(name)
    return document


def _damaged(name: str) -> InputError:
    return InputError("this snapshot is damaged: take it again", name)


def _snapshot(document: Json, name: str) -> Snapshot:
    def tree(value: object, context: str) -> Directory:
        node = _Decoder(name, context).node(value, "")
        if not isinstance(node, Directory):
            raise TypeError("tree")
        return node

    contexts: dict[str, Directory | str] = {}
    for key, value in document["contexts"].items():
        contexts[_text(key)] = _text(value["image"]) if "image" in value else tree(value["tree"], key)
    target = document["target"]
    return Snapshot(
        context=_text(document["context"]),
        dockerfile=_recorded_text(document["dockerfile"]),
        ignore=_recorded_text(document["ignore"]) if document["ignore"] else None,
        tree=tree(document["tree"], ""),
        contexts=contexts,
        builder=_text(document["builder"]),
        builder_version=_text(document["builder_version"]),
        target=None if target is None else _text(target),
        platform=_text(document["platform"]),
        merge=document["merge"] is True,
        no_cache=document["no_cache"] is True,
        no_cache_filter=tuple(map(_text, document["no_cache_filter"])),
        build_args={_text(key): _text(value) for key, value in document["build_args"].items()},
        bases={_text(key): _base(value) for key, value in document["bases"].items()},
        unsettled=tuple(map(_text, document["unsettled"])),
    )


def _recorded_text(value: Mapping[str, object]) -> RecordedText:
    return RecordedText(_text(value["path"]), _text(value["text"]))


def _encoded_base(base: RecordedBase) -> Json:
    if not base.known:
        return {"identity": base.identity}
    return {
        "identity": base.identity,
        "env": [[name, recordable(name, value)] for name, value in base.env],
        "user": base.user,
        "workdir": base.workdir,
        "shell": list(base.shell),
        "onbuild": list(base.onbuild),
        "empty": base.empty,
    }


def _base(value: Json) -> RecordedBase:
    identity = _text(value["identity"])
    if "env" not in value:
        return RecordedBase(identity)
    return RecordedBase(
        identity,
        known=True,
        env=tuple((_text(name), _text(text)) for name, text in value["env"]),
        user=_text(value["user"]),
        workdir=_text(value["workdir"]),
        shell=tuple(map(_text, value["shell"])),
        onbuild=tuple(map(_text, value["onbuild"])),
        empty=value["empty"] is True,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _encoded(directory: Directory, path: str, wanted: Callable[[str], bool], looks: bool) -> list[Any]:
    children: Json = {}
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
            children[name] = {"kind": node.kind, "mode": node.mode}
    return [directory.mode, children]


class _Decoder:
    """Makes nodes of one tree when they are asked for. A file without a digest equals no other."""

    def __init__(self, file: str, context: str) -> None:
        self.file = file
        self.context = context

    def node(self, value: object, path: str) -> Node:
        if isinstance(value, str):
            return Link(value)
        if isinstance(value, dict):
            return Special(_text(value["kind"]), int(value["mode"]))
        if not isinstance(value, list):
            raise TypeError("node")
        if len(value) == 2:
            mode, children = value
            return Directory(int(mode), lambda: self.children(children, path), token=object())
        mode, size, digest, *archive = value
        told = archive[0] if archive else None
        return File(
            int(mode),
            None if size is None else int(size),
            digest=f"{_NOT_READ}{self.file}:{self.context}:{path}" if digest is None else _text(digest),
            look=None if told is None else lambda: bool(told),
        )

    def children(self, values: Mapping[str, object], path: str) -> dict[str, Node]:
        try:
            return {name: self.node(value, f"{path}/{name}") for name, value in values.items()}
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _damaged(self.file) from None
