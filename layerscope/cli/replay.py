"""`layerscope replay`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.cli.asked_replay import ReplayFlags, ask_replay
from layerscope.cli.options import BuildFlags, PriceFlags, with_flags
from layerscope.cli.output import AnswerFlags, show

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(AnswerFlags, BuildFlags, ReplayFlags, PriceFlags)
def replay(
    output: AnswerFlags,
    build: BuildFlags,
    walk: ReplayFlags,
    price: PriceFlags,
    context: Annotated[str, typer.Argument(help="The build context: a directory of a git repository.")] = ".",
) -> None:
    """Say what each commit of the history would have re-run, and what it cost.

    \b
    Examples:
      layerscope replay .                                      the last 200 commits
      layerscope replay . --range v1.0..HEAD --timings build.rawjson
      layerscope replay . --cache registry,mode=min            a cache that CI imports and exports
      layerscope replay . --with-file Dockerfile.new           what another Dockerfile would have saved
    """
    show(ask_replay(context, build, walk, price), output)
