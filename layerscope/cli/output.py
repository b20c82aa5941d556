"""Where an answer goes: one document on standard output, a table, or a file that is never overwritten unasked."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.errors import InputError, printable

if TYPE_CHECKING:
    from layerscope.report.json_document import Document
    from layerscope.report.page import Page


class Format(str, Enum):
    """How to print an answer."""

    table = "table"
    json = "json"
    markdown = "markdown"


def emit(output: Format, page: Callable[[], Page], answer: Callable[[], Document]) -> None:
    """Print one answer in the chosen format; only that one is made."""
    if output is Format.json:
        from layerscope.report.json_document import dumps

        sys.stdout.write(dumps(answer()))
        return
    from layerscope.report.page import render_markdown, render_text

    if output is Format.markdown:
        _write(render_markdown(page()))
    else:
        _write(render_text(page(), colour=wants_colour()))


def wants_colour() -> bool:
    """Colour only on a terminal, and never under NO_COLOR."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def hint(message: str) -> None:
    """A line for the user beside the answer, on standard error."""
    print(printable(message), file=sys.stderr)  # noqa: T201


def write_file(path: str, text: str, *, force: bool) -> None:
    """Write a report whole or not at all; an existing file stays unless `force`. Raises InputError."""
    target = Path(path)
    if target.exists() and not force:
        raise InputError("exists already; --force overwrites it", path)
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            file.write(text)
        Path(file.name).chmod(0o666 & ~_umask())
        Path(file.name).replace(target)
    except OSError as error:
        raise InputError(f"cannot write: {(error.strerror or str(error)).lower()}", path) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
