"""Questions about one rebuild: what it would do, why, what it reads, and whether that is so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from layerscope.errors import InputError
from layerscope.inputs.place import StrPath, text_of
from layerscope.questions.images import image_of
from layerscope.questions.seconds import read_price, read_timings
from layerscope.questions.sides import both_sides, side_of

if TYPE_CHECKING:
    from layerscope.analysis.answers.context_use import ContextUse
    from layerscope.analysis.answers.explanation import Explanations
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.answers.simulation import Simulation
    from layerscope.analysis.answers.verification import Verification
    from layerscope.analysis.price import Price
    from layerscope.cost.model import Costs
    from layerscope.cost.rates import Rates
    from layerscope.exported import Context, TimingsFiles
    from layerscope.image.model import Image
    from layerscope.inputs.sides import Sides


def simulate(
    before: Context | Sides,
    after: Context | None = None,
    *,
    timings: TimingsFiles | Costs = (),
    rates: Rates | None = None,
    image: ImageCost | Image | StrPath | None = None,
    count_context: bool = False,
    price: Price | str | None = None,
) -> Simulation:
    """What building `after` would re-run where `before` was built.

    Args:
        before: what was built; or both sides, as `open_sides` gives them.
        after: what will be built; without it, what building `before` from nothing would run.
        timings: files as `--timings` takes them, or what `read_timings` gave.
        rates: to estimate what these do not tell, of `read_rates`.
        image: what the last build left, for the size of each step and of what must be sent.
        count_context: also say what is sent of the context, which looks at all of it.
        price: what a minute of a machine costs.

    Returns:
        Outcome, causes and cost of every step: seconds and bytes, None where unknown.

    Raises:
        InputError: something cannot be read, or the after build would fail.
    """
    from layerscope.analysis.simulate import simulate as ask
    from layerscope.inputs.sides import Sides
    from layerscope.values import replace

    per_minute = read_price(price)
    first, second = both_sides(before, after)
    stated = before if isinstance(before, Sides) else None
    target, built = image_of(second or first, image, stated)
    costs = read_timings(timings, rates)
    if second is None:
        answer = ask(target, target, costs, built, cold=True, count_context=count_context)
    else:
        answer = ask(first, target, costs, built, stated.named if stated else (), count_context=count_context)
        from layerscope.inputs.unnoticed import unnoticed_edits

        unnoticed = unnoticed_edits(first, second, _changed_files(answer))
        answer = replace(answer, assumptions=(*answer.assumptions, *unnoticed))
    return replace(answer, price=per_minute)


def explain(before: Context | Sides, after: Context | None = None, *, step: str | int | None = None) -> Explanations:
    """Why steps re-run, down to the file or line at fault.

    Args:
        before: what was built; or both sides, as `open_sides` gives them.
        after: what will be built.
        step: the number of a row, from 1, or part of a step's name: cached ones too; all that re-run without it.

    Returns:
        Of each step the chain to where it began, and the first difference in its cache key.

    Raises:
        InputError: something cannot be read, no step is meant, or the after build would fail.
    """
    from layerscope.analysis.explain import explain as ask

    first, second = both_sides(before, after)
    if second is None:
        raise TypeError("explain takes two sides: what was built and what will be, or what open_sides gives")
    return ask(first, second, None if step is None else str(step))


def explain_logs(
    before: StrPath,
    after: StrPath,
    *,
    snapshots: tuple[StrPath, StrPath] | None = None,
    sides: Sides | None = None,
    step: str | int | None = None,
) -> Explanations:
    """Why a build ran what its log says, held against the log of a build before it.

    Args:
        before: the log, recording or timings file of the earlier build (`FILE~1`: the last recorded build but one).
        after: that of the later build.
        snapshots: what the two builds started from, snapshots or contexts, in place of what was recorded.
        sides: the same, opened.
        step: the number of a row, from 1, or part of a step's name.

    Returns:
        Of each step why it ran; where inputs are not known, an assumption says so.

    Raises:
        InputError: a log cannot be read, or the two are not of one build.
    """
    from layerscope.analysis.log_pairs import explain_log_pairs
    from layerscope.recording.logs import open_logs

    given = (sides.before, sides.after) if sides is not None else None
    if snapshots is not None:
        if given is not None:
            raise InputError("state what the builds started from one way only: --snapshots or CONTEXT")
        given = (side_of(snapshots[0]), side_of(snapshots[1]))
    pairs = open_logs(text_of(before, "a build log"), text_of(after, "a build log"), given)
    return explain_log_pairs(pairs, None if step is None else str(step))


def context(context: Context, *, timings: TimingsFiles | Costs = (), rates: Rates | None = None) -> ContextUse:
    """Which files of a build context each step reads, and what is sent for nothing.

    Args:
        context: a side, or where its context lies.
        timings: files as `--timings` takes them, or what `read_timings` gave: what a change of each file costs.
        rates: to estimate what these do not tell, of `read_rates`.

    Returns:
        Files and bytes that are sent, ignored, read by each step and by none.

    Raises:
        InputError: the context cannot be read, or the build would fail.
    """
    from layerscope.analysis.context_use import context_use

    return context_use(side_of(context), read_timings(timings, rates))


def verify(
    before: Context | Sides,
    after: Context | None = None,
    *,
    secrets: Iterable[str] = (),
    ssh: Iterable[str] = (),
    verbose: bool = False,
    say: Callable[[str], None] | None = None,
) -> Verification:
    """Build both sides on a running engine, the before side first, and hold the prediction against what it did.

    The builds see none of the engine's cache and leave nothing.

    Args:
        before: what is built first; or both sides, as `open_sides` gives them.
        after: what is built then.
        secrets: of RUN, as `docker build` takes them.
        ssh: of RUN, likewise.
        verbose: also tell the builder's progress.
        say: takes lines of progress.

    Returns:
        Of each step what was predicted and what the engine did.

    Raises:
        InputError: no engine runs, or a build fails.
    """
    from layerscope.building.settings import Settings
    from layerscope.building.verify import verify as build_and_compare

    first, second = both_sides(before, after)
    if second is None:
        raise TypeError("verify takes two sides: what is built first and then, or what open_sides gives")
    return build_and_compare(first, second, Settings(tuple(secrets), tuple(ssh), verbose), say)


def _changed_files(answer: Simulation) -> list[str]:
    from layerscope.analysis.cause import FileCause

    return [
        cause.path
        for step in answer.steps
        for cause in step.causes
        if isinstance(cause, FileCause) and not cause.context
    ]
