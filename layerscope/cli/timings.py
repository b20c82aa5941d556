"""`layerscope timings import` and `layerscope timings record`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.cli.output import hint, print_answer
from layerscope.report.formats import Format

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def timings() -> None:
    """Turn builds into seconds per step: from their logs, or while they run."""


@app.command("import")
def import_logs(
    logs: Annotated[list[str], typer.Argument(metavar="LOG...", help="Build logs, records or histories, of any kind.")],
    output_file: Annotated[
        str | None, typer.Option("-o", "--output", help="The timings file to write.", metavar="FILE")
    ] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Add to the file instead of refusing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
) -> int:
    """Read build logs and keep what each step took.

    \b
    Examples:
      docker buildx build --progress=rawjson . 2> build.rawjson
      layerscope timings import build.rawjson -o timings.json
    """
    from layerscope.analysis.answers.timings import StepTimings
    from layerscope.cost.timings_file import load_timings, write_timings

    found = load_timings(logs)
    if output_file:
        found = write_timings(output_file, found, force=force, merge=merge)
        hint(f"layerscope: wrote {output_file}")
    print_answer(output, StepTimings(found.rows()))
    return 0


@app.command("record", context_settings={"allow_interspersed_args": False})
def record_build(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="The build, as you would run it.")],
    output_file: Annotated[
        str, typer.Option("-o", "--output", help="The timings file to add to.", metavar="FILE", show_default=False)
    ],
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
    from layerscope.recording.record import record

    done = record(output_file, command, lambda text: hint(f"layerscope: {text}"))
    if done.steps is not None:
        steps = f"{done.steps} step{'' if done.steps == 1 else 's'} measured into {output_file}"
        hint(f"layerscope: {steps}" + (f"; log and inputs: {done.folder}" if done.folder is not None else ""))
    return done.status
