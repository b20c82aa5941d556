"""`layerscope compare`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.asked_comparison import CompareFlags, ask_compare
from layerscope.cli.options import BuildFlags, PriceFlags, SentFlags, with_flags
from layerscope.cli.output import AnswerFlags, gated, show

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(AnswerFlags, BuildFlags, AfterFlags, CompareFlags, SentFlags, PriceFlags)
def compare(
    output: AnswerFlags,
    build: BuildFlags,
    after_build: AfterFlags,
    more: CompareFlags,
    sent: SentFlags,
    price: PriceFlags,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A build context, or an image REF.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="A build context, or an image REF.")],
    fail_on_slower: Annotated[
        bool, typer.Option("--fail-on-slower", help="Exit 1 if a scenario takes longer after.")
    ] = False,
) -> int:
    """Hold two build contexts or two images against each other.

    \b
    Examples:
      layerscope compare before/ after/ --change app.rb --timings build.rawjson
      layerscope compare docker-archive:old.tar docker-archive:new.tar
    """
    answer = ask_compare(before, after, build, after_build, more, sent, price)
    show(answer, output)
    return gated(api.slower_scenarios(answer) if fail_on_slower else ())
