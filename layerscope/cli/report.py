"""`layerscope report`: the HTML pages, one sub-command an answer."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.cli.change_input import ChangeFlags
from layerscope.cli.compare import CompareFlags, ask_compare
from layerscope.cli.image import ImageFlags, ask
from layerscope.cli.options import AfterFlags, BuildFlags, PriceFlags, SentFlags, with_flags
from layerscope.cli.output import hint, write_file
from layerscope.cli.simulate import ask_simulate

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

OutputFile = Annotated[str, typer.Option("-o", "--output", help="The page to write.", metavar="FILE.html")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the page.")]


@app.callback()
def report() -> None:
    """Write an answer as one self-contained HTML file."""


@app.command("simulate")
@with_flags(BuildFlags, AfterFlags, ChangeFlags, SentFlags, PriceFlags)
def report_simulate(
    build: BuildFlags,
    after: AfterFlags,
    change: ChangeFlags,
    sent: SentFlags,
    price: PriceFlags,
    output_file: OutputFile,
    context: Annotated[str, typer.Argument(help="The build context.")] = ".",
    force: Force = False,
) -> None:
    """What a rebuild would do, as a page."""
    from layerscope.report.formats import page

    answer = ask_simulate(context, build, after, change, sent, price)
    write_file(output_file, page(answer), force=force)
    hint(f"layerscope: wrote {output_file}")


@app.command("image")
@with_flags(ImageFlags)
def report_image(
    flags: ImageFlags,
    reference: Annotated[str, typer.Argument(metavar="REF", help="The image.")],
    output_file: OutputFile,
    force: Force = False,
) -> None:
    """What each instruction of an image costs, as a page."""
    from layerscope.report.formats import page

    write_file(output_file, page(ask(reference, flags)), force=force)
    hint(f"layerscope: wrote {output_file}")


@app.command("compare")
@with_flags(BuildFlags, AfterFlags, CompareFlags, SentFlags, PriceFlags)
def report_compare(
    build: BuildFlags,
    after_build: AfterFlags,
    more: CompareFlags,
    sent: SentFlags,
    price: PriceFlags,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A build context, or an image REF.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="A build context, or an image REF.")],
    output_file: OutputFile,
    force: Force = False,
) -> None:
    """Before against after, as a page."""
    from layerscope.report.formats import page

    answer = ask_compare(before, after, build, after_build, more, sent, price)
    write_file(output_file, page(answer), force=force)
    hint(f"layerscope: wrote {output_file}")
