"""`layerscope context`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from layerscope.cli.options import BuildFlags, with_flags
from layerscope.cli.output import hint, print_answer, write_out
from layerscope.report.formats import Format

if TYPE_CHECKING:
    from layerscope.analysis.side import Side

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
    snapshot: Annotated[
        str | None,
        typer.Option("--snapshot", help="Also keep paths, modes and digests, to compare with later.", metavar="FILE"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the snapshot.")] = False,
) -> None:
    """Say which files each step reads, and what is sent for nothing.

    \b
    Examples:
      layerscope context .
      layerscope context . --format make > image.d       prerequisites for make
      layerscope context . --snapshot built.snapshot     then: simulate built.snapshot --after .
    """
    from layerscope.analysis.context_use import context_use
    from layerscope.cli.image_input import build_costs
    from layerscope.inputs import open_context
    from layerscope.report.prerequisites import prerequisites

    if snapshot is None:
        side = open_context(path, file=build.file, options=build.options())
    else:
        side = _kept(snapshot, path, build, force)
    use = context_use(side, build_costs(build))
    if output is ContextFormat.make:
        write_out(prerequisites(use), names=True)
    else:
        print_answer(Format(output.value), use)


def _kept(snapshot: str, path: str, build: BuildFlags, force: bool) -> Side:
    """The context, with its snapshot written before anything else is read of it."""
    import sys

    from layerscope.inputs.snapshot import open_for_snapshot, paths_read, snapshot_file, write_snapshot

    stdin = sys.stdin.buffer.read() if "-" in {path, build.file} else None
    opened = open_for_snapshot(path, build.file, build.options(), stdin)
    taken = opened.snapshot()
    data = snapshot_file(taken, paths_read(taken))
    write_snapshot(snapshot, data, force=force)
    hint(f"layerscope: wrote {snapshot}")
    return opened.side
