"""`layerscope context`."""

from __future__ import annotations

from typing import Annotated

import click
import typer

from layerscope import api
from layerscope.cli.options import BuildFlags, with_flags
from layerscope.cli.output import FORCE, FORMAT, FormatFlags, hint, show, write_out
from layerscope.report.formats import Format

app = typer.Typer(rich_markup_mode=None)


_MAKE = "make"
_FORMAT = typer.Option("--format", help=FORMAT.help, click_type=click.Choice([*(form.value for form in Format), _MAKE]))


@app.command()
@with_flags(BuildFlags)
def context(
    build: BuildFlags,
    path: Annotated[str, typer.Argument(metavar="CONTEXT", help="The build context.")] = ".",
    output: Annotated[str, _FORMAT] = Format.table.value,
    snapshot: Annotated[
        str | None,
        typer.Option("--snapshot", help="Also keep paths, modes and digests, to compare with later.", metavar="FILE"),
    ] = None,
    force: Annotated[bool, FORCE] = False,
) -> None:
    """Say which files each step reads, and what is sent for nothing.

    \b
    Examples:
      layerscope context .
      layerscope context . --format make > image.d       prerequisites for make
      layerscope context . --snapshot built.snapshot     then: simulate built.snapshot --after .
    """
    side = api.open_context(path, file=build.file, options=build.options())
    if snapshot is not None:  # before anything else is read of it
        api.snapshot(side, snapshot, force=force)
        hint(f"wrote {snapshot}")
    use = api.context(side, timings=build.costs())
    if output == _MAKE:
        write_out(api.prerequisites(use), names=True)
    else:
        show(use, FormatFlags(Format(output)))
