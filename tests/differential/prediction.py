"""What layerscope says of the builds of a case."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from layerscope.analysis.side import Side
from layerscope.analysis.simulate import simulate
from layerscope.errors import InputError
from layerscope.graph.builders import new_builder
from layerscope.graph.options import BaseImage, BuildOptions
from layerscope.graph.steps import Step
from layerscope.opening import open_context
from tests.differential.case import Build, Case, lay_out

Store = Literal["containerd", "overlay2"]

BUSYBOX = BaseImage("busybox", known=True, env=(("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),))


@dataclass(frozen=True)
class Predicted:
    """steps: name → outcome, FROM rows left out. twins: groups of names that are one step to the cache.

    unreliable: cached steps of which BuildKit may show DONE without having run them.
    """

    steps: dict[str, str]
    unreliable: frozenset[str] = frozenset()
    twins: tuple[frozenset[str], ...] = ()
    refusal: str | None = None


def predict_all(case: Case, builder: str, store: Store) -> list[Predicted]:
    """Outcomes of all states in turn on one empty cache, up to the first that is refused."""
    with tempfile.TemporaryDirectory(prefix=f"{case.name}-") as folder:
        new = new_builder(builder)
        predicted: list[Predicted] = []
        sides: list[Side] = []
        for number, state in enumerate(case.builds):
            try:
                side = _side(state, Path(folder) / str(number), builder, store)
                steps = new.build(side.build_input).steps
                if sides:
                    simulate(sides[-1], side)  # its reasons and causes must hold for every case, too
            except InputError as error:
                predicted.append(Predicted({}, refusal=str(error)))
                break
            sides.append(side)
            predicted.append(Predicted(_outcomes(steps), _unreliable(steps, builder), _twins(steps)))
        return predicted


def _side(state: Build, root: Path, builder: str, store: Store) -> Side:
    lay_out(state.files, root)
    platforms = [word.partition("=")[2] for word in state.options if word.startswith("--platform=")]
    options = BuildOptions(
        builder=builder,
        target=state.target,
        build_args=dict(state.build_args),
        bases={"docker.io/library/busybox:latest": BUSYBOX},
        platform=platforms[-1] if platforms else "linux/amd64",
        merge=store == "containerd",
        no_cache="--no-cache" in state.options,
        no_cache_filter=frozenset(
            word.partition("=")[2] for word in state.options if word.startswith("--no-cache-filter=")
        ),
    )
    return open_context(str(root), file=str(root / state.file) if state.file else None, options=options)


def _outcomes(steps: tuple[Step, ...]) -> dict[str, str]:
    found = {step.label.name: step.outcome for step in steps if step.label.keyword != "FROM" and step.label.stage}
    if len(found) != sum(step.label.keyword != "FROM" and bool(step.label.stage) for step in steps):
        raise AssertionError("two steps of one name")
    return found


def _unreliable(steps: tuple[Step, ...], builder: str) -> frozenset[str]:
    if builder == "classic":
        return frozenset()
    # Without any input (a WORKDIR first thing on scratch) the key itself is computed under the step's name; and a
    # merge is put together only when the first step runs on it, also where it was taken from the cache.
    leaves = {step for step in steps if step.parent is None and not step.sources}
    merges = {step.parent for step in steps if step.outcome != "cached" and step.parent and step.parent.link}
    return frozenset(step.label.name for step in leaves | merges)


def _twins(steps: tuple[Step, ...]) -> tuple[frozenset[str], ...]:
    groups: dict[int, list[Step]] = {}
    for step in steps:
        if step.result is not None:
            groups.setdefault(step.result, []).append(step)
    return tuple(frozenset(step.label.name for step in group) for group in groups.values() if len(group) > 1)
