"""What `docker buildx inspect` tells of a builder, and the BuildKit that each Docker Engine brings."""

from __future__ import annotations

import re
from collections.abc import Callable

_VERSION = re.compile(r"^\s*BuildKit(?: version)?:\s+v?(\d\S*)\s*$", re.MULTILINE | re.IGNORECASE)
_ENGINE_ITSELF = re.compile(r"^\s*Driver:\s+docker\s*$", re.MULTILINE)
_UNKNOWN = "0.0"  # engines that distributions build do not know the version of their own BuildKit
_OF_ENGINES = {
    "23.0": "0.10", "24.0": "0.11", "25.0": "0.12", "26.0": "0.13", "26.1": "0.13", "27.0": "0.14", "27.1": "0.15",
    "27.2": "0.15", "27.3": "0.16", "27.4": "0.17", "27.5": "0.18", "28.0": "0.20", "28.1": "0.21", "28.2": "0.22",
    "28.3": "0.23", "28.4": "0.24", "28.5": "0.25", "29.0": "0.25", "29.1": "0.26", "29.2": "0.27", "29.3": "0.28",
    "29.4": "0.29", "29.5": "0.30", "29.6": "0.31", "29.7": "0.32",
}  # fmt: skip


def buildkit_version(inspected: str, engine: Callable[[], str | None]) -> str | None:
    """The version of BuildKit that a builder runs; None where it does not run, or cannot tell. Of nodes the first.

    engine: asks for the version of the Docker Engine, where it is the builder itself and does not know.
    """
    match = _VERSION.search(inspected)
    if match is None:
        return None
    if not match[1].startswith(_UNKNOWN):
        return match[1]
    return buildkit_of_engine(engine() or "") if _ENGINE_ITSELF.search(inspected) else None


def buildkit_of_engine(version: str) -> str | None:
    """The release of BuildKit that a Docker Engine brings; None for one that is not known."""
    return _OF_ENGINES.get(".".join(version.split(".")[:2]))
