"""What a real build did, as its log tells it."""

from __future__ import annotations

import re

from layerscope.cost.build_log import LogWriter
from layerscope.cost.logs.open import read_log
from layerscope.docker.step_names import parse_step_name
from layerscope.errors import InputError
from layerscope.values import Value

_SAID = re.compile(r"ERROR: |[Ee]rror: |failed to ")


class RealBuild(Value):
    """The rows of one build that tell of the cache: name → whether it was taken from there. FROM rows do not."""

    steps: dict[str, bool]


def steps_of(log: bytes) -> list[tuple[str, bool]]:
    """The rows of a log, and whether each was taken from the cache; none of a build without a step."""
    try:
        logged = read_log(log, "build log")[-1]
    except InputError:
        return []
    steps = list(logged.steps)
    if logged.builder is LogWriter.CLASSIC:  # an ARG before the first FROM is no step of a stage
        while steps and not parse_step_name(steps[0].name).is_from:
            steps.pop(0)
    return [(step.name, step.cached) for step in steps if not parse_step_name(step.name).is_from]


def failed(name: str, said: list[str]) -> InputError:
    """Why a build did not come to its end, in its own words."""
    lines = [line.strip() for line in said if line.strip()]
    reasons = [line for line in lines if _SAID.match(line)] or lines or ["no message"]
    reason = reasons[-1].removeprefix("ERROR: ").removeprefix("failed to build: ").removeprefix("failed to solve: ")
    return InputError(f"the build of the {name} side fails, so there is nothing to compare: {reason}")
