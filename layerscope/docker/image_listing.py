"""What `docker images` prints: names, ids and sizes; two tags of one image are one image."""

from __future__ import annotations

import json
import re

from layerscope.docker.sizes import printed_bytes
from layerscope.errors import InputError
from layerscope.values import Value

_HEADER = re.compile(r"REPOSITORY\s+TAG\s+(?:DIGEST\s+)?IMAGE ID\s+CREATED(?: AT)?\s+SIZE\s*")
_CELLS = re.compile(r"\s{2,}")


class ListedImage(Value):
    """One image of a listing. names: `repository:tag`, none for a dangling one. size in bytes as printed."""

    id: str
    names: tuple[str, ...]
    size: int | None


class ImageListing(Value):
    """One output of `docker images`. images: in the order of their first row."""

    file: str
    images: tuple[ListedImage, ...]


def is_listing(text: str) -> bool:
    """Whether the first line with anything in it is the table's header, or a line of `--format json`."""
    first = _first_line(text)
    if _HEADER.fullmatch(first):
        return True
    return first.startswith("{") and '"Repository"' in first and '"Tag"' in first


def parse_listing(text: str, file: str) -> ImageListing:
    """Read a listing. Raises InputError with the line that is no row."""
    sizes: dict[str, int | None] = {}
    names: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or _HEADER.fullmatch(line.strip().removeprefix("\ufeff")):
            continue
        row = _json_row(line) if line.lstrip().startswith("{") else _table_row(line)
        if row is None:
            raise InputError("no row of `docker images`", file, number)
        repository, tag, image, size = row
        sizes.setdefault(image, printed_bytes(size))
        known = names.setdefault(image, [])
        if repository != "<none>":
            known.append(repository if tag == "<none>" else f"{repository}:{tag}")
    return ImageListing(file, tuple(ListedImage(image, tuple(names[image]), size) for image, size in sizes.items()))


def _first_line(text: str) -> str:
    return next((line.strip().removeprefix("\ufeff") for line in text.splitlines() if line.strip()), "")


def _table_row(line: str) -> tuple[str, str, str, str] | None:
    cells = _CELLS.split(line.strip())
    if len(cells) == 6:
        cells.pop(2)  # --digests
    return (cells[0], cells[1], cells[2], cells[4]) if len(cells) == 5 else None


def _json_row(line: str) -> tuple[str, str, str, str] | None:
    try:
        row = json.loads(line)
        values = tuple(str(row[key]) for key in ("Repository", "Tag", "ID", "Size"))
    except (ValueError, KeyError, TypeError):
        return None
    return values[0], values[1], values[2], values[3]
