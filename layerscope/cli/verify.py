"""`layerscope verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.cli.change_input import ChangeFlags, open_change
from layerscope.cli.options import AfterFlags, BuildFlags, with_flags
from layerscope.cli.output import hint, print_answer
from layerscope.report.formats import Format

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(BuildFlags, AfterFlags, ChangeFlags)
def verify(
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    context: Annotated[str, typer.Argument(help="The build context: a directory, a tar archive, or -.")] = ".",
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
    network: Annotated[
        str | None, typer.Option("--network", help="The network of RUN, as docker build takes it.", metavar="MODE")
    ] = None,
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
    from layerscope.building.settings import Settings
    from layerscope.building.verify import verify as ask

    sides = open_change(context, build, after, change)

    def say(line: str) -> None:
        hint(f"layerscope: {line}")

    settings = Settings(network, tuple(secret or ()), tuple(ssh or ()), verbose)
    found = ask(sides.before, sides.after, settings, say)
    print_answer(output, found)
    return 1 if found.wrong else 0
