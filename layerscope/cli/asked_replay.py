"""What `replay` and `report replay` ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope import api
from layerscope.cli.options import BuildFlags, PriceFlags, WithoutGit
from layerscope.cli.progress import Progress
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.api import ReplayedCosts


class ReplayFlags(Entity):
    """Which commits, and what cache the builds had."""

    commits: Annotated[
        int | None,
        typer.Option("--commits", help=f"The last N commits ({api.DEFAULT_COMMITS} unless said).", metavar="N", min=1),
    ] = None
    range: Annotated[
        str | None, typer.Option("--range", help="The commits of a range, as git log takes it.", metavar="A..B")
    ] = None
    cache: Annotated[
        str,
        typer.Option(
            "--cache",
            help="unbounded; none; registry, local or gha[,mode=min|max], inline: exported and imported by each build; "
            "last, days=7, size=10GB: pruned of what was not used by the last build, for so long, or beyond that size.",
            metavar="POLICY",
        ),
    ] = "unbounded"
    include_cold: Annotated[
        bool, typer.Option("--include-cold", help="Count the first build, too, which finds an empty cache.")
    ] = False
    with_file: Annotated[
        str | None,
        typer.Option("--with-file", help="Also replay with this Dockerfile in place of each commit's.", metavar="FILE"),
    ] = None
    without_git: WithoutGit = False


def ask_replay(context: str, build: BuildFlags, walk: ReplayFlags, price: PriceFlags) -> ReplayedCosts:
    """What each commit would have re-run, with progress on standard error. Raises InputError."""
    with Progress("commits") as progress:
        return api.replay(
            context,
            file=build.file,
            with_file=walk.with_file,
            options=build.options(),
            commits=walk.commits,
            between=walk.range,
            cache=walk.cache,
            include_cold=walk.include_cold,
            without_git=walk.without_git,
            timings=build.costs(),
            image=build.image,
            price=price.price,
            walked=progress.show,
        )
