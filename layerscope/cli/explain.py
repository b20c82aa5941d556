"""`layerscope explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.cli.change_input import ChangeFlags, open_change
from layerscope.cli.options import AfterFlags, BuildFlags, with_flags
from layerscope.cli.output import Format, emit

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(BuildFlags, AfterFlags, ChangeFlags)
def explain(
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    context: Annotated[str, typer.Argument(help="The build context: a directory, a tar archive, or -.")] = ".",
    step: Annotated[
        str | None, typer.Option("--step", help="The step: its row, or part of its name.", metavar="N|TEXT")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
) -> None:
    """Say why a step re-runs, down to the file or line at fault.

    \b
    Examples:
      layerscope explain . --change app.rb                   every step that re-runs
      layerscope explain . --since main --step 'npm ci'      one of them, with its chain
      layerscope explain . --change app.rb --step 3          what would break a cached one
    """
    from layerscope.analysis.explain import explain as ask
    from layerscope.report.explanation import explanation_document, explanation_page

    sides = open_change(context, build, after, change)
    answer = ask(sides.before, sides.after, step)
    emit(output, lambda: explanation_page(answer), lambda: explanation_document(answer))
