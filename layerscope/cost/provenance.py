"""What a build's provenance (SLSA, `mode=max`) tells of time.

It knows when the build began and ended and holds its Dockerfile, which makes more of an image's history; of single
steps it tells what the builder sampled while they ran (`capture-usage=true`), a figure as weak as a history's.
Both versions are read, as a statement, as `--metadata-file` writes it, and as `imagetools inspect` prints it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from layerscope.cost.model import BuildLog, LoggedStep
from layerscope.docker.instants import nanoseconds, to_seconds
from layerscope.docker.step_names import flagless_key
from layerscope.values import Value

_BUILD_TYPE = "mobyproject.org/buildkit"
_DEEPEST = 5  # bake's target, platform, SLSA, predicate
_METADATA = ("https://mobyproject.org/buildkit@v1#metadata", "buildkit_metadata")
_COPY_OF_STAGE = re.compile(r"(?:COPY|ADD)\s+(?:--\S+\s+)*--from=", re.IGNORECASE)


class Provenance(Value):
    """began: nanoseconds since 1970, None if not told. out_of_stages: copies from other stages and images, without
    their flags. steps: those of which samples were taken, named by their instruction."""

    began: int | None
    out_of_stages: frozenset[str]
    steps: tuple[LoggedStep, ...]


def find_provenance(document: object) -> list[Provenance]:
    """Every provenance of BuildKit's within a JSON document, in order."""
    return [_provenance(predicate) for predicate in _predicates(document, 0)]


def sampled_builds(found: list[Provenance], source: str) -> tuple[BuildLog, ...]:
    """A build for each provenance that tells of steps."""
    return tuple(BuildLog("history", each.steps, None, source) for each in found if each.steps)


def _predicates(value: object, depth: int) -> Iterator[dict[str, object]]:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    definition = _object(value, "buildDefinition")
    if _BUILD_TYPE in str(value.get("buildType", definition.get("buildType", ""))):
        yield value
        return
    for below in value.values():
        yield from _predicates(below, depth + 1)


def _provenance(predicate: dict[str, object]) -> Provenance:
    details = _object(_object(predicate, "runDetails"), "metadata")
    metadata = _object(predicate, "metadata") or details
    began = metadata.get("buildStartedOn", metadata.get("startedOn"))
    parameters = _object(_object(predicate, "buildDefinition"), "internalParameters")
    config = _object(predicate, "buildConfig") or _object(parameters, "buildConfig")
    source = next((_object(_object(metadata, key), "source") for key in _METADATA if key in metadata), {})
    instructions = _instructions(_dockerfile(source))
    names = {step: instructions.get(line, "") for step, line in _lines(source).items()}
    copies = (text for text in instructions.values() if _COPY_OF_STAGE.match(text))
    return Provenance(
        nanoseconds(began) if isinstance(began, str) else None,
        frozenset(flagless_key(text) for text in copies),
        tuple(_sampled(config, names)),
    )


def _sampled(config: dict[str, object], names: dict[str, str]) -> Iterator[LoggedStep]:
    for step in _list(config, "llbDefinition"):
        name = names.get(str(step.get("id")), "")
        times = [_instant(sample) for sample in _list(_object(step, "resourceUsage"), "samples")]
        known = [at for at in times if at is not None]
        if name and len(known) > 1 and known[-1] >= known[0]:
            yield LoggedStep(name, False, to_seconds(known[-1] - known[0]))


def _instant(sample: dict[str, object]) -> int | None:
    at = sample.get("timestamp")
    return nanoseconds(at) if isinstance(at, str) else None


def _dockerfile(source: dict[str, object]) -> str:
    infos = _list(source, "infos")
    try:
        return base64.b64decode(str(infos[0].get("data", "")), validate=True).decode("utf-8", "replace")
    except (IndexError, ValueError):
        return ""


def _lines(source: dict[str, object]) -> dict[str, int]:
    """Step → the Dockerfile's line it begins on; only where it is one instruction's."""
    found: dict[str, int] = {}
    locations = _object(source, "locations")
    for step in locations:
        starts = {
            _object(each, "start").get("line")
            for location in _list(_object(locations, step), "locations")
            for each in _list(location, "ranges")
        }
        line = starts.pop() if len(starts) == 1 else None
        if isinstance(line, int):
            found[step] = line
    return found


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


def _object(value: dict[str, object], key: str) -> dict[str, object]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _list(value: dict[str, object], key: str) -> list[dict[str, object]]:
    found = value.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
