"""What `docker images` prints since Docker 29: a tree of names, ids and two sizes, the platforms of each below it."""

from __future__ import annotations

import re

from layerscope.docker.image_listing import ImageListing, ListedImage
from layerscope.docker.sizes import PRINTED_SIZE, printed_bytes
from layerscope.errors import InputError

_HEADER = re.compile(r"IMAGE\s+ID\s+DISK USAGE\s+CONTENT SIZE(?:\s+(?:EXTRA|USED|IN USE))?\s*")
_DETAILS = re.compile(
    rf"(?P<name>.*?)\s*(?<!\S)(?P<id>[0-9a-f]{{12}})\s+(?P<usage>{PRINTED_SIZE})\s+(?P<content>{PRINTED_SIZE})(?:\s+\S+)?"
)
_PLATFORM = re.compile(r"(?:[├└│]─? ?|\|- |`- )(?P<platform>\S+)")
_UNTAGGED = "<untagged>"


def find_image_tree(text: str, file: str) -> ImageListing | None:
    """The images of such a table; None where a text has none.

    A name that does not fit stands on a line of its own, and so does each but the last of several.

    Raises InputError with the line that is no row.
    """
    lines = text.split("\n")
    start = next((index for index, each in enumerate(lines) if _HEADER.fullmatch(each.strip())), None)
    if start is None:
        return None
    images: list[ListedImage] = []
    names: list[str] = []
    for index, each in enumerate(lines[start + 1 :], start + 1):
        row = _DETAILS.fullmatch(each.strip())
        if not each.strip() or (row is None and _PLATFORM.match(each.strip())):
            continue
        if row is None:
            if len(each.split()) != 1:
                raise InputError("no row of `docker images`", file, index + 1)
            names.append(each.strip())
            continue
        platform = _PLATFORM.fullmatch(row["name"])
        names += [row["name"]] if row["name"] and not platform else []
        sizes = printed_bytes(row["usage"]), printed_bytes(row["content"])
        told = tuple(name for name in names if name != _UNTAGGED) if not platform else images[-1].names
        images.append(ListedImage(row["id"], told, *sizes, platform=platform["platform"] if platform else None))
        names = []
    if names:
        raise InputError("this table of `docker images` breaks off after a name", file, len(lines))
    return ImageListing(file, tuple(images))
