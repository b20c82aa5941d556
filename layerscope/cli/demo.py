"""`layerscope demo`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def demo(
    output_file: Annotated[
        str | None, typer.Option("-o", "--output", help="Where to write the report.", metavar="FILE.html")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the report.")] = False,
    fixtures: Annotated[str | None, typer.Option("--fixtures", hidden=True, metavar="DIR")] = None,
) -> None:
    """Tell the whole story on shipped input: no engine, no network.

    A Sinatra app as a beginner builds it, the layer cache it misses, the refactoring, and what that saves: sizes and
    seconds are what a real engine gave.
    """
    from layerscope.cli.output import wants_colour, write_file
    from layerscope.demo import demo_story
    from layerscope.report.html_comparison import comparison_html
    from layerscope.report.page import render_text
    from layerscope.report.story import story_page

    story = demo_story(Path(fixtures) if fixtures else None)
    target = output_file or str(Path(tempfile.gettempdir()) / "layerscope-demo.html")
    # The file of an earlier demo in the temporary directory is ours to renew.
    write_file(target, comparison_html(story.comparison), force=force or output_file is None)
    sys.stdout.write(render_text(story_page(story), colour=wants_colour()))
    sys.stdout.write(f"\nThe comparison as a page: {target}\n")
    sys.stdout.write("Now yours:  layerscope simulate . --since HEAD\n")
