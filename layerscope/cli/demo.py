"""`layerscope demo`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.output import FORCE, OUTPUT, wants_colour, write_file, write_out
from layerscope.errors import InputError
from layerscope.report.formats import Format, page, render

app = typer.Typer(rich_markup_mode=None)


@app.command()
def demo(
    output: Annotated[str | None, OUTPUT] = None,
    force: Annotated[bool, FORCE] = False,
    fixtures: Annotated[str | None, typer.Option("--fixtures", hidden=True, metavar="DIR")] = None,
) -> None:
    """Tell the whole story on shipped input: no engine, no network.

    A Sinatra app as a beginner builds it, the layer cache it misses, the refactoring, and what that saves: sizes and
    seconds are what a real engine gave.
    """
    story = api.demo(fixtures)
    report = page(story.comparison)
    if output:
        write_file(output, report, force=force)
    target = output or _in_temporary_directory(report)
    write_out(render(story, Format.table, colour=wants_colour()))
    write_out(f"\nThe comparison as a page: {target}\n")
    write_out("Now yours:  layerscope simulate . --since HEAD\n")


def _in_temporary_directory(report: str) -> str:
    """The page of an earlier demo of this user is renewed; where the name is somebody else's, a fresh folder."""
    own = f"layerscope-demo-{os.getuid()}.html" if hasattr(os, "getuid") else "layerscope-demo.html"
    target = str(Path(tempfile.gettempdir()) / own)
    try:
        write_file(target, report, force=True)
    except InputError:
        target = str(Path(tempfile.mkdtemp(prefix="layerscope-")) / "demo.html")
        write_file(target, report, force=False)
    return target
