"""What `docker images`, `podman images`, `nerdctl images` and the first table of `docker system df -v` print.

Two tags of one image are one image.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from layerscope.docker.sizes import printed_bytes
from layerscope.docker.tables import Table, tables
from layerscope.errors import InputError
from layerscope.values import Value, replace

_HEADINGS = {"REPOSITORY", "TAG", "IMAGE ID", "SIZE"}
_JSON_HEADINGS = {"Repository": "REPOSITORY", "Tag": "TAG", "ID": "IMAGE ID", "Size": "SIZE"}


class ListedImage(Value):
    """One image of a listing. names: `repository:tag`, none for a dangling one. Sizes in bytes as printed.

    content_size: of its compressed blobs, where that stands beside what it takes on the disk. unique_size: what no
    other image shares. platform: of a row that is one of several that a name stands for.
    """

    id: str
    names: tuple[str, ...]
    size: int | None
    content_size: int | None = None
    unique_size: int | None = None
    platform: str | None = None


class ImageListing(Value):
    """One output of `docker images`. images: in the order of their first row."""

    file: str
    images: tuple[ListedImage, ...]


def find_listing(text: str, file: str) -> ImageListing | None:
    """The images of the tables in a text, or of the lines of `--format json` that it begins with; None of any other.

    Raises InputError with the line that is no row.
    """
    found = [table for table in tables(text, ["REPOSITORY"]) if set(table.headings) >= _HEADINGS]
    if found:
        return _listing(file, (row for table in found for row in _rows(table, file)))
    first = next((line for line in text.splitlines() if line.strip()), "").strip()
    if first.startswith("{") and '"Repository"' in first and '"Tag"' in first:
        return _listing(file, _json_rows(text, file))
    return None


def _listing(file: str, rows: Iterator[Mapping[str, str]]) -> ImageListing:
    images: dict[str, ListedImage] = {}
    for cells in rows:
        image, repository, tag = cells["IMAGE ID"], cells["REPOSITORY"], cells["TAG"]
        known = images.get(image) or ListedImage(
            image,
            (),
            printed_bytes(cells["SIZE"]),
            content_size=printed_bytes(cells.get("BLOB SIZE", "")),
            unique_size=printed_bytes(cells.get("UNIQUE SIZE", "")),
        )
        name = repository if tag == "<none>" else f"{repository}:{tag}"
        names = known.names if repository == "<none>" else (*known.names, name)
        images[image] = replace(known, names=names)
    return ImageListing(file, tuple(images.values()))


def _rows(table: Table, file: str) -> Iterator[Mapping[str, str]]:
    for row in table.rows:
        if not row.cells.keys() >= _HEADINGS:
            raise InputError("no row of `docker images`", file, row.line)
        yield row.cells
    if table.stops_at is not None:
        raise InputError("no row of `docker images`", file, table.stops_at)


def _json_rows(text: str, file: str) -> Iterator[Mapping[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                row = json.loads(line)
                yield {heading: str(row[key]) for key, heading in _JSON_HEADINGS.items()}
            except (ValueError, KeyError, TypeError):
                raise InputError("no row of `docker images`", file, number) from None
