"""`layerscope verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.change_flags import ChangeFlags, open_change
from layerscope.cli.exits import EXIT_BY_SIGNAL, EXIT_DONE, EXIT_GATE
from layerscope.cli.options import BuildFlags, with_flags
from layerscope.cli.output import FormatFlags, hint, show
from layerscope.errors import EndedBySignal

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(FormatFlags, BuildFlags, AfterFlags, ChangeFlags)
def verify(
    output: FormatFlags,
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    context: Annotated[str, typer.Argument(help="The build context: a directory, a tar archive, or -.")] = ".",
    secret: Annotated[
        list[str] | None, typer.Option("--secret", help="A secret of RUN, as docker build takes it.", metavar="SECRET")
    ] = None,
    ssh: Annotated[
        list[str] | None, typer.Option("--ssh", help="An SSH agent of RUN, as docker build takes it.", metavar="AGENT")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the builder's progress.")] = False,
) -> int:
    """Build before and after on a running engine, and hold the prediction against what it did.

    \b
    Exits 1 where a step differs. The builds see none of your cache, and leave nothing in it.
    Examples:
      layerscope verify . --change app.rb
      layerscope verify . --since HEAD~1 --format json
    """
    sides = open_change(context, build, after, change)
    try:
        found = api.verify(sides, secrets=secret or (), ssh=ssh or (), verbose=verbose, say=hint)
    except EndedBySignal as ended:
        return EXIT_BY_SIGNAL + ended.number
    show(found, output)
    return EXIT_GATE if found.wrong else EXIT_DONE
