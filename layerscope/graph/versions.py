"""Versions of a builder: what people and engines call them, and whose rules count where one is not modelled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerscope.answer import Assumption

# The releases of BuildKit whose rules are modelled: both builders of an engine are named by the BuildKit it brings.
BUILDKIT_RELEASES = ("0.25", "0.26", "0.27", "0.28", "0.29", "0.30", "0.31", "0.32")

_NUMBERS = r"[0-9]{1,4}(?:\.[0-9]{1,4})*"
_VERSION = rf"v?({_NUMBERS})(?:[-+~][\w.+~-]+)?"


def release(text: str) -> str | None:
    """The release that a version is of, by which rules go: `0.25` for `v0.25.2+dfsg`. None for no version."""
    match = re.fullmatch(_VERSION, text.strip())
    return ".".join(match[1].split(".")[:2]) if match else None


def nearest(version: str, modelled: Sequence[str]) -> str:
    """The modelled release whose rules count for another: the newest that is not newer, else the oldest."""
    known = [each for each in modelled if _numbers(each) <= _numbers(version)]
    return max(known, key=_numbers) if known else min(modelled, key=_numbers)


def not_modelled(version: str, modelled: Sequence[str]) -> str | None:
    """What is taken for granted of a release that is not modelled; None where it is."""
    if version in modelled:
        return None
    rules = nearest(version, modelled)
    than = "older" if _numbers(version) < _numbers(rules) else "newer"
    return f"this version is {than} than any that is modelled, and taken to do as {rules} does"


def version_assumption(asked: str, modelled: Sequence[str]) -> Assumption | None:
    """What a build takes for granted of its builder's version. asked: "" for the newest that is modelled."""
    from layerscope.answer import Assumption

    text = not_modelled(asked, modelled) if asked else None
    return Assumption("builder-version", asked, text) if text else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
