"""Rows of BuildKit's that are no step and take a build's time: exports, pushes, exports and imports of cache."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from layerscope.cost.build_log import LoggedTransfer, TransferKind

# BuildKit's names of exporters; of the client `importing to docker`, `pushing NAME with docker`. All stand behind
# `[web] ` where a log is of several targets.
_ROWS = (
    (
        TransferKind.CACHE_EXPORT,
        re.compile(r"exporting (?:(?:inline |content )?cache\b|to GitHub Actions Cache$)"),
    ),
    (TransferKind.EXPORT, re.compile(r"exporting to |importing to docker\b|sending tarball\b")),
    (TransferKind.CACHE_IMPORT, re.compile(r"importing cache\b")),
    (TransferKind.PUSH, re.compile(r"pushing ")),
)
_LABEL = re.compile(r"\[[^\[\]]+\] ")
_PUSH = re.compile(r"pushing (?:layers|manifest)\b")


def transfer_kind(name: str) -> TransferKind | None:
    """What a row of that name moves; None for steps and other rows."""
    text = name[match.end() :] if (match := _LABEL.match(name)) else name
    return next((kind for kind, row in _ROWS if row.match(text)), None)


def is_push(status: str) -> bool:
    """Whether a part of an export is a push: `pushing layers`, `pushing manifest for docker.io/me/app:1`."""
    return _PUSH.match(status) is not None


def transfers(
    name: str, seconds: float | None, error: str | None, pushed: Mapping[str, float]
) -> Iterator[LoggedTransfer]:
    """What a row tells that is a transfer. pushed: seconds by the name of each part of it that is a push."""
    kind = transfer_kind(name)
    if kind is not None:
        yield LoggedTransfer(kind, name, None if error else seconds, error=error)
        if pushed:
            yield LoggedTransfer(TransferKind.PUSH, "pushing", round(sum(pushed.values()), 6), within=name)
