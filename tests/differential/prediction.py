"""What layerscope says of the builds of a case."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from layerscope.analysis.side import Side
from layerscope.analysis.simulate import simulate
from layerscope.api import build_options
from layerscope.dockerfile.instructions import Copy
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.graph.file_options import owner_option
from layerscope.graph.operations import GitSource, HttpSource, ImageSource
from layerscope.graph.options import BuildOptions
from layerscope.graph.steps import Step, twins
from layerscope.inputs.contexts import open_context
from layerscope.values import replace
from tests.differential.case import NETWORK, Build, Case, lay_out_build
from tests.differential.images import images_of

Store = Literal["containerd", "overlay2"]


@dataclass(frozen=True)
class Predicted:
    """steps: name → outcome, FROM rows left out. twins: groups of names that are one step to the cache.

    unreliable: cached steps of which BuildKit may show DONE without having run them. groundless: open steps whose
    bytes no command that runs again could have written.
    """

    steps: dict[str, str]
    unreliable: frozenset[str] = frozenset()
    twins: tuple[frozenset[str], ...] = ()
    groundless: frozenset[str] = frozenset()
    refusal: str | None = None


def predict_all(case: Case, builder: str, store: Store, release: str) -> list[Predicted]:
    """Outcomes of all states in turn on one empty cache, up to the first that is refused. release: of BuildKit."""
    with sides_of(case, builder, store, release) as sides:
        solver = builder_named(builder).solver()
        predicted: list[Predicted] = []
        built: list[tuple[Side, tuple[Step, ...]]] = []
        for number, state in enumerate(case.builds):
            if state.cold:
                solver, built = builder_named(builder).solver(), []
            try:
                side = next(sides)
                steps = solver.build(side.build_input).steps
                if number:
                    # Its reasons and causes must hold for every case, too.
                    simulate(built[-1][0] if built else side, side, cold=state.cold)
            except InputError as error:
                predicted.append(Predicted({}, refusal=str(error)))
                break
            built.append((side, steps))
            predicted.append(
                Predicted(
                    outcomes_of(steps),
                    unreliable(steps, builder),
                    twins_of(steps),
                    frozenset() if _other_images(case) else _groundless(steps, [before for _, before in built[:-1]]),
                )
            )
        return predicted


@contextmanager
def sides_of(case: Case, builder: str, store: Store, release: str) -> Iterator[Iterator[Side]]:
    """The sides of a case's builds, each opened when it is asked for; their files last as long as the context."""
    with tempfile.TemporaryDirectory(prefix=f"{case.name}-") as folder:
        yield (
            _side(state, Path(folder) / str(number), builder, store, release)
            for number, state in enumerate(case.builds)
        )


def options_of(state: Build, root: Path, builder: str, store: Store, release: str) -> BuildOptions:
    """What a build of a case is told beside its Dockerfile and context; root: where the directories beside it lie."""
    given = [word.partition("=") for word in state.options]

    def values(option: str) -> list[str]:
        return [value for name, _, value in given if name == option]

    options = build_options(
        target=state.target,
        build_args=dict(state.build_args),
        build_contexts={name: state.place(value, root) for name, value in state.contexts},
        platform=next(iter(values("--platform")), "linux/amd64"),
        builder=builder,
        builder_version=release,
        image_store=store,
        no_cache=any(name == "--no-cache" for name, _, _ in given),
        no_cache_filter=values("--no-cache-filter"),
        network=[NETWORK, *values("--network")][-1],
        add_hosts=values("--add-host"),
        shm_size=["", *values("--shm-size")][-1],
        ulimits=values("--ulimit"),
        cgroup_parent=["", *values("--cgroup-parent")][-1],
    )
    return replace(options, bases=images_of(state.images, builder))


def _side(state: Build, root: Path, builder: str, store: Store, release: str) -> Side:
    lay_out_build(state, root)
    options = options_of(state, root, builder, store, release)
    context = root / "context"
    return open_context(str(context), file=str(context / state.file) if state.file else None, options=options)


