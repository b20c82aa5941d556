"""Where an answer goes: one text on standard output, and a page in a file that is never overwritten unasked."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from layerscope.cli.exits import EXIT_DONE, EXIT_GATE
from layerscope.errors import InputError, printable
from layerscope.files import reason, write_new
from layerscope.report.formats import Format, page, render
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.answer import Answer

# Declared once; what may follow `--format` differs from command to command.
FORMAT = typer.Option("--format", help="How to print the answer.")
HTML = typer.Option("--html", help="Also write a report.", metavar="FILE")
FORCE = typer.Option("--force", help="Overwrite a file that is there.")
OUTPUT = typer.Option("-o", "--output", help="The file to write.", metavar="FILE")


class FormatFlags(Entity):
    """How an answer is printed."""

    format: Annotated[Format, FORMAT] = Format.table


class AnswerFlags(Entity):
    """How an answer is printed, and where its page goes."""

    format: Annotated[Format, FORMAT] = Format.table
    html: Annotated[str | None, HTML] = None
    force: Annotated[bool, FORCE] = False


def show(answer: Answer, flags: FormatFlags | AnswerFlags) -> None:
    """Print an answer, its page written first where one is asked for. Raises InputError where that fails."""
    if isinstance(flags, AnswerFlags) and flags.html:
        write_file(flags.html, page(answer), force=flags.force)
    write_out(render(answer, flags.format, colour=wants_colour()))


def show_page(answer: Answer, path: str, *, force: bool) -> None:
    """Write an answer's page, and say so. Raises InputError where that fails."""
    write_file(path, page(answer), force=force)
    hint(f"wrote {path}")


def gated(broken: Iterable[str]) -> int:
    """The exit status of a command whose gates these sentences say are broken; they are told."""
    status = EXIT_DONE
    for gate in broken:
        hint(f"gate failed: {gate}")
        status = EXIT_GATE
    return status


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
        raise InputError(f"cannot write the answer: {reason(error)}", "standard output") from None


def hint(message: str) -> None:
    """A line for the user beside the answer, on standard error."""
    print(f"layerscope: {printable(message)}", file=sys.stderr)  # noqa: T201


def write_file(path: str, text: str, *, force: bool) -> None:
    """Write a report whole or not at all; `-` is standard output. Raises InputError."""
    if path == "-":
        write_out(text)
    else:
        write_new(path, text.encode(), force=force)
