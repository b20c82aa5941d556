"""The library, with the words of the command line.

Everything returns frozen values (`Side`, `Simulation`, `Comparison`, `ImageCost`) or a `networkx.DiGraph`; what a
user can mend raises `InputError` with file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from layerscope.analysis.answers.comparison import Comparison
from layerscope.analysis.answers.image import ImageCost
from layerscope.analysis.answers.simulation import Simulation
from layerscope.analysis.compare import ContextSide, compare_contexts, compare_images
from layerscope.analysis.image_cost import image_cost as _image_cost
from layerscope.analysis.image_cost import with_history_sizes
from layerscope.analysis.side import Side
from layerscope.analysis.simulate import simulate as _simulate
from layerscope.context.edits import edited
from layerscope.cost.estimate import with_estimates
from layerscope.cost.model import Costs, no_costs
from layerscope.cost.rates import Rates
from layerscope.cost.rates import read_rates as _read_rates
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions
from layerscope.image.model import Image
from layerscope.inputs import open_context, open_dockerfile, with_revision
from layerscope.values import replace

if TYPE_CHECKING:
    import networkx

    from layerscope.analysis.answers.replay import Replay
    from layerscope.analysis.answers.verification import Verification


def simulate(
    before: Side,
    after: Side | None = None,
    *,
    timings: str | Iterable[str] = (),
    rates: Rates | None = None,
    image: ImageCost | None = None,
    count_context: bool = False,
) -> Simulation:
    """What building `after` would re-run where `before` was built; without `after`, of a build from nothing.

    timings: files as `--timings` takes them. rates: to estimate what these do not tell, of `read_rates`. image: what
    the last build left, for the size of each step and of what must be sent. count_context: also say what is sent of
    the context.
    """
    costs = read_timings(timings, rates)
    if after is None:
        return _simulate(before, before, costs, image, cold=True, count_context=count_context)
    return _simulate(before, after, costs, image, count_context=count_context)


def verify(
    before: Side,
    after: Side,
    *,
    network: str | None = None,
    secrets: Iterable[str] = (),
    ssh: Iterable[str] = (),
    say: Callable[[str], None] | None = None,
) -> Verification:
    """Build both sides on a running engine, `before` first, and hold the prediction against what it did.

    The builds see none of the engine's cache and leave nothing. network, secrets, ssh: of RUN, as `docker build`
    takes them. say: takes lines of progress. Raises InputError where no engine runs or a build fails.
    """
    from layerscope.building.settings import Settings
    from layerscope.building.verify import verify as build_and_compare

    return build_and_compare(before, after, Settings(network, tuple(secrets), tuple(ssh)), say)


def change(side: Side, *paths: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Side:
    """The side with other content at some paths (directories and globs too), or with paths added and removed."""
    tree, _ = edited(side.tree, change=paths, add=add, remove=remove)
    return replace(side, tree=tree)


def at_revision(side: Side, revision: str = "HEAD") -> Side:
    """The side as git has it at a revision: the before side of `--since`."""
    return with_revision(side, revision)


def read_timings(files: str | Iterable[str], rates: Rates | None = None) -> Costs:
    """Seconds per step from timings files and build logs of any kind. rates: to estimate what these do not tell."""
    names = [files] if isinstance(files, str) else list(files)
    costs = no_costs
    if names:
        from layerscope.cost.timings_file import load_timings

        costs = load_timings(names).cost
    return costs if rates is None else with_estimates(costs, rates)


def read_rates(given: str | Iterable[str] = ()) -> Rates:
    """The usual rates with those of `--rates` on top: `KEY=VALUE`, or files of such lines."""
    return _read_rates([given] if isinstance(given, str) else given)


def read_image(
    reference: str, *, platform: str | None = None, check: bool = False, history: str | None = None
) -> Image:
    """An image from any source, its layers not yet read. history: a saved `docker history` of it, for sizes."""
    from layerscope.image.open import read_image as read

    image = read(reference, platform=platform, check=check)
    return with_history_sizes(image, read(f"history:{history}")) if history else image


def image_cost(
    image: Image,
    *,
    dockerfile: str | None = None,
    base: Image | None = None,
    timings: str | Iterable[str] = (),
    rates: Rates | None = None,
    files: bool = True,
) -> ImageCost:
    """What each instruction of an image costs. dockerfile: its path, for the lines; without it they are those of the
    Dockerfile in the image's provenance, if it has one. files: whether to read layers."""
    from layerscope.image.layers.measure import measure
    from layerscope.image.layers.memory import memory_of_user

    return _image_cost(
        image,
        files=measure(image, memory_of_user()) if files else None,
        dockerfile=open_dockerfile(dockerfile) if dockerfile else None,
        base=base,
        costs=read_timings(timings, rates),
        provenance=image.provenance_at_hand(lines=dockerfile is not None, layers=files),
    )


def replay(
    context: str = ".",
    *,
    file: str | None = None,
    dockerfile: str | None = None,
    options: BuildOptions | None = None,
    commits: int | None = 200,
    between: str | None = None,
    cache: str = "unbounded",
    include_cold: bool = False,
    timings: str | Iterable[str] = (),
    rates: Rates | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Replay:
    """What each commit of a repository's history would have re-run, as `layerscope replay` says it.

    context: a directory in the repository. file: as `-f`, in each commit the file of that path; dockerfile: one file
    for all commits instead. commits: the last N (None: all), or those of a range `A..B`. cache: a policy as `--cache`
    takes it; sizes: for one bounded by size, bytes by the text of an instruction. Raises InputError.
    """
    from layerscope.graph.caches.policy import parse_policy
    from layerscope.inputs.commits import FixedBuild, History
    from layerscope.inputs.replayed import replay_history

    history = History(
        context,
        file=file,
        fixed=FixedBuild.of_file(dockerfile) if dockerfile else None,
        options=options,
        commits=commits if between is None else None,
        between=between,
    )
    try:
        policy = parse_policy(cache)
    except ValueError as error:
        raise InputError(str(error), cache) from None
    costs = read_timings(timings, rates)
    return replay_history(history, costs, policy, include_cold=include_cold, sizes=sizes)


def compare(
    before: Side | ImageCost,
    after: Side | ImageCost,
    *,
    changes: Sequence[Sequence[str]] | None = None,
    before_timings: str | Iterable[str] = (),
    after_timings: str | Iterable[str] = (),
    rates: Rates | None = None,
    before_image: ImageCost | None = None,
    after_image: ImageCost | None = None,
    count_context: bool = False,
) -> Comparison:
    """Hold two contexts or two images against each other. changes: one list of paths per scenario. The rest is as for
    `simulate`."""
    if isinstance(before, ImageCost) and isinstance(after, ImageCost):
        return compare_images(before, after)
    if isinstance(before, Side) and isinstance(after, Side):
        return compare_contexts(
            ContextSide(before, read_timings(before_timings, rates), before_image),
            ContextSide(after, read_timings(after_timings, rates), after_image),
            changes,
            count_context=count_context,
        )
    raise TypeError("compare takes two contexts or two images, not one of each")


def build_graph(after: Side, before: Side | None = None, *, image: ImageCost | None = None) -> networkx.DiGraph[str]:
    """Steps, files and layers of a build as a graph; with `before`, each step has its outcome."""
    from layerscope.analysis.layer_graph import build_graph as build

    return build(after, before, image)


__all__ = [
    "at_revision",
    "build_graph",
    "change",
    "compare",
    "image_cost",
    "open_context",
    "read_image",
    "read_rates",
    "read_timings",
    "replay",
    "simulate",
    "verify",
]
