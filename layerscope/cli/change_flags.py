"""The options that state a change, declared once, and the sides they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope import api
from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.options import BuildFlags, WithoutGit
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.api import GivenPlace, Sides, StrPath


class ChangeFlags(Entity):
    """Ways to state the change; exactly one, and none is `--since HEAD`."""

    change: Annotated[
        list[str] | None, typer.Option("--change", help="This path has other content.", metavar="PATH")
    ] = None
    add: Annotated[list[str] | None, typer.Option("--add", help="This path comes.", metavar="PATH")] = None
    remove: Annotated[list[str] | None, typer.Option("--remove", help="This path goes.", metavar="PATH")] = None
    after: Annotated[str | None, typer.Option("--after", help="The context that will be built.", metavar="DIR")] = None
    since: Annotated[
        str | None, typer.Option("--since", help="What was built: this git revision of the context.", metavar="REV")
    ] = None
    diff: Annotated[
        str | None,
        typer.Option("--diff", help="A git diff to apply to the context, - for standard input.", metavar="FILE"),
    ] = None
    without_git: WithoutGit = False


def open_change(context: StrPath | GivenPlace, build: BuildFlags, after: AfterFlags, change: ChangeFlags) -> Sides:
    """The two sides a command line states. Raises InputError for two ways at once, or what cannot be read."""
    return api.open_sides(
        context,
        change=change.change or (),
        add=change.add or (),
        remove=change.remove or (),
        after=change.after,
        since=change.since,
        diff=change.diff,
        without_git=change.without_git,
        file=build.file,
        options=build.options(),
        after_options=after.options(),
        image=build.image,
        image_platform=build.image_platform,
    )
