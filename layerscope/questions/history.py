"""Questions about two versions, and about all that a repository's history had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from layerscope.errors import InputError
from layerscope.inputs.place import StrPath, text_of, texts_of
from layerscope.questions.images import image_cost, image_of, opened
from layerscope.questions.seconds import read_price, read_timings
from layerscope.questions.sides import context_of, of_one_kind, side_of

if TYPE_CHECKING:
    from layerscope.analysis.answers.comparison import Comparison
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.answers.replay import Replay, ReplayedCosts
    from layerscope.analysis.compare import ContextSide
    from layerscope.analysis.price import Price
    from layerscope.analysis.side import Side
    from layerscope.context.place import GivenPlace
    from layerscope.cost.model import Costs
    from layerscope.cost.rates import Rates
    from layerscope.exported import Context, TimingsFiles, Walked
    from layerscope.graph.caches.policy import CachePolicy
    from layerscope.graph.options import BuildOptions
    from layerscope.image.model import Image
    from layerscope.inputs.commits import FixedBuild, History
    from layerscope.inputs.sides import Sides

DEFAULT_COMMITS = 200


def compare(
    before: Context | ImageCost | Image | Sides,
    after: Context | ImageCost | Image | None = None,
    *,
    changes: Iterable[StrPath | Iterable[StrPath]] | None = None,
    before_timings: TimingsFiles | Costs = (),
    after_timings: TimingsFiles | Costs = (),
    rates: Rates | None = None,
    before_image: ImageCost | Image | StrPath | None = None,
    after_image: ImageCost | Image | StrPath | None = None,
    count_context: bool = False,
    price: Price | str | None = None,
    commits: int | None = None,
    without_git: bool = False,
    image_store: str = "containerd",
    walked: Walked | None = None,
) -> Comparison:
    """Hold two build contexts or two images against each other.

    Args:
        before: a context or an image, opened or where it lies; or both sides, as `open_sides` gives them.
        after: another one of the same kind.
        changes: of contexts: one list of paths for each scenario; without it at most ten are chosen.
        before_timings: files as `--timings` takes them, or what `read_timings` gave.
        after_timings: those of the after side.
        rates: to estimate what these do not tell, of `read_rates`.
        before_image: the image that was built of the before side.
        after_image: that of the after side.
        count_context: also say what is sent of each context.
        price: what a minute of a machine costs.
        commits: of contexts: also replay both Dockerfiles over the last commits that hold one of them.
        without_git: of these commits: the builds are not sent `.git`, as of a Git context or a clean export.
        image_store: of images: `containerd` or `overlay2`, which decides what a pull can reuse.
        walked: is told how many commits are walked, and what tells of how many.

    Returns:
        Steps, scenarios and transfer: bytes and seconds, None where unknown.

    Raises:
        InputError: one is a context and the other an image, something cannot be read, or a side would not build.
    """
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.compare import ContextSide, compare_contexts, compare_images
    from layerscope.analysis.side import Side
    from layerscope.inputs.options import merges
    from layerscope.values import replace

    costs, later = read_timings(before_timings, rates), read_timings(after_timings, rates)
    first, second = _compared(before, after, costs, later)
    if isinstance(first, ImageCost) and isinstance(second, ImageCost):
        return compare_images(first, second, chains=not merges(image_store))
    assert isinstance(first, Side)
    assert isinstance(second, Side)
    sides = (
        ContextSide(first, costs, _built(before_image, first, costs)),
        ContextSide(second, later, _built(after_image, second, later)),
    )
    scenarios = None if changes is None else [texts_of(paths, "a path") for paths in changes]
    answer = compare_contexts(*sides, scenarios, count_context=count_context)
    if commits is not None:
        answer = _with_history(answer, sides, commits, walked, without_git=without_git)
    return replace(answer, price=read_price(price))


def replay(
    context: StrPath | GivenPlace = ".",
    *,
    file: StrPath | None = None,
    dockerfile: StrPath | None = None,
    with_file: StrPath | None = None,
    options: BuildOptions | None = None,
    commits: int | None = None,
    between: str | None = None,
    cache: CachePolicy | str = "unbounded",
    include_cold: bool = False,
    without_git: bool = False,
    timings: TimingsFiles | Costs = (),
    rates: Rates | None = None,
    sizes: Mapping[str, int] | None = None,
    image: ImageCost | Image | StrPath | None = None,
    price: Price | str | None = None,
    walked: Walked | None = None,
) -> ReplayedCosts:
    """What each commit of a repository's history would have re-run, and what it cost.

    Args:
        context: a directory in the repository.
        file: as `-f`, in each commit the file of that path.
        dockerfile: one file for all commits instead.
        with_file: another file, held against this: both then count the commits alone that both can build.
        options: of all builds, as `build_options` makes them.
        commits: the last so many; `DEFAULT_COMMITS` where neither this nor a range is given.
        between: the commits of a range instead, as git log takes it: `A..B`, or `HEAD` for all.
        cache: a policy as `--cache` takes it.
        include_cold: count the first build, too, which finds an empty cache.
        without_git: the builds are not sent `.git`, as of a Git context or a clean export.
        timings: files as `--timings` takes them, or what `read_timings` gave.
        rates: to estimate what these do not tell, of `read_rates`.
        sizes: for a cache bounded by size: bytes of a step's result, by the text of its instruction.
        image: the image of the working tree, which tells these sizes.
        price: what a minute of a machine costs.
        walked: is told how many commits are walked, and what tells of how many.

    Returns:
        Seconds and counts by commit, step, cause and week, None where unknown.

    Raises:
        InputError: both commits and a range are given, no repository holds the context, it knows no such commits, or a
            file cannot be read.
    """
    from layerscope.analysis.answers.replay import ReplayedCosts
    from layerscope.graph.builder import builder_named
    from layerscope.graph.options import DEFAULT_BUILDER
    from layerscope.inputs.commits import FixedBuild

    if commits is not None and between is not None:
        raise InputError("--commits and --range exclude each other")
    per_minute = read_price(price)
    builder = builder_named(options.builder if options is not None else DEFAULT_BUILDER)
    other = None if with_file is None else FixedBuild.of_file(with_file, builder)
    policy = _policy(cache, options)
    costs = read_timings(timings, rates)
    if policy.most_bytes is not None and sizes is None:
        sizes = _sizes(context, file, options, image)

    def walk(fixed: FixedBuild | None) -> Replay:
        from layerscope.inputs.commits import History
        from layerscope.inputs.replayed import replay_history

        last = (commits or DEFAULT_COMMITS) if between is None else None
        history = History(
            context,
            file=file,
            fixed=fixed,
            options=options,
            commits=last,
            between=between,
            without_git=without_git,
        )
        done = _told(walked, history)
        return replay_history(history, costs, policy, include_cold=include_cold, sizes=sizes, done=done)

    own = walk(None if dockerfile is None else FixedBuild.of_file(dockerfile, builder))
    if other is None or with_file is None:
        return ReplayedCosts.of(own, price=per_minute)
    from layerscope.analysis.compared_history import held_against

    name = text_of(with_file, "a Dockerfile")
    return held_against(own, walk(other), name, costs, per_minute, include_cold=include_cold)


def _compared(
    before: Context | ImageCost | Image | Sides, after: Context | ImageCost | Image | None, costs: Costs, later: Costs
) -> tuple[Side | ImageCost, Side | ImageCost]:
    """Raises TypeError where there are not two."""
    from layerscope.inputs.sides import Sides

    if isinstance(before, Sides) and after is None:
        return before.before, before.after
    if isinstance(before, Sides) or after is None:
        raise TypeError("compare takes two contexts, two images, or what open_sides gives")
    first, second = context_of(before), context_of(after)
    contexts: tuple[Context | GivenPlace, Context | GivenPlace] | None = of_one_kind(first, second, before)
    if contexts is not None:
        return side_of(contexts[0]), side_of(contexts[1])
    return _image(before, costs), _image(after, later)


def _image(given: Context | ImageCost | Image, costs: Costs) -> ImageCost:
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.side import Side

    assert not isinstance(given, Side)
    return given if isinstance(given, ImageCost) else image_cost(opened(given), timings=costs)


def _built(given: ImageCost | Image | StrPath | None, side: Side, costs: Costs) -> ImageCost | None:
    """The image that was built of a side, its lines those of the side's Dockerfile."""
    from layerscope.analysis.answers.image import ImageCost

    if given is None or isinstance(given, ImageCost):
        return given
    return image_cost(opened(given), dockerfile=side.dockerfile, timings=costs)


