"""Builds of several Dockerfiles in one log: a step's seconds in one are not those of a step of that name in another."""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.cost.build_log import BuildLog, LogWriter
from layerscope.docker.platforms import printed_platform
from layerscope.docker.printed_for import of_target
from layerscope.docker.step_names import joined_name
from layerscope.values import replace


def kept_apart(builds: Iterable[BuildLog]) -> tuple[BuildLog, ...]:
    """The builds, their steps marked with the number of the first build of the same Dockerfile where there are several.

    Two are of one Dockerfile where all steps of one are in the other: a build may end early. A log of bake or compose
    names its targets itself, and a history tells of no build as a whole.
    """
    given = tuple(builds)
    named = [{joined_name(step.name) for step in build.steps} for build in given]
    of: list[int] = []
    for number, names in enumerate(named):
        of.append(next((n for n in range(number) if names <= named[n] or named[n] <= names), number))
    numbers = {of[n] for n, build in enumerate(given) if build.steps and build.builder is not LogWriter.HISTORY}
    if len(numbers) < 2:
        return given
    return tuple(_marked(build, str(first + 1)) for build, first in zip(given, of, strict=True))


def _marked(build: BuildLog, number: str) -> BuildLog:
    steps = [step if step.targets else replace(step, targets=(number,)) for step in build.steps]
    return replace(build, steps=tuple(steps))


def of_one_target(build: BuildLog, target: str) -> BuildLog:
    """A build whose log does not bear its target's name, with the names that bake prints where it builds several."""
    return replace(
        build,
        steps=tuple(
            step if step.targets else replace(step, name=of_target(step.name, target), targets=(target,))
            for step in build.steps
        ),
    )


def on_one_platform(build: BuildLog, platform: str) -> BuildLog:
    """A build for one platform, which its log does not name."""
    on = (printed_platform(platform),)
    return replace(build, steps=tuple(step if step.platforms else replace(step, platforms=on) for step in build.steps))
