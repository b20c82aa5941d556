"""`layerscope read`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.cli.output import print_answer
from layerscope.report.formats import Format

app = typer.Typer(rich_markup_mode=None)


@app.command()
def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Saved outputs of Docker's, of any kind.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
) -> None:
    """Say what saved output of Docker's tells: build logs, images, pushes, a registry's files.

    \b
    Examples:
      layerscope read build.log                        which steps ran, which were cached
      docker push app > push.log; layerscope read push.log
    """
    from layerscope.analysis.answers.saved_outputs import SavedOutputs
    from layerscope.analysis.reading import read_output

    print_answer(output, SavedOutputs(tuple(map(read_output, files))))
