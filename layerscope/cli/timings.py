"""`layerscope timings import`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.cli.output import Format, emit, hint

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def timings() -> None:
    """Turn build logs into seconds per step."""


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
    from layerscope.cost.timings_file import load_timings, write_timings
    from layerscope.report.timings import timings_document, timings_page

    found = load_timings(logs)
    if output_file:
        found = write_timings(output_file, found, force=force, merge=merge)
        hint(f"layerscope: wrote {output_file}")
    emit(output, lambda: timings_page(found.rows()), lambda: timings_document(found.rows()))
    return 0
