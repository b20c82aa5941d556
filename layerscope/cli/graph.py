"""`layerscope graph`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope import api
from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.change_flags import ChangeFlags, open_change
from layerscope.cli.options import BuildFlags, given_options, only_for_contexts, with_flags
from layerscope.cli.output import FORCE, FORMAT, OUTPUT, write_file
from layerscope.report.formats import GraphFormat

if TYPE_CHECKING:
    import networkx

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(BuildFlags, AfterFlags, ChangeFlags)
def graph(
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    subject: Annotated[str, typer.Argument(metavar="CONTEXT|REF", help="A build context or an image.")] = ".",
    form: Annotated[GraphFormat, FORMAT] = GraphFormat.mermaid,
    output: Annotated[str | None, OUTPUT] = None,
    force: Annotated[bool, FORCE] = False,
) -> None:
    """Export the layer graph: json, dot, mermaid, graphml or html.

    \b
    Examples:
      layerscope graph . --format dot | dot -Tsvg > layers.svg
      layerscope graph . --change app.rb --format mermaid     outcomes as colours
    """
    write_file(output or "-", api.export(_graph(subject, build, after, change), form), force=force)


def _graph(subject: str, build: BuildFlags, after: AfterFlags, change: ChangeFlags) -> networkx.DiGraph[str]:
    place = api.context_or_image(subject)
    if place is None:
        only_for_contexts(subject, {"--platform"}, build, after, change)
        return api.graph(api.read_image(subject, platform=build.image_platform))
    if given_options(change, after):
        return api.graph(open_change(place, build, after, change), image=build.image)
    return api.graph(api.open_context(place, file=build.file, options=build.options()), image=build.image)
