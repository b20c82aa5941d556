"""`layerscope explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.change_flags import ChangeFlags, open_change
from layerscope.cli.options import BuildFlags, given_options, with_flags
from layerscope.cli.output import FormatFlags, show
from layerscope.errors import InputError

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(FormatFlags, BuildFlags, AfterFlags, ChangeFlags)
def explain(
    output: FormatFlags,
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    context: Annotated[
        str | None,
        typer.Argument(help="The build context: a directory, a tar archive, a snapshot, or -.  [default: .]"),
    ] = None,
    step: Annotated[
        str | None, typer.Option("--step", help="The step: its row, or part of its name.", metavar="N|TEXT")
    ] = None,
    logs: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--logs", help="Say why a build ran what its log says: two logs or recordings.", metavar="BEFORE AFTER"
        ),
    ] = None,
    snapshots: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--snapshots", help="What the builds of --logs started from: snapshots or contexts.", metavar="BEFORE AFTER"
        ),
    ] = None,
) -> None:
    """Say why a step re-runs, down to the file or line at fault.

    \b
    Examples:
      layerscope explain . --change app.rb                   every step that re-runs
      layerscope explain . --since main --step 'npm ci'      one of them, with its chain
      layerscope explain . --change app.rb --step 3          what would break a cached one
      layerscope explain --logs old.log new.log              why the build of new.log ran what it ran
      layerscope explain --logs timings.json~1 timings.json  the last two of `timings record`, inputs and all
    """
    if logs is None:
        if snapshots is not None:
            raise InputError("--snapshots goes with --logs; without, name one as CONTEXT and one as --after")
        show(api.explain(open_change(context or ".", build, after, change), step=step), output)
        return
    stated = context is not None or bool(given_options(build, after, change))
    if stated and snapshots is not None:
        raise InputError("state what the builds started from one way only: --snapshots or CONTEXT")
    sides = open_change(context or ".", build, after, change) if stated else None
    show(api.explain_logs(*logs, snapshots=snapshots, sides=sides, step=step), output)
