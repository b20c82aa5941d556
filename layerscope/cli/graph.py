"""`layerscope graph`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from layerscope.cli.change_input import ChangeFlags, open_change
from layerscope.cli.image_input import ask_image, is_context
from layerscope.cli.options import AfterFlags, BuildFlags, given_options, only_for_contexts, with_flags

if TYPE_CHECKING:
    import networkx

app = typer.Typer(rich_markup_mode=None)


class GraphFormat(str, Enum):
    """How to export the graph."""

    json = "json"
    dot = "dot"
    mermaid = "mermaid"
    graphml = "graphml"
    html = "html"


@app.command()
@with_flags(BuildFlags, AfterFlags, ChangeFlags)
def graph(
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    subject: Annotated[str, typer.Argument(metavar="CONTEXT|REF", help="A build context or an image.")] = ".",
    output: Annotated[GraphFormat, typer.Option("--format", help="How to export.")] = GraphFormat.mermaid,
    output_file: Annotated[str | None, typer.Option("-o", "--output", help="Write to a file.", metavar="FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Export the layer graph: json, dot, mermaid, graphml or html.

    \b
    Examples:
      layerscope graph . --format dot | dot -Tsvg > layers.svg
      layerscope graph . --change app.rb --format mermaid     outcomes as colours
    """
    text = _rendered(_graph(subject, build, after, change), output)
    if output_file:
        from layerscope.cli.output import write_file

        write_file(output_file, text, force=force)
    else:
        from layerscope.cli.output import write_out

        write_out(text)


def _graph(subject: str, build: BuildFlags, after: AfterFlags, change: ChangeFlags) -> networkx.DiGraph[str]:
    from layerscope.analysis.layer_graph import build_graph, image_graph

    if not is_context(subject):
        only_for_contexts(subject, {"--platform"}, build, after, change)
        return image_graph(ask_image(subject, platform=build.image_platform))
    if change.given or given_options(after):
        sides = open_change(subject, build, after, change)
        side, before = sides.after, sides.before
    else:
        from layerscope.inputs import open_context

        side, before = open_context(subject, file=build.file, options=build.options()), None
    image = ask_image(build.image, dockerfile=side.dockerfile) if build.image else None
    return build_graph(side, before, image)


def _rendered(found: networkx.DiGraph[str], output: GraphFormat) -> str:
    from layerscope.report import graph_exports
    from layerscope.report.json import dumps

    if output is GraphFormat.json:
        return dumps(graph_exports.graph_document(found))
    if output is GraphFormat.html:
        from layerscope.report.html.graph import graph_html

        return graph_html(found)
    writers = {
        GraphFormat.dot: graph_exports.graph_dot,
        GraphFormat.mermaid: graph_exports.graph_mermaid,
        GraphFormat.graphml: graph_exports.graph_graphml,
    }
    return writers[output](found)
