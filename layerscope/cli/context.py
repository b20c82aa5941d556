"""`layerscope context`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from layerscope.cli.options import BuildFlags, with_flags
from layerscope.cli.output import Format, emit, write_out

app = typer.Typer(rich_markup_mode=None)


class ContextFormat(str, Enum):
    """How to print the answer."""

    table = "table"
    json = "json"
    markdown = "markdown"
    make = "make"


@app.command()
@with_flags(BuildFlags)
def context(
    build: BuildFlags,
    path: Annotated[str, typer.Argument(metavar="CONTEXT", help="The build context.")] = ".",
    output: Annotated[ContextFormat, typer.Option("--format", help="How to print.")] = ContextFormat.table,
) -> None:
    """Say which files each step reads, and what is sent for nothing.

    \b
    Examples:
      layerscope context .
      layerscope context . --format make > image.d       prerequisites for make
    """
    from layerscope.analysis.context_use import context_use
    from layerscope.opening import open_context
    from layerscope.report.context_use import context_document, context_page, context_prerequisites

    use = context_use(open_context(path, file=build.file, options=build.options()))
    if output is ContextFormat.make:
        write_out(context_prerequisites(use))
    else:
        emit(Format(output.value), lambda: context_page(use), lambda: context_document(use))
