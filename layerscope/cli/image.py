"""`layerscope image`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.asked_image import ImageFlags, ask_image
from layerscope.cli.options import with_flags
from layerscope.cli.output import AnswerFlags, gated, show

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(AnswerFlags, ImageFlags)
def image(
    output: AnswerFlags,
    flags: ImageFlags,
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="docker-archive:FILE, oci:DIR, registry:NAME, daemon:NAME, a path, - …")
    ],
    max_size: Annotated[
        int | None, typer.Option("--max-size", help="Exit 1 if the image is larger.", metavar="BYTES", min=0)
    ] = None,
    max_waste: Annotated[
        int | None, typer.Option("--max-waste", help="Exit 1 if more is wasted.", metavar="BYTES", min=0)
    ] = None,
    min_efficiency: Annotated[
        float | None, typer.Option("--min-efficiency", help="Exit 1 below this (0 to 1).", min=0, max=1)
    ] = None,
) -> int:
    """Say what each instruction of an image costs in bytes.

    \b
    Examples:
      layerscope image docker-archive:app.tar
      layerscope image app:latest -f Dockerfile --timings build.rawjson
      layerscope image app:latest --contents --duplicates
      layerscope image history:history.txt --format json
      docker save app | layerscope image -
      layerscope image registry:debian:12-slim             manifest and config alone
    """
    cost = ask_image(reference, flags)
    show(cost, output)
    return gated(api.broken_image_gates(cost, max_size=max_size, max_waste=max_waste, min_efficiency=min_efficiency))
