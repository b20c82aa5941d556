"""Extended attributes of files, as far as builders count them: a part of what a file's digest says.

BuildKit's client sends all of them, and its digests of files hold all but those of `security.` and `system.`, of which
`security.capability` alone counts. The classic builder's client sends that one, and of an archive all that stand there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

_CAPABILITY = "security.capability"
_START = "SCHILY.xattr."  # of their names in PAX headers
_UNCOUNTED = ("security.", "system.")
_BOTH, _BUILDKIT = "+both:", "+buildkit:"  # what stands in a digest before those that both builders count, or one does

_TOLD = hasattr(os, "listxattr")
_listed: Callable[[int | str], Sequence[str]] = os.listxattr if _TOLD else lambda _: ()
UNTOLD = not _TOLD and os.name != "nt"  # whether files may have some that the system does not tell; Windows has none


def attributes_of(handle: int) -> str:
    """Those of an open file as a part of its digest; "" where it has none that count."""
    try:
        names = _listed(handle)
    except OSError:  # a file system without any
        return ""
    return _told(names, handle) if names else ""


def copy_attributes(source: str, target: str) -> None:
    """Give a file those of another that count, quietly none that it cannot be given."""
    with suppress(OSError):
        for name, value in _values(source, _listed(source)):
            os.setxattr(target, name, value)


def headers_for_classic(source: str) -> dict[str, str]:
    """The PAX headers under which the classic builder's client sends a file's."""
    values = _values(source, (_CAPABILITY,)) if _TOLD else ()
    return {_START + name: value.decode("utf-8", "surrogateescape") for name, value in values}


def attributes_in_archive(headers: Mapping[str, str]) -> str:
    """Those that the PAX headers of a file in an archive tell."""
    values = {name[len(_START) :]: value for name, value in headers.items() if name.startswith(_START)}
    counted = sorted(filter(_is_counted, values))
    return _part(_BOTH, [(name, values[name].encode("utf-8", "surrogateescape")) for name in counted])


def seen_by_classic(digest: str) -> str:
    """A digest without what BuildKit alone counts."""
    return digest.partition(_BUILDKIT)[0]


def without_attributes(digest: str) -> str:
    """What a digest says of the bytes alone."""
    return seen_by_classic(digest).partition(_BOTH)[0]


def _values(file: int | str, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Those that count, in order of their names; one that may not be read is passed over, as the client does."""
    for name in sorted(filter(_is_counted, names)):
        with suppress(OSError):
            yield name, os.getxattr(file, name)


def _told(names: Sequence[str], handle: int) -> str:
    found = list(_values(handle, names))
    both = [each for each in found if each[0] == _CAPABILITY]
    return _part(_BOTH, both) + _part(_BUILDKIT, [each for each in found if each not in both])


def _part(start: str, found: list[tuple[str, bytes]]) -> str:
    if not found:
        return ""
    from hashlib import sha256

    told = b"".join(b"%d:%s%d:%s" % (len(n := os.fsencode(name)), n, len(value), value) for name, value in found)
    return start + sha256(told).hexdigest()


def _is_counted(name: str) -> bool:
    return name == _CAPABILITY or not name.startswith(_UNCOUNTED)
