"""`layerscope demo`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from layerscope.errors import InputError

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
    from layerscope.cli.output import print_answer, write_file, write_out
    from layerscope.demo import demo_story
    from layerscope.report.formats import Format, page

    story = demo_story(Path(fixtures) if fixtures else None)
    written = page(story.comparison)
    if output_file:
        write_file(output_file, written, force=force)
    target = output_file or _in_temporary_directory(written)
    print_answer(Format.table, story)
    write_out(f"\nThe comparison as a page: {target}\n")
    write_out("Now yours:  layerscope simulate . --since HEAD\n")


def _in_temporary_directory(page: str) -> str:
    """The page of an earlier demo of this user is renewed; where the name is somebody else's, a fresh folder."""
    from layerscope.cli.output import write_file

    own = f"layerscope-demo-{os.getuid()}.html" if hasattr(os, "getuid") else "layerscope-demo.html"
    target = str(Path(tempfile.gettempdir()) / own)
    try:
        write_file(target, page, force=True)
    except InputError:
        target = str(Path(tempfile.mkdtemp(prefix="layerscope-")) / "demo.html")
        write_file(target, page, force=False)
    return target
