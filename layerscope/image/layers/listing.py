"""What a layer lists: each path with its size, hundreds of thousands of them at little more than a microsecond each.

Most headers are alike but for name, size, time and checksum. Those are taken apart here; any other is read by
`tar_entries.Headers`, which knows all the rules. The two agree on every tar.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from struct import Struct
from typing import Any, NamedTuple
from zlib import adler32

from layerscope.errors import InputError
from layerscope.image.layers.stack import WHITEOUT, Nodes, directory_node, parents_of
from layerscope.image.layers.tar_entries import (
    BLOCK,
    DIRECTORY,
    EXTENSIONS,
    FILE,
    GNU_SPARSE,
    HARD_LINK,
    KINDS,
    V7_FILE,
    Headers,
    Windows,
    byte_sum,
    clean_path,
    has_body,
    header_prefix,
)

# Name; mode, uid and gid; size; (time); checksum; type flag and all that follows it.
_FIELDS = Struct("100s24s12s12x8s356s")
_BEFORE_CHECKSUM = 148
_WHITEOUT = WHITEOUT.encode()
_MAX_PATHS = 20_000_000  # some 5 GiB of memory; no layer has so many, but a compressed one could
_BATCH = 8192  # names whose text is made at once
_REMEMBERED = 1 << 14  # values of a field


class Listing(NamedTuple):
    """What one layer's tar lists.

    nodes: the last entry of each path counts. size: the sum of all sizes, those of repeated paths included. parents:
    all directories on the way to the paths, listed or not. deletes: whether whiteouts may be among the paths. links:
    of each hard link the path that it is another name of; its node has the size its header states, which is 0 mostly.
    """

    nodes: Nodes
    size: int
    parents: Set[str]
    deletes: bool
    links: Mapping[str, str]


NOTHING_LISTED = Listing({}, 0, frozenset(), False, {})


def listing(nodes: Nodes, size: int, links: Mapping[str, str]) -> Listing:
    """The listing of what was found in a layer."""
    return Listing(nodes, size, parents_of(nodes), any(WHITEOUT in path for path in nodes), links)


class _Rest(NamedTuple):
    """What a header says from its type flag on. extra: what its bytes add to the checksum. link: of a hard link."""

    extra: int
    prefix: bytes
    is_directory: bool
    has_body: bool
    link: str


_NO_REST = _Rest(0, b"", False, False, "")


def list_layer(windows: Windows, file: str) -> Listing:  # noqa: PLR0915  # a call per step would double it
    """Lists a layer's uncompressed tar. `file` names it in errors.

    Raises:
        InputError: as `tar_entries`.
    """
    unpack, window_at = _FIELDS.unpack_from, windows.at
    headers = Headers(windows, file)
    rests: dict[bytes, _Rest | None] = {}
    sums: dict[bytes, int] = {}
    numbers: dict[bytes, int] = {}
    names: list[bytes] = []
    sizes: list[int] = []
    nodes: dict[str, int] = {}
    links: dict[str, tuple[str, int]] = {}
    deletes = False
    total = position = body_end = 0
    window: bytes | bytearray = b""
    start, last = 0, -1
    known_owner = known_rest = b""
    known: _Rest | None = None
    extra, prefix, is_directory, body, link = _NO_REST
    while True:
        at = position - start
        if at > last:
            if len(names) > _BATCH:
                deletes |= _add(names, sizes, nodes)
                names, sizes = [], []
                if len(nodes) > _MAX_PATHS:
                    raise InputError(f"more than {_MAX_PATHS} files in one layer: this is no image", file)
                _bound(rests, sums, numbers)
            window, start = window_at(position)
            at, last = position - start, len(window) - BLOCK
            if at > last:
                headers.body_end = max(body_end, headers.body_end)
                headers.check_ends(window[at:], position)
                break
        name, owner, number, checksum, rest = unpack(window, at)
        if rest != known_rest:
            if rest not in rests:
                rests[rest] = _look_at(rest)
            known_rest, known = rest, rests[rest]
            extra, prefix, is_directory, body, link = known or _NO_REST
        if known is not None and owner == known_owner:
            stated = sums.get(checksum)
            if stated is None:
                stated = sums[checksum] = _octal(checksum[:6])
            size = numbers.get(number)
            if size is None:
                size = numbers[number] = _octal(number.rstrip(b" \0"))
            if stated == (adler32(window[at : at + _BEFORE_CHECKSUM]) & 0xFFFF) + extra and size >= 0:
                position += BLOCK
                total += size
                if body:
                    name = name.rstrip(b"\0")
                    sizes.append(size)
                    if size:
                        body_end = position + size
                        position += (size + 511) & -512
                elif is_directory:
                    name = name.rstrip(b"\0/")
                    sizes.append(-1 - size)
                else:
                    name = name.rstrip(b"\0")
                    sizes.append(size)
                    if link:
                        links[_path(prefix + name)] = link, size
                names.append(prefix + name if prefix else name)
                continue
        headers.window, headers.start = window, start
        headers.body_end = max(body_end, headers.body_end)
        entry = headers.entry(position)
        if entry is None:
            break
        known_owner = owner  # its numbers were read just now
        names.append(entry.path.encode("utf-8", "surrogateescape"))
        sizes.append(directory_node(entry.size) if entry.kind is DIRECTORY else entry.size)
        if entry.kind is HARD_LINK:
            links[entry.path] = clean_path(entry.link_target), entry.size
        total += entry.size
        position = headers.position
        window, start = headers.window, headers.start
        last = len(window) - BLOCK
    deletes |= _add(names, sizes, nodes)
    nodes.pop("", None)
    # A path that is listed again, as something else, is no link any more.
    still = {path: target for path, (target, size) in links.items() if nodes.get(path) == size}
    return Listing(nodes, total, parents_of(nodes), deletes, still)


def _path(name: bytes) -> str:
    """A name of a header as a path."""
    return clean_path(name.split(b"\0", 1)[0].decode("utf-8", "surrogateescape"))


def _add(names: list[bytes], sizes: list[int], nodes: dict[str, int]) -> bool:
    """Adds entries to the nodes; whether a whiteout may be among them."""
    if not names:
        return False
    joined = b"\0".join(names)
    if joined.count(b"\0") != len(names) - 1:  # a field may have anything behind its end
        joined = b"\0".join([name.split(b"\0", 1)[0] for name in names])
    joined = b"\0" + joined + b"\0"
    if b"\0./" in joined:
        joined = joined.replace(b"\0./", b"\0")
    paths = joined[1:-1].decode("utf-8", "surrogateescape").split("\0")
    dotted = b"/." in joined or b"\0." in joined
    if dotted or b"//" in joined or b"\0/" in joined:
        paths = [clean_path(path) for path in paths]
    nodes.update(zip(paths, sizes, strict=True))
    return dotted and _WHITEOUT in joined


def _bound(*remembered: dict[bytes, Any]) -> None:
    for values in remembered:
        if len(values) > _REMEMBERED:
            values.clear()


def _look_at(rest: bytes) -> _Rest | None:
    """What the part of a header from the type flag on means; None where there is more to it than is known here."""
    flag = rest[0]
    if flag in EXTENSIONS or flag in (V7_FILE, GNU_SPARSE):
        return None
    header = bytes(BLOCK - len(rest)) + rest
    kind = KINDS.get(flag, FILE)
    link = _path(header[157:257]) if kind is HARD_LINK else ""
    return _Rest(byte_sum(rest) + 8 * ord(" ") - 1, header_prefix(header), kind == DIRECTORY, has_body(kind), link)


def _octal(digits: bytes) -> int:
    try:
        return int(digits, 8)
    except ValueError:
        return -1
