"""`layerscope simulate`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.asked_simulation import ask_simulate
from layerscope.cli.change_flags import ChangeFlags
from layerscope.cli.options import BuildFlags, PriceFlags, SentFlags, with_flags
from layerscope.cli.output import AnswerFlags, gated, hint, show

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(AnswerFlags, BuildFlags, AfterFlags, ChangeFlags, SentFlags, PriceFlags)
def simulate(
    output: AnswerFlags,
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    sent: SentFlags,
    price: PriceFlags,
    context: Annotated[str, typer.Argument(help="The build context: a directory, a tar archive, or -.")] = ".",
    fail_on_rebuild: Annotated[
        str | None,
        typer.Option(
            "--fail-on-rebuild",
            help="Exit 1 if a step (=STEP: this one) re-runs.",
            metavar="STEP",
        ),
    ] = None,
    fail_on_output_dependent: Annotated[
        bool, typer.Option("--fail-on-output-dependent", help="Exit 1 if the inputs leave a step open.")
    ] = False,
    max_seconds: Annotated[
        float | None, typer.Option("--max-seconds", help="Exit 1 if the rebuild takes longer.", min=0)
    ] = None,
    max_transfer: Annotated[
        int | None,
        typer.Option("--max-transfer", help="Exit 1 if a host with --image must pull more.", metavar="BYTES", min=0),
    ] = None,
) -> int:
    """Say which steps a rebuild would re-run, and why.

    \b
    Examples:
      layerscope simulate . --change app.rb
      layerscope simulate . --since origin/main --timings build.rawjson
      layerscope simulate old/ --after new/ --format json
    """
    answer = ask_simulate(context, build, after, change, sent, price)
    broken = api.broken_gates(
        answer,
        rebuild=fail_on_rebuild,
        output_dependent=fail_on_output_dependent,
        max_seconds=max_seconds,
        max_transfer=max_transfer,
    )
    for path in answer.unread:
        hint(f"{path}: changes no step: it is ignored, or no step reads it")
    show(answer, output)
    return gated(broken)
