"""Where seconds come from, and what saved output of Docker's tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from layerscope.inputs.place import StrPath, text_of, texts_of

if TYPE_CHECKING:
    from layerscope.analysis.answers.saved_outputs import SavedOutputs
    from layerscope.analysis.answers.timings import StepTimings
    from layerscope.analysis.price import Price
    from layerscope.cost.model import Costs
    from layerscope.cost.rates import Rates
    from layerscope.exported import TimingsFiles
    from layerscope.recording.record import Recorded


def read_timings(files: TimingsFiles | Costs = (), rates: Rates | None = None, target: str | None = None) -> Costs:
    """Seconds per step, of the platform that each is asked of.

    Args:
        files: timings files and build logs of any kind, as `--timings` takes them; or what this gave before.
        rates: to estimate what these do not tell, of `read_rates`.
        target: of logs of several bake targets or compose services the one to take; of several builds in one log
            the number of one.

    Returns:
        What gives the seconds of a step by its name.

    Raises:
        InputError: a file cannot be read, or is none that tells seconds, or none of the target's.
    """
    costs = _costs(files, target)
    if rates is None:
        return costs
    from layerscope.cost.estimate import with_estimates

    return with_estimates(costs, rates)


def read_rates(given: StrPath | Iterable[StrPath] = ()) -> Rates:
    """The usual rates to estimate with, and those that are given in place of some.

    Args:
        given: `KEY=VALUE`, or files of such lines, as `--rates` takes them.

    Returns:
        Seconds and bytes per second.

    Raises:
        InputError: a rate is none, or a file cannot be read.
    """
    from layerscope.cost.rates import read_rates as read

    return read(texts_of(given, "a file of rates"))


def read_price(per_minute: str | Price | None) -> Price | None:
    """What a minute of a machine costs.

    Args:
        per_minute: `0.008`, `$0.008`, `0,008 EUR`; or a price.

    Returns:
        The price; None where nothing is given.

    Raises:
        InputError: the text is no price.
    """
    if not isinstance(per_minute, str):
        return per_minute
    from layerscope.analysis.price import read_price as read

    return read(per_minute)


def timings(
    logs: StrPath | Iterable[StrPath], *, output: StrPath | None = None, merge: bool = False, force: bool = False
) -> StepTimings:
    """What each step of some builds took.

    Args:
        logs: build logs, records and histories of any kind.
        output: a timings file to keep it in.
        merge: add to that file.
        force: replace that file.

    Returns:
        Seconds of each step over the builds that ran it; of all builds in the file, where there is one.

    Raises:
        InputError: a log cannot be read or tells nothing, or the file is there or cannot be written.
    """
    from layerscope.analysis.answers.timings import StepTimings
    from layerscope.cost.timings_file import load_builds, write_timings

    loaded = load_builds(texts_of(logs, "a build log"))
    found = loaded.timings
    if output is not None:
        found = write_timings(text_of(output, "a timings file"), found, force=force, merge=merge)
    return StepTimings(found.rows(), loaded.builds)


def record(output: StrPath, command: Iterable[str], say: Callable[[str], None] | None = None) -> Recorded:
    """Run a build, and keep what its steps took, its log and what it started from.

    Args:
        output: the timings file to add to.
        command: the words of the build, as you would run it.
        say: takes a line about what could not be kept.

    Returns:
        The build's exit status, how many steps were measured, and where log and inputs lie.

    Raises:
        InputError: before anything is run: the command is no build, or the file cannot be written.
    """
    from layerscope.recording.record import record as run

    return run(text_of(output, "a timings file"), list(command), say or _silent)


def read(files: StrPath | Iterable[StrPath]) -> SavedOutputs:
    """What saved output of Docker's tells: build logs, histories, images, transfers, caches, a registry's files.

    Args:
        files: saved outputs of any kind, each known by its content; `-` is standard input.

    Returns:
        What each file holds, in order; a file may hold several outputs.

    Raises:
        InputError: a file cannot be read, or is none of these.
    """
    from layerscope.analysis.answers.saved_outputs import SavedOutputs
    from layerscope.analysis.reading import read_outputs

    return SavedOutputs(tuple(told for file in texts_of(files, "a saved output") for told in read_outputs(file)))


def _costs(files: TimingsFiles | Costs, target: str | None) -> Costs:
    if callable(files):
        return files
    names = texts_of(files, "a timings file")
    if not names:
        from layerscope.cost.model import no_costs

        return no_costs
    from layerscope.cost.timings_file import load_timings

    found = load_timings(names)
    return found.cost if target is None else found.of_target(target).cost


def _silent(_line: str) -> None:
    return
