"""`layerscope report`: the HTML pages, one sub-command an answer."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.asked_comparison import CompareFlags, ask_compare
from layerscope.cli.asked_image import ImageFlags, ask_image
from layerscope.cli.asked_replay import ReplayFlags, ask_replay
from layerscope.cli.asked_simulation import ask_simulate
from layerscope.cli.change_flags import ChangeFlags
from layerscope.cli.options import BuildFlags, PriceFlags, SentFlags, with_flags
from layerscope.cli.output import FORCE, OUTPUT, show_page

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


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
    output: Annotated[str, OUTPUT],
    context: Annotated[str, typer.Argument(help="The build context.")] = ".",
    force: Annotated[bool, FORCE] = False,
) -> None:
    """What a rebuild would do, as a page."""
    show_page(ask_simulate(context, build, after, change, sent, price), output, force=force)


@app.command("image")
@with_flags(ImageFlags)
def report_image(
    flags: ImageFlags,
    reference: Annotated[str, typer.Argument(metavar="REF", help="The image.")],
    output: Annotated[str, OUTPUT],
    force: Annotated[bool, FORCE] = False,
) -> None:
    """What each instruction of an image costs, as a page."""
    show_page(ask_image(reference, flags), output, force=force)


@app.command("replay")
@with_flags(BuildFlags, ReplayFlags, PriceFlags)
def report_replay(
    build: BuildFlags,
    walk: ReplayFlags,
    price: PriceFlags,
    output: Annotated[str, OUTPUT],
    context: Annotated[str, typer.Argument(help="The build context: a directory of a git repository.")] = ".",
    force: Annotated[bool, FORCE] = False,
) -> None:
    """What the history cost, as a page."""
    show_page(ask_replay(context, build, walk, price), output, force=force)


@app.command("compare")
@with_flags(BuildFlags, AfterFlags, CompareFlags, SentFlags, PriceFlags)
def report_compare(
    build: BuildFlags,
    after_build: AfterFlags,
    more: CompareFlags,
    sent: SentFlags,
    price: PriceFlags,
    output: Annotated[str, OUTPUT],
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A build context, or an image REF.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="A build context, or an image REF.")],
    force: Annotated[bool, FORCE] = False,
) -> None:
    """Before against after, as a page."""
    show_page(ask_compare(before, after, build, after_build, more, sent, price), output, force=force)
