"""What a build's provenance (SLSA, `mode=max`) tells of time.

It knows when the build began and ended and holds its Dockerfile, which makes more of an image's history; of single
steps it tells what the builder sampled while they ran (`capture-usage=true`), a figure as weak as a history's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from layerscope.cost.build_log import BuildLog, LoggedStep, LogWriter
from layerscope.docker.predicate import Predicate
from layerscope.docker.step_names import flagless_key
from layerscope.docker.times import to_seconds
from layerscope.values import Value

_COPY_OF_STAGE = re.compile(r"(?:COPY|ADD)\s+(?:--\S+\s+)*--from=", re.IGNORECASE)


class ProvenanceTimes(Value):
    """began: nanoseconds since 1970, None if not told. out_of_stages: copies from other stages and images, without
    their flags. steps: those of which samples were taken, named by their instruction."""

    began: int | None
    out_of_stages: frozenset[str]
    steps: tuple[LoggedStep, ...]


def provenance_times(predicate: Predicate) -> ProvenanceTimes:
    instructions = _instructions(predicate.dockerfile or "")
    copies = (text for text in instructions.values() if _COPY_OF_STAGE.match(text))
    return ProvenanceTimes(
        predicate.began, frozenset(flagless_key(text) for text in copies), tuple(_sampled(predicate, instructions))
    )


def sampled_builds(found: Sequence[ProvenanceTimes], source: str) -> tuple[BuildLog, ...]:
    """A build for each provenance that tells of steps."""
    return tuple(BuildLog(LogWriter.HISTORY, each.steps, None, source) for each in found if each.steps)


def _sampled(predicate: Predicate, instructions: dict[int, str]) -> Iterator[LoggedStep]:
    for step in predicate.steps:
        # Only where a step is one instruction's can its time be said to be that one's.
        name = instructions.get(step.lines[0], "") if len(step.lines) == 1 else ""
        if name and len(step.samples) > 1 and step.samples[-1] >= step.samples[0]:
            yield LoggedStep(name, False, to_seconds(step.samples[-1] - step.samples[0]))


def _instructions(text: str) -> dict[int, str]:
    """Line → instruction with its continuations joined, as far as that needs no parser of Dockerfiles."""
    found: dict[int, str] = {}
    begun = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        begun = begun or number
        ends = not line.rstrip().endswith("\\")
        found[begun] = f"{found.get(begun, '')} {line.rstrip().removesuffix(chr(92)).strip()}".strip()
        begun = 0 if ends else begun
    return found
