"""REF as users write it: a scheme and a place, or a path that is there, or the name of an image."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from layerscope.errors import InputError
from layerscope.image.layers.layer_tar import is_compressed
from layerscope.image.layers.tar_entries import BLOCK, is_tar_header
from layerscope.values import Value


class SourceKind(str, Enum):
    """What holds an image, named as its scheme."""

    DOCKER_ARCHIVE = "docker-archive"
    OCI_ARCHIVE = "oci-archive"
    ARCHIVE = "archive"  # no scheme: the content decides which of the two
    OCI_LAYOUT = "oci"
    BLOB_DIRECTORY = "dir"
    HISTORY = "history"
    DAEMON = "daemon"
    REGISTRY = "registry"
    REGISTRY_STORAGE = "registry-storage"
    STANDARD_INPUT = "-"  # an archive or a history, as its content decides

    def __str__(self) -> str:
        return self.value


_SCHEMES = {
    **{kind.value: kind for kind in SourceKind if kind not in {SourceKind.ARCHIVE, SourceKind.STANDARD_INPUT}},
    "docker-daemon": SourceKind.DAEMON,
    "docker": SourceKind.REGISTRY,
}
_PATHS = frozenset({SourceKind.DOCKER_ARCHIVE, SourceKind.OCI_ARCHIVE, SourceKind.OCI_LAYOUT, SourceKind.HISTORY})


class Reference(Value):
    """Where an image is.

    text: as the user wrote it. location: a path, or for engines and registries a name. selector: the tag or name that
    chooses among several images. position: the same by number, from 0.
    """

    text: str
    kind: SourceKind
    location: str
    selector: str | None = None
    position: int | None = None


def parse_reference(text: str) -> Reference:
    """Reads a REF; looks at the file system where the words alone do not decide.

    Raises:
        InputError: nothing is at the path named, or it is nothing an image can be read from.
    """
    if text == SourceKind.STANDARD_INPUT:
        return Reference(text, SourceKind.STANDARD_INPUT, text)
    scheme, colon, rest = text.partition(":")
    kind = _SCHEMES.get(scheme) if colon else None
    if kind is SourceKind.REGISTRY:
        return Reference(text, kind, rest.removeprefix("//"))
    if kind is SourceKind.REGISTRY_STORAGE:
        return Reference(text, kind, rest)
    if kind is None or (kind is SourceKind.DAEMON and not rest):
        return Reference(text, _sniff(text) if _exists(text) else SourceKind.DAEMON, text)
    if not rest:
        raise InputError(f"{scheme}: needs a name or path after the colon", text)
    if kind in _PATHS:
        return _at_path(text, kind, rest)
    return Reference(text, kind, rest)


def _at_path(text: str, kind: SourceKind, rest: str) -> Reference:
    """`FILE`, `FILE:SELECTOR` or `FILE:@N`. Files may have colons in their names, so the longest one there is wins."""
    cut = len(rest)
    while cut > 0:
        if _exists(rest[:cut]):
            selector = rest[cut + 1 :]
            if cut == len(rest) or not selector:
                return Reference(text, kind, rest[:cut])
            if selector.startswith("@"):
                if not selector[1:].isdecimal():
                    raise InputError(f"@ takes the number of an image, counted from 0, not '{selector[1:]}'", text)
                return Reference(text, kind, rest[:cut], position=int(selector[1:]))
            return Reference(text, kind, rest[:cut], selector=selector)
        cut = rest.rfind(":", 0, cut)
    raise InputError("no such file or directory", rest)


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long, or a NUL: no path at all
        return False


def _sniff(path: str) -> SourceKind:
    """What kind of source lies at a path."""
    if Path(path).is_dir():
        if (Path(path) / "oci-layout").exists() or (Path(path) / "index.json").exists():
            return SourceKind.OCI_LAYOUT
        if (Path(path) / "manifest.json").exists() and (Path(path) / "version").exists():
            return SourceKind.BLOB_DIRECTORY
        raise InputError("a directory without oci-layout: not an OCI layout", path)
    if not Path(path).is_file():
        return SourceKind.ARCHIVE  # a pipe gives its bytes only once: `history:` says if it is that
    try:
        with Path(path).open("rb") as file:
            start = file.read(BLOCK)
    except OSError as error:
        raise InputError(error.strerror or str(error), path) from None
    if not start:
        raise InputError("the file is empty", path)
    return SourceKind.ARCHIVE if is_tar_header(start) or is_compressed(start[:4]) else SourceKind.HISTORY
