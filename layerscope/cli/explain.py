"""`layerscope explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope.cli.change_input import ChangeFlags, open_change
from layerscope.cli.options import AfterFlags, BuildFlags, given_options, with_flags
from layerscope.cli.output import print_answer
from layerscope.errors import InputError
from layerscope.report.formats import Format

if TYPE_CHECKING:
    from layerscope.analysis.answers.explanation import Explanations

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(BuildFlags, AfterFlags, ChangeFlags)
def explain(
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    context: Annotated[
        str | None,
        typer.Argument(help="The build context: a directory, a tar archive, a snapshot, or -.  [default: .]"),
    ] = None,
    step: Annotated[
        str | None, typer.Option("--step", help="The step: its row, or part of its name.", metavar="N|TEXT")
    ] = None,
    logs: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--logs", help="Say why a build ran what its log says: two logs or recordings.", metavar="BEFORE AFTER"
        ),
    ] = None,
    snapshots: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--snapshots", help="What the builds of --logs started from: snapshots or contexts.", metavar="BEFORE AFTER"
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
) -> None:
    """Say why a step re-runs, down to the file or line at fault.

    \b
    Examples:
      layerscope explain . --change app.rb                   every step that re-runs
      layerscope explain . --since main --step 'npm ci'      one of them, with its chain
      layerscope explain . --change app.rb --step 3          what would break a cached one
      layerscope explain --logs old.log new.log              why the build of new.log ran what it ran
      layerscope explain --logs timings.json~1 timings.json  the last two of `timings record`, inputs and all
    """
    from layerscope.analysis.explain import explain as ask

    if logs is not None:
        answer = _of_logs(logs, snapshots, context, build, after, change, step)
    elif snapshots is not None:
        raise InputError("--snapshots goes with --logs; without, name one as CONTEXT and one as --after")
    else:
        sides = open_change(context or ".", build, after, change)
        answer = ask(sides.before, sides.after, step)
    print_answer(output, answer)


def _of_logs(
    logs: tuple[str, str],
    snapshots: tuple[str, str] | None,
    context: str | None,
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    step: str | None,
) -> Explanations:
    from layerscope.analysis.explain_logs import explain_log_pairs
    from layerscope.recording.logs import open_logs

    stated = context is not None or bool(given_options(build, after, change))
    if stated and snapshots is not None:
        raise InputError("state what the builds started from one way only: --snapshots or CONTEXT")
    sides = None
    if stated:
        opened = open_change(context or ".", build, after, change)
        sides = (opened.before, opened.after)
    return explain_log_pairs(open_logs(*logs, snapshots, sides), step)
