"""A snapshot: what the steps of one build could read, as paths, modes and digests; never the bytes of a file.

Format: gzip'd JSON, first key `layerscope_snapshot`, the version of its schema. The context is as it was sent, ignore
rules applied (`snapshot_tree.py`). The Dockerfile and the ignore file are kept whole, as the client sends them. Values
of build arguments are kept unless they look like credentials (`credentials.py`); secrets and SSH agents are not part
of any key and never recorded. What an older Layerscope did not record is at its default.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layerscope.context.credentials import recordable
from layerscope.context.tree import Directory
from layerscope.errors import InputError
from layerscope.files import read_bounded
from layerscope.graph.builder import builder_named, builder_version
from layerscope.graph.options import AddedHost, BaseImage, BuildOptions, NamedContext, Ulimit
from layerscope.graph.versions import release
from layerscope.inputs.snapshot_mark import MARK, START
from layerscope.inputs.snapshot_tree import damaged, decoded_tree, encoded_tree, text
from layerscope.values import Value, replace

SCHEMA_VERSION = 1
_SELDOM = ("build_platform", "pull")  # options that most builds have at their defaults
_OF_RUNS = "of_runs"  # where the flags that reach RUNs stand, of a snapshot that tells them
_PLAIN = BuildOptions()
_LARGEST = 1 << 30  # bytes, packed or unpacked

Json = dict[str, Any]


class RecordedText(Value):
    """A text the builder was given, with the path it had. Bytes that are no UTF-8 are lone surrogates."""

    path: str
    text: str


class Snapshot(Value):
    """What one build started from, as its file holds it.

    context: as the user named it. tree: what the ignore rules left of it. unsettled: paths that changed while the
    snapshot was taken, so that the build may have had other bytes. attributes: whether digests of files hold their
    extended attributes. tells_runs: whether it tells the flags that reach RUNs (`--network`, …), which an older
    Layerscope did not record.
    """

    context: str
    dockerfile: RecordedText
    ignore: RecordedText | None
    tree: Directory
    options: BuildOptions = BuildOptions()
    unsettled: tuple[str, ...] = ()
    attributes: bool = False
    tells_runs: bool = True


def snapshot_bytes(snapshot: Snapshot, read: frozenset[str] | None = None) -> bytes:
    """The whole snapshot file; same snapshot, same bytes.

    read: the paths of the context that some step reads: others are recorded without a digest, so that nothing is
    hashed in vain. None: all are. Raises InputError for a file that cannot be read.
    """
    looks = "ADD" in snapshot.dockerfile.text.upper()
    options = snapshot.options

    def tree(root: Directory) -> list[Any]:
        return encoded_tree(root, lambda _path: True, looks=looks)

    document: Json = {
        MARK: SCHEMA_VERSION,
        "builder": options.builder,
        "builder_version": builder_version(options),
        "target": options.target,
        "platform": options.platform,
        "merge": options.merge,
        "no_cache": options.no_cache,
        "no_cache_filter": sorted(options.no_cache_filter),
        "build_args": {name: recordable(name, value) for name, value in options.build_args.items()},
        "bases": {name: _encoded_base(base) for name, base in options.bases.items()},
        "unsettled": list(snapshot.unsettled),
        "attributes": snapshot.attributes,
        "dockerfile": _encoded_text(snapshot.dockerfile),
        "ignore": None if snapshot.ignore is None else _encoded_text(snapshot.ignore),
        "contexts": {
            name: {"image": given.image or ""} if given.tree is None else {"path": given.path, "tree": tree(given.tree)}
            for name, given in options.named_contexts.items()
        },
        _OF_RUNS: {
            "network": options.network,
            "add_hosts": [[host.name, host.address] for host in options.add_hosts],
            "shm_size": options.shm_size,
            "ulimits": [[limit.name, limit.soft, limit.hard] for limit in options.ulimits],
            "cgroup_parent": options.cgroup_parent,
        },
        "context": snapshot.context,
        "tree": encoded_tree(snapshot.tree, lambda path: read is None or path in read, looks=looks),
        # What an older Layerscope did not record is there where it says more than its absence would.
        **{name: getattr(options, name) for name in _SELDOM if getattr(options, name) != getattr(_PLAIN, name)},
    }
    packed = json.dumps(document, separators=(",", ":")).encode("ascii")
    return gzip.compress(packed, compresslevel=6, mtime=0)


def read_snapshot(path: str) -> Snapshot:
    """A snapshot file as values; directories of its trees are decoded when they are looked at. Raises InputError."""
    try:
        data = read_bounded(Path(path), _LARGEST)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path) from None
    if data is None:
        raise InputError(f"is longer than {_LARGEST} bytes: no snapshot is", path)
    return parse_snapshot(data, path)


def parse_snapshot(data: bytes, name: str) -> Snapshot:
    """`read_snapshot` of bytes; name: what to call them in messages."""
    document = _document(data, name)
    version = document.get(MARK)
    if version != SCHEMA_VERSION:
        raise InputError(f"is a snapshot of version {version!r}: this Layerscope reads version {SCHEMA_VERSION}", name)
    try:
        return Snapshot(
            context=text(document["context"]),
            dockerfile=_text(document["dockerfile"]),
            ignore=_text(document["ignore"]) if document["ignore"] else None,
            tree=decoded_tree(document["tree"], name, ""),
            options=_options(document, name),
            unsettled=tuple(map(text, document["unsettled"])),
            attributes=document.get("attributes", False) is True,
            tells_runs=_OF_RUNS in document,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged(name) from None


def _document(data: bytes, name: str) -> Json:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(data, _LARGEST)
    except zlib.error:
        raise InputError("is no snapshot (`layerscope context --snapshot FILE` writes one)", name) from None
    if not unpacked.startswith(START):
        raise InputError("is no snapshot (`layerscope context --snapshot FILE` writes one)", name)
    if not unpacker.eof:
        raise InputError("this snapshot is cut off: take it again", name)
    try:
        document = json.loads(unpacked)
    except (ValueError, RecursionError):
        raise damaged(name) from None
    if not isinstance(document, dict):
        raise damaged(name)
    return document


def _options(document: Json, name: str) -> BuildOptions:
    options = BuildOptions(
        builder=builder_named(text(document["builder"])).name,
        builder_version=release(text(document["builder_version"])) or _PLAIN.builder_version,
        target=None if document["target"] is None else text(document["target"]),
        build_args={text(key): text(value) for key, value in document["build_args"].items()},
        named_contexts={text(key): _context(value, name, key) for key, value in document["contexts"].items()},
        bases={text(key): _base(value) for key, value in document["bases"].items()},
        platform=text(document["platform"]),
        build_platform=text(document.get("build_platform", _PLAIN.build_platform)),
        merge=document["merge"] is True,
        pull=document.get("pull", _PLAIN.pull) is True,
        no_cache=document["no_cache"] is True,
        no_cache_filter=frozenset(map(text, document["no_cache_filter"])),
    )
    return _with_flags_of_runs(options, document[_OF_RUNS]) if _OF_RUNS in document else options


def _with_flags_of_runs(options: BuildOptions, told: Json) -> BuildOptions:
    return replace(
        options,
        network=text(told["network"]),
        add_hosts=tuple(AddedHost(text(name), text(address)) for name, address in told["add_hosts"]),
        shm_size=int(told["shm_size"]),
        ulimits=tuple(Ulimit(text(name), int(soft), int(hard)) for name, soft, hard in told["ulimits"]),
        cgroup_parent=text(told["cgroup_parent"]),
    )


def _context(value: Json, file: str, name: str) -> NamedContext:
    if "image" in value:
        return NamedContext(image=text(value["image"]))
    tree = decoded_tree(value["tree"], file, name)
    return NamedContext(tree=tree, path=text(value.get("path", "")), files=tree)


def _encoded_text(recorded: RecordedText) -> Json:
    return {"path": recorded.path, "text": recorded.text}


def _text(value: Mapping[str, object]) -> RecordedText:
    return RecordedText(text(value["path"]), text(value["text"]))


def _encoded_base(base: BaseImage) -> Json:
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


def _base(value: Json) -> BaseImage:
    identity = text(value["identity"])
    if "env" not in value:
        return BaseImage(identity)
    return BaseImage(
        identity,
        known=True,
        env=tuple((text(name), text(content)) for name, content in value["env"]),
        user=text(value["user"]),
        workdir=text(value["workdir"]),
        shell=tuple(map(text, value["shell"])),
        onbuild=tuple(map(text, value["onbuild"])),
        empty=value["empty"] is True,
    )
