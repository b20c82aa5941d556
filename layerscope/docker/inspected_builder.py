"""What `docker buildx inspect` tells of a builder."""

from __future__ import annotations

import re

_VERSION = re.compile(r"^\s*BuildKit(?: version)?:\s+(v?\d\S*)\s*$", re.MULTILINE | re.IGNORECASE)


def buildkit_version(inspected: str) -> str | None:
    """The version of BuildKit that a builder runs; None where it does not run, or is not said to. Of nodes the first."""
    match = _VERSION.search(inspected)
    return match[1] if match else None