def outcomes_of(steps: tuple[Step, ...]) -> dict[str, str]:
    """By name; names that tell nothing of the cache are left out."""
    found = {step.label.name: step.outcome for step in steps if step.label.keyword != "FROM" and step.label.stage}
    if len(found) != sum(step.label.keyword != "FROM" and bool(step.label.stage) for step in steps):
        raise AssertionError("two steps of one name")
    return found


def unreliable(steps: tuple[Step, ...], builder: str) -> frozenset[str]:
    """Names of cached steps that may show DONE without having been run."""
    if builder == "classic":
        return frozenset()
    # Without any input (a WORKDIR first thing on scratch) the key itself is computed under the step's name; and a
    # merge is put together only when the first step runs on it, also where it was taken from the cache.
    leaves = {step for step in steps if step.parent is None and not step.sources}
    merges = {step.parent for step in steps if step.outcome != "cached" and step.parent and step.parent.link}
    return frozenset(step.label.name for step in leaves | merges)


def twins_of(steps: tuple[Step, ...]) -> tuple[frozenset[str], ...]:
    """Pairs of names that are one step to the cache."""
    return tuple(frozenset([one.label.name, other.label.name]) for one, other in twins(steps))


def _other_images(case: Case) -> bool:
    return len({(build.images, build.contexts) for build in case.builds}) > 1


def _groundless(steps: tuple[Step, ...], before: list[tuple[Step, ...]]) -> frozenset[str]:
    """The open steps below which nothing opaque is new: no RUN, image or fetched file, and no such step has gone."""
    if any(_bases(steps) != _bases(other) for other in before):
        return frozenset()
    kept = {step.label.instruction.text for step in steps if step.outcome == "cached"}
    gone = any(_is_never_known(step) and step.label.instruction.text not in kept for b in before for step in b)
    # A command that a build in between has run again (`--no-cache`) has two results.
    gone = gone or any(_is_opaque(step) and step.outcome != "cached" for b in before[1:] for step in b)
    open_steps = [step for step in steps if step.outcome == "output_dependent"]
    return frozenset(step.label.name for step in open_steps if not (gone or _has_ground(step)))


def _bases(steps: tuple[Step, ...]) -> set[tuple[str, str]]:
    return {(step.label.stage, step.label.instruction.text) for step in steps if step.label.keyword == "FROM"}


def _is_opaque(step: Step) -> bool:
    return _is_never_known(step) or isinstance(step.op, ImageSource | GitSource | HttpSource)


def _is_never_known(step: Step) -> bool:
    copy = step.label.instruction
    if isinstance(copy, Copy) and any(isinstance(part, str) for part in owner_option(copy.chown)):
        return True  # which numbers the names are stands in a file of the image
    return step.label.keyword == "RUN"


def _has_ground(step: Step) -> bool:
    """Whether only a build knows what a changed step below has left: it is opaque, or did something to what is so."""
    changed = list(_changed_below(step))
    read = {_top(path) for reader in (step, *changed) if (copy := _copy(reader)) is not None for path in copy.sources}
    for below in changed:
        if _is_opaque(below) or "://" in below.label.instruction.text or any(map(_is_opaque, below.sources)):
            return True
        copy = _copy(below)
        if copy is not None and _is_over_a_run(below) and read & {_top(copy.destination), ""}:
            return True  # a file that came or went covers, or no longer covers, what the command may have written
    return False


def _copy(step: Step) -> Copy | None:
    return step.label.instruction if isinstance(step.label.instruction, Copy) else None


def _top(path: str) -> str:
    return path.strip("./").partition("/")[0]


def _is_over_a_run(step: Step) -> bool:
    while step.parent is not None:
        step = step.parent
        if step.label.keyword == "RUN":
            return True
    return False


def _changed_below(step: Step) -> Iterator[Step]:
    seen: set[Step] = set()
    stack = [step]
    while stack:
        here = stack.pop()
        for below in (here.parent, *here.sources):
            if below is not None and below.outcome != "cached" and below not in seen:
                seen.add(below)
                stack.append(below)
                yield below
