"""Extended attributes of files, as far as builders count them: a part of what a file's digest says.

BuildKit's client sends all of them, and its digests of files hold all but those of `security.` and `system.`, of which
`security.capability` alone counts. The classic builder's client sends that one, and of an archive all that stand there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

_CAPABILITY = "security.capability"
_UNCOUNTED = ("security.", "system.")
_BOTH, _BUILDKIT = "+both:", "+buildkit:"  # what stands in a digest before those that both builders count, or one does

_TOLD = hasattr(os, "listxattr")
UNTOLD = not _TOLD and os.name != "nt"  # whether files may have some that the system does not tell; Windows has none


def attributes_of(handle: int) -> str:
    """Those of an open file as a part of its digest; "" where it has none that count."""
    try:
        names = os.listxattr(handle) if _TOLD else ()
    except OSError:  # a file system without any
        return ""
    return _told(names, handle) if names else ""


def attributes_in_archive(headers: Mapping[str, str]) -> str:
    """Those that the PAX headers of a file in an archive tell."""
    start = "SCHILY.xattr."
    values = {name[len(start) :]: value for name, value in headers.items() if name.startswith(start)}
    counted = sorted(filter(_is_counted, values))
    return _part(_BOTH, [(name, values[name].encode("utf-8", "surrogateescape")) for name in counted])


def seen_by_classic(digest: str) -> str:
    """A digest without what BuildKit alone counts."""
    return digest.partition(_BUILDKIT)[0]


def without_attributes(digest: str) -> str:
    """What a digest says of the bytes alone."""
    return seen_by_classic(digest).partition(_BOTH)[0]


def _told(names: Iterable[str], handle: int) -> str:
    both: list[tuple[str, bytes]] = []
    one: list[tuple[str, bytes]] = []
    for name in sorted(filter(_is_counted, names)):
        try:
            value = os.getxattr(handle, name)
        except OSError:
            continue  # as the client passes over what it may not read
        (both if name == _CAPABILITY else one).append((name, value))
    return _part(_BOTH, both) + _part(_BUILDKIT, one)


def _part(start: str, found: list[tuple[str, bytes]]) -> str:
    if not found:
        return ""
    from hashlib import sha256

    told = b"".join(b"%d:%s%d:%s" % (len(n := os.fsencode(name)), n, len(value), value) for name, value in found)
    return start + sha256(told).hexdigest()


def _is_counted(name: str) -> bool:
    return name == _CAPABILITY or not name.startswith(_UNCOUNTED)
