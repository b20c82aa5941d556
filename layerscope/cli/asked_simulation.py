"""What `simulate` and `report simulate` ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope import api
from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.change_flags import ChangeFlags, open_change
from layerscope.cli.options import BuildFlags, PriceFlags, SentFlags
from layerscope.cli.output import hint

if TYPE_CHECKING:
    from layerscope.api import Simulation


def ask_simulate(
    context: str, build: BuildFlags, after: AfterFlags, change: ChangeFlags, sent: SentFlags, price: PriceFlags
) -> Simulation:
    """What a rebuild would do. Raises InputError."""
    per_minute = api.read_price(price.price)
    answer = api.simulate(
        open_change(context, build, after, change),
        timings=build.costs(),
        image=build.image,
        count_context=sent.context_bytes,
        price=per_minute,
    )
    if build.timings and not answer.is_measured:
        hint(f"{', '.join(build.timings)}: tells the seconds of no step of this build")
    return answer
