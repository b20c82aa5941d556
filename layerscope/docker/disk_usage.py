"""What `docker buildx du` and `docker system df` print: the builder's cache record by record, and totals by kind."""

from __future__ import annotations

import re
from collections.abc import Mapping

from layerscope.docker.sizes import printed_bytes
from layerscope.docker.tables import Table, tables
from layerscope.values import Value

_BLOCK = re.compile(
    r"(?m)^(?:ID|Parents?|Created at|Mutable|Reclaimable|Shared|Size|Description|Usage count|Last used|Type):"
)
_FIELD = re.compile(r"([A-Z][A-Za-z ]+):[ \t]*(.*)")
_DF = ("TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE")


class CacheRecord(Value):
    """One record of a builder's cache. size in bytes as printed; what the table does not show is None.

    description: what made it, in BuildKit's words (`mount / from exec /bin/sh -c make`).
    """

    id: str
    size: int | None
    reclaimable: bool | None = None
    shared: bool | None = None
    kind: str | None = None
    description: str | None = None


class UsageTotal(Value):
    """A row of `docker system df`; sizes in bytes as printed."""

    kind: str
    count: int | None
    size: int | None
    reclaimable: int | None


class CacheUsage(Value):
    """A builder's cache, as `docker buildx du` or `docker system df -v` lists it."""

    file: str
    records: tuple[CacheRecord, ...]
    total: int | None = None
    reclaimable: int | None = None


class DiskUsage(Value):
    """One output of `docker system df`: images, containers, volumes and the build cache as totals."""

    file: str
    totals: tuple[UsageTotal, ...]


def find_disk_usage(text: str, file: str) -> DiskUsage | None:
    """The totals of `docker system df`; None where a text has none."""
    for table in tables(text, ["TYPE"]):
        if table.headings == _DF:
            return DiskUsage(file, tuple(_total(row.cells) for row in table.rows))
    return None


def find_cache_usage(text: str, file: str) -> CacheUsage | None:
    """The records of a builder's cache, from a table or from `--verbose`; None where a text has none."""
    summary = {match[1]: match[2] for match in map(_FIELD.fullmatch, text.split("\n")) if match}
    total = printed_bytes(summary.get("Total") or summary.get("Build cache usage", ""))
    reclaimable = printed_bytes(summary.get("Reclaimable", ""))
    for table in tables(text, ["ID", "CACHE ID"]):
        if {"RECLAIMABLE", "SIZE"} <= set(table.headings) or "CACHE TYPE" in table.headings:
            return CacheUsage(file, tuple(_of_table(table)), total, reclaimable)
    if len(set(_BLOCK.findall(text))) >= 5:
        return CacheUsage(file, tuple(_of_blocks(text)), total, reclaimable)
    return None


def _total(cells: Mapping[str, str]) -> UsageTotal:
    count = cells.get("TOTAL", "")
    reclaimable = cells.get("RECLAIMABLE", "").partition(" (")[0]
    return UsageTotal(
        cells.get("TYPE", ""),
        int(count) if count.isdecimal() else None,
        printed_bytes(cells.get("SIZE", "")),
        printed_bytes(reclaimable),
    )


def _of_table(table: Table) -> list[CacheRecord]:
    """Stars mark records that may be written to (behind the id) and shared ones (behind the size)."""
    found = []
    for row in table.rows:
        cells = row.cells
        if cells.get("ID", "").endswith(":"):  # the totals below, without a line between
            break
        printed = cells.get("SIZE", "")
        shared = _truth(cells["SHARED"]) if "SHARED" in cells else printed.endswith("*")
        found.append(
            CacheRecord(
                (cells.get("ID") or cells.get("CACHE ID", "")).rstrip("*"),
                printed_bytes(printed.rstrip("*")),
                _truth(cells.get("RECLAIMABLE")),
                shared,
                cells.get("CACHE TYPE"),
                cells.get("DESCRIPTION"),
            )
        )
    return found


def _of_blocks(text: str) -> list[CacheRecord]:
    """`--verbose` tells a record in lines of `Field: value`; what it stands on is named in further ones."""
    blocks: list[dict[str, str]] = []
    for match in filter(None, map(_FIELD.fullmatch, text.split("\n"))):
        name, value = match[1], match[2].strip()
        if name == "ID":
            blocks.append({})
        if blocks and name not in blocks[-1]:
            blocks[-1][name] = value
    return [
        CacheRecord(
            block["ID"],
            printed_bytes(block.get("Size", "")),
            _truth(block.get("Reclaimable")),
            _truth(block.get("Shared")),
            block.get("Type"),
            block.get("Description"),
        )
        for block in blocks
    ]


def _truth(text: str | None) -> bool | None:
    return {"true": True, "false": False}.get((text or "").lower())
