"""`layerscope simulate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope.cli.change_input import Change, ChangeFlags, open_change
from layerscope.cli.image_input import build_costs, image_of
from layerscope.cli.options import AfterFlags, BuildFlags, PriceFlags, SentFlags, with_flags
from layerscope.cli.output import hint, print_answer
from layerscope.report.formats import Format
from layerscope.values import replace

if TYPE_CHECKING:
    from layerscope.analysis.answers.simulation import Simulation

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(BuildFlags, AfterFlags, ChangeFlags, SentFlags, PriceFlags)
def simulate(
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    sent: SentFlags,
    price: PriceFlags,
    context: Annotated[str, typer.Argument(help="The build context: a directory, a tar archive, or -.")] = ".",
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
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
    html: Annotated[str | None, typer.Option("--html", help="Also write a report.", metavar="FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the report.")] = False,
) -> int:
    """Say which steps a rebuild would re-run, and why.

    \b
    Examples:
      layerscope simulate . --change app.rb
      layerscope simulate . --since origin/main --timings build.rawjson
      layerscope simulate old/ --after new/ --format json
    """
    from layerscope.analysis.gates import broken_gates

    answer = ask_simulate(context, build, after, change, sent, price)
    broken = broken_gates(
        answer,
        rebuild=fail_on_rebuild,
        output_dependent=fail_on_output_dependent,
        max_seconds=max_seconds,
        max_transfer=max_transfer,
    )
    for path in answer.unread:
        hint(f"layerscope: {path}: changes no step: it is ignored, or no step reads it")
    if html:
        from layerscope.cli.output import write_file
        from layerscope.report.formats import page

        write_file(html, page(answer), force=force)
    print_answer(output, answer)
    for gate in broken:
        hint(f"layerscope: gate failed: {gate}")
    return 1 if broken else 0


def ask_simulate(
    context: str, build: BuildFlags, after: AfterFlags, change: ChangeFlags, sent: SentFlags, price: PriceFlags
) -> Simulation:
    """Open both sides and what is known of their costs, and simulate. Raises InputError."""
    from layerscope.analysis.cause import FileCause
    from layerscope.analysis.simulate import simulate as ask
    from layerscope.inputs.unnoticed import unnoticed_edits

    per_minute = price.per_minute()
    sides: Change = open_change(context, build, after, change)
    after_side, image = image_of(build, sides.after)
    answer = ask(sides.before, after_side, build_costs(build), image, sides.paths, count_context=sent.context_bytes)
    if build.timings and all(step.cost.source != "measured" for step in answer.steps):
        hint(f"layerscope: {', '.join(build.timings)}: tells the seconds of no step of this build")
    assumptions = answer.assumptions
    if change.after is not None:
        changed = (cause.path for step in answer.steps for cause in step.causes if isinstance(cause, FileCause))
        assumptions = (*assumptions, *unnoticed_edits(sides.before, sides.after, changed))
    return replace(answer, assumptions=assumptions, price=per_minute)
