"""`layerscope replay`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.options import BuildFlags, PriceFlags, with_flags
from layerscope.cli.output import AnswerFlags, show
from layerscope.cli.progress import Progress
from layerscope.errors import InputError
from layerscope.values import Entity

app = typer.Typer(rich_markup_mode=None)

DEFAULT_COMMITS = 200


class ReplayFlags(Entity):
    """Which commits, and what cache the builds had."""

    commits: Annotated[
        int | None,
        typer.Option("--commits", help=f"The last N commits ({DEFAULT_COMMITS} unless said).", metavar="N", min=1),
    ] = None
    range: Annotated[
        str | None, typer.Option("--range", help="The commits of a range, as git log takes it.", metavar="A..B")
    ] = None
    cache: Annotated[
        str,
        typer.Option(
            "--cache",
            help="unbounded, last, none, days=7, size=10GB, registry[,mode=min|max] or gha[,mode=min|max].",
            metavar="POLICY",
        ),
    ] = "unbounded"
    include_cold: Annotated[
        bool, typer.Option("--include-cold", help="Count the first build, too, which finds an empty cache.")
    ] = False


@app.command()
@with_flags(AnswerFlags, BuildFlags, ReplayFlags, PriceFlags)
def replay(
    output: AnswerFlags,
    build: BuildFlags,
    walk: ReplayFlags,
    price: PriceFlags,
    context: Annotated[str, typer.Argument(help="The build context: a directory of a git repository.")] = ".",
    with_file: Annotated[
        str | None,
        typer.Option("--with-file", help="Also replay with this Dockerfile in place of each commit's.", metavar="FILE"),
    ] = None,
) -> None:
    """Say what each commit of the history would have re-run, and what it cost.

    \b
    Examples:
      layerscope replay .                                      the last 200 commits
      layerscope replay . --range v1.0..HEAD --timings build.rawjson
      layerscope replay . --cache registry,mode=min            a cache that CI imports and exports
      layerscope replay . --with-file Dockerfile.new           what another Dockerfile would have saved
    """
    if walk.commits is not None and walk.range is not None:
        raise InputError("--commits and --range exclude each other")
    with Progress("commits") as progress:
        answer = api.replay(
            context,
            file=build.file,
            with_file=with_file,
            options=build.options(),
            commits=walk.commits or DEFAULT_COMMITS,
            between=walk.range,
            cache=walk.cache,
            include_cold=walk.include_cold,
            timings=build.costs(),
            image=build.image,
            price=price.price,
            walked=progress.show,
        )
    show(answer, output)
