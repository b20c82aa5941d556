"""`layerscope timings import` and `layerscope timings record`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.options import with_flags
from layerscope.cli.output import FORCE, OUTPUT, FormatFlags, hint, show
from layerscope.report.units import counted

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def timings() -> None:
    """Turn builds into seconds per step: from their logs, or while they run."""


@app.command("import")
@with_flags(FormatFlags)
def import_logs(
    shown: FormatFlags,
    logs: Annotated[list[str], typer.Argument(metavar="LOG...", help="Build logs, records or histories, of any kind.")],
    output: Annotated[str | None, OUTPUT] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Add to the file instead of refusing.")] = False,
    force: Annotated[bool, FORCE] = False,
) -> None:
    """Read build logs and keep what each step took.

    \b
    Examples:
      docker buildx build --progress=rawjson . 2> build.rawjson
      layerscope timings import build.rawjson -o timings.json
    """
    found = api.timings(logs, output=output, merge=merge, force=force)
    if output:
        hint(f"wrote {output}")
    show(found, shown)


@app.command("record", context_settings={"allow_interspersed_args": False})
def record_build(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="The build, as you would run it.")],
    output: Annotated[str, OUTPUT],
) -> int:
    """Run a build, and keep what its steps took, its log and what it started from.

    Exits with the build's own status. Nothing is written into a build context: log and inputs are kept under
    Layerscope's cache, the newest 20 builds for each FILE.

    \b
    Examples:
      layerscope timings record -o timings.json -- docker build -t app .
      layerscope timings record -o timings.json -- docker buildx bake
      layerscope explain --logs timings.json~1 timings.json    why did the last build run what it ran?
    """
    done = api.record(output, command, hint)
    if done.steps is not None:
        steps = counted(done.steps, "step")
        kept = "" if done.folder is None else f"; log and inputs: {done.folder}"
        hint(f"{steps} measured into {output}{kept}")
    return done.status
