"""Tables of contents inside layers (eStargz, zstd:chunked): what a layer lists, without the layer.

The manifest states the table's digest, so what a registry sends by range is checked like all else. What it lists is
what the layer's tar lists, header by header.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from layerscope.docker.config import check_bytes
from layerscope.docker.digests import check_digest
from layerscope.docker.json_document import JsonObject, parse_object
from layerscope.errors import InputError
from layerscope.image.layers.listing import Listing, listing
from layerscope.image.layers.stack import directory_node
from layerscope.image.layers.tar_entries import BLOCK, clean_path
from layerscope.image.model import TableOfContents

# estargz.md: the blob ends with an empty gzip member that has the table's place in its extra field. The table is a
# gzipped tar of one file, whose digest is stated.
_FOOTER = 51
_PLACE, _MARK = slice(16, 32), slice(32, 38)
_TABLE_NAME = "stargz.index.json"
_MAX_STORED, _MAX_EXPANDED = 64 << 20, 256 << 20  # bytes; a layer with a longer one is read whole
_NO_FILES = frozenset({"chunk"})  # a further part of a file that was listed

Fetch = Callable[[int, int], bytes | None]  # bytes of a blob from a position, None where no ranges are served


def list_by_toc(toc: TableOfContents, size: int, fetch: Fetch, file: str) -> Listing | None:
    """What a layer of `size` bytes lists by its table; None where it has to be read itself.

    Raises:
        InputError: the table is not what its digest says, or none.
    """
    if toc.position is None:
        found = _estargz(size, fetch, toc.digest, file)
    else:
        found = _chunked(*toc.position, size, fetch, toc.digest, file)
    if found is None:
        return None
    entries, own = found
    nodes: dict[str, int] = {}
    links: dict[str, str] = {}
    total = 0
    for entry in entries:
        kind, name, entry_size = entry.text("type"), entry.text("name"), entry.integer("size") or 0
        if kind in _NO_FILES:
            continue
        if entry_size < 0:
            raise InputError("a negative size", entry.file)
        if "\ufffd" in name or "\0" in name:
            return None  # JSON does not hold the bytes of every name
        total += entry_size
        path = clean_path(name)
        nodes[path] = directory_node(entry_size) if kind == "dir" else entry_size
        links.pop(path, None)
        if kind == "hardlink":
            links[path] = clean_path(entry.text("linkName"))
    if own:  # eStargz has its table as a file of the tar
        nodes[_TABLE_NAME] = own
    nodes.pop("", None)
    return listing(nodes, total + own, links)


def _estargz(size: int, fetch: Fetch, digest: str, file: str) -> tuple[list[JsonObject], int] | None:
    footer = fetch(size - _FOOTER, _FOOTER) if size > _FOOTER else None
    if footer is None or footer[_MARK] != b"STARGZ":
        return None
    try:
        start = int(footer[_PLACE], 16)
    except ValueError:
        return None
    length = size - _FOOTER - start
    if not 0 < length <= _MAX_STORED or start < 0 or (stored := fetch(start, length)) is None:
        return None
    expanding = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        data = expanding.decompress(stored, _MAX_EXPANDED)
        own = int(data[124:135], 8)  # the header's size field
    except (zlib.error, ValueError):
        raise InputError("the layer's table of contents is damaged", file) from None
    table = data[BLOCK : BLOCK + own]
    check_bytes(table, digest, "table of contents", file)
    return _entries(table, file), own


def _chunked(
    start: int, length: int, expanded: int, size: int, fetch: Fetch, digest: str, file: str
) -> tuple[list[JsonObject], int] | None:
    if not 0 < length <= _MAX_STORED or expanded > _MAX_EXPANDED or not 0 <= start <= size - length:
        return None
    stored = fetch(start, length)
    if stored is None:
        return None
    import zstandard

    check_bytes(stored, digest, "table of contents", file)
    try:
        with zstandard.ZstdDecompressor().stream_reader(stored) as reader:
            table = reader.read(expanded + 1)
    except zstandard.ZstdError:
        table = b""
    if len(table) != expanded:
        raise InputError("the layer's table of contents is damaged", file)
    return _entries(table, file), 0


def _entries(table: bytes, file: str) -> list[JsonObject]:
    return parse_object(table, f"{file} (table of contents)").objects("entries")


def stated_toc(annotations: Mapping[str, str], file: str) -> TableOfContents | None:
    """The table that the annotations of a layer's descriptor state, None where they state none or make no sense."""
    try:
        if "containerd.io/snapshot/stargz/toc.digest" in annotations:
            return TableOfContents(check_digest(annotations["containerd.io/snapshot/stargz/toc.digest"], file))
        for prefix in ("io.github.containers", "io.containers"):
            place = annotations.get(f"{prefix}.zstd-chunked.manifest-position")
            if place:
                digest = annotations.get(f"{prefix}.zstd-chunked.manifest-checksum", "")
                start, length, expanded, kind = map(int, place.split(":"))
                position = start, length, expanded
                return TableOfContents(check_digest(digest, file), position) if kind == 1 else None
    except (InputError, ValueError):
        return None
    return None