def _with_history(
    answer: Comparison,
    sides: tuple[ContextSide, ContextSide],
    commits: int,
    walked: Walked | None,
    *,
    without_git: bool,
) -> Comparison:
    """Both sides' Dockerfiles, rules and options over the history of the repository that tracks a context."""
    from layerscope.analysis.compared_history import compared_history
    from layerscope.inputs.commits import FixedBuild, History, tracked
    from layerscope.inputs.replayed import replay_history
    from layerscope.values import replace

    context = tracked(sides[0].side) or tracked(sides[1].side)
    if context is None:
        raise InputError("--commits needs a context that a git repository tracks", sides[0].side.reference)
    found = []
    for given in sides:
        fixed = FixedBuild.of_side(given.side)
        history = History(context, fixed=fixed, options=given.side.options, commits=commits, without_git=without_git)
        found.append(replay_history(history, given.costs, done=_told(walked, history)))
    assumed = dict.fromkeys((*answer.assumptions, *(a for replayed in found for a in replayed.assumptions)))
    return replace(answer, history=compared_history(found[0], found[1]), assumptions=tuple(assumed))


def _policy(cache: CachePolicy | str, options: BuildOptions | None) -> CachePolicy:
    from layerscope.graph.caches.policy import parse_policy

    try:
        policy = parse_policy(cache) if isinstance(cache, str) else cache
    except ValueError as error:
        raise InputError(str(error), "--cache") from None
    if policy.is_exported and options is not None:
        from layerscope.graph.builder import builder_named

        if not builder_named(options.builder).exports_cache:
            raise InputError(f"the {options.builder} builder exports no cache", f"--cache {cache}")
    return policy


def _sizes(
    context: StrPath | GivenPlace,
    file: StrPath | None,
    options: BuildOptions | None,
    image: ImageCost | Image | StrPath | None,
) -> Mapping[str, int]:
    """Bytes by the text of the instruction that made them, from the image that was built of the working tree."""
    if image is None:
        raise InputError("a cache bounded by size needs the sizes of steps: name a built image with --image REF")
    from layerscope.analysis.image_cost import sizes_by_line
    from layerscope.inputs.contexts import open_context

    side = open_context(context, file=file, options=options)
    _, cost = image_of(side, image)
    sizes = sizes_by_line(cost) if cost is not None else {}
    instructions = [i for stage in side.dockerfile.stages for i in (stage.origin, *stage.instructions)]
    return {i.whole_text: sizes[i.line] for i in instructions if i.line in sizes}


def _told(walked: Walked | None, history: History) -> Callable[[int], None] | None:
    return None if walked is None else lambda done: walked(done, lambda: len(history.names()))
