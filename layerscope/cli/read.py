"""`layerscope read`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.options import with_flags
from layerscope.cli.output import FormatFlags, show

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(FormatFlags)
def read(
    output: FormatFlags,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Saved outputs of any kind; - is a pipe.")],
) -> None:
    """Say what saved output of Docker's tells: build logs, histories, images, pushes, pulls, caches.

    \b
    Examples:
      layerscope read build.log                        which steps ran, which were cached
      docker push app | layerscope read -              which layers were sent
    """
    show(api.read(files), output)
