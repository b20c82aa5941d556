"""Where an answer goes: one document on standard output, a table, or a file that is never overwritten unasked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.errors import InputError, printable
from layerscope.report.formats import Format, render

if TYPE_CHECKING:
    from layerscope.answer import Answer


def print_answer(output: Format, answer: Answer) -> None:
    """Print an answer in the chosen format."""
    write_out(render(answer, output, colour=wants_colour()))


def wants_colour() -> bool:
    """Colour only on a terminal, and never under NO_COLOR."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def write_out(text: str, *, names: bool = False) -> None:
    """Text on standard output; what its encoding cannot say is escaped. Raises InputError where that fails.

    names: the text is for a program that opens the files it names: they are written in their very bytes.
    """
    if sys.stdout is None:
        raise InputError("cannot write the answer: standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    try:
        if names:
            sys.stdout.buffer.write(os.fsencode(text))
        else:
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"cannot write the answer: {_reason(error)}", "standard output") from None


def hint(message: str) -> None:
    """A line for the user beside the answer, on standard error."""
    print(printable(message), file=sys.stderr)  # noqa: T201


def write_file(path: str, text: str, *, force: bool) -> None:
    """Write a report whole or not at all; `-` is standard output.

    An existing file stays unless `force`; a device or a pipe is written to, never replaced. Raises InputError.
    """
    if path == "-":
        write_out(text)
        return
    target = Path(path)
    if target.exists() and not force:
        raise InputError("exists already; --force overwrites it", path)
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
        else:
            _replace(target, text)
    except OSError as error:
        raise InputError(f"cannot write: {_reason(error)}", path) from None


def _replace(target: Path, text: str) -> None:
    import tempfile  # a hundredth of a small simulation, which writes no file

    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as file:
        made = Path(file.name)
        try:
            file.write(text)
            file.flush()
            made.chmod(0o666 & ~_umask())
            made.replace(target)
        except BaseException:
            made.unlink(missing_ok=True)
            raise


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
