"""Digests as Docker and the OCI write them: `sha256:…`."""

from __future__ import annotations

import re

from layerscope.errors import InputError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def is_digest(text: str) -> bool:
    """Whether a text is one, of an algorithm that images are named by."""
    return _DIGEST.fullmatch(text) is not None


def check_digest(digest: str, file: str) -> str:
    """The digest, if it is one: digests become file names and must not lead elsewhere."""
    if not is_digest(digest):
        raise InputError(f"'{digest}' is not a digest", file)
    return digest
