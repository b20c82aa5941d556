"""Provenance as BuildKit writes it (SLSA v0.2 and v1, `mode=min` and `max`), whichever version → one `Predicate`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from layerscope.docker.json_document import JsonObject
from layerscope.docker.times import nanoseconds
from layerscope.values import Value

_BUILD_TYPE = "mobyproject.org/buildkit"
_V0_2_METADATA = "https://mobyproject.org/buildkit@v1#metadata"
_DEEPEST = 5  # bake's target, platform, SLSA, predicate


class DefinitionStep(Value):
    """A step of the build's LLB. inputs: results of other steps, `step3:0`. kind: exec, file, merge, …; empty for the
    end of the definition, which names the result. operation: what the kind says. lines: where its instructions begin
    in the Dockerfile. samples: when its use of resources was measured, in nanoseconds since 1970, as they were taken.
    """

    id: str
    inputs: tuple[str, ...]
    kind: str
    operation: JsonObject
    lines: tuple[int, ...]
    samples: tuple[int, ...]


class Predicate(Value):
    """What provenance says of a build; of `mode=min` only when it began. layers: per result the layers' descriptors,
    once per compression they are stored in; `None` where it does not tell. dockerfile: its text.
    """

    began: int | None
    steps: tuple[DefinitionStep, ...]
    layers: JsonObject | None
    dockerfile: str | None
    filename: str
    target: str | None


def find_predicates(document: object, file: str) -> list[Predicate]:
    """Every predicate of BuildKit's within a JSON document, in order: a statement, what `--metadata-file` writes, what
    `imagetools inspect` prints.

    Raises:
        InputError: one is malformed.
    """
    return [parse_predicate(JsonObject(found, file)) for found in _predicates(document, 0)]


def parse_predicate(predicate: JsonObject) -> Predicate:
    """Raises:
    InputError: a field has another type.
    """
    if "buildDefinition" in predicate:  # v1
        definition = predicate.object("buildDefinition")
        config = definition.object("internalParameters").object("buildConfig")
        request = definition.object("externalParameters").object("request")
        details = predicate.object("runDetails").object("metadata")
        metadata, began = details.object("buildkit_metadata"), details.text("startedOn")
    else:  # v0.2
        config = predicate.object("buildConfig")
        request = predicate.object("invocation").object("parameters")
        details = predicate.object("metadata")
        metadata, began = details.object(_V0_2_METADATA), details.text("buildStartedOn")
    source = metadata.object("source")
    infos = source.objects("infos")
    number = next((number for number, info in enumerate(infos) if info.text("language") == "Dockerfile"), 0)
    locations = source.object("locations")
    return Predicate(
        nanoseconds(began),
        tuple(_step(step, locations, number) for step in config.objects("llbDefinition")),
        metadata.object("layers") if "source" in metadata and "layers" in metadata else None,
        _content(infos[number]) if infos else None,
        (infos[number].text("filename") if infos else "") or "Dockerfile",
        request.object("args").text("target") or None,
    )


def _predicates(value: object, depth: int) -> Iterator[dict[str, object]]:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return
    definition = value.get("buildDefinition")
    of_definition = definition.get("buildType", "") if isinstance(definition, dict) else ""
    if _BUILD_TYPE in str(value.get("buildType", of_definition)):
        yield value
        return
    for below in value.values():
        yield from _predicates(below, depth + 1)


def _step(step: JsonObject, locations: JsonObject, source: int) -> DefinitionStep:
    name = step.text("id")
    operation = step.object("op").object("Op")
    kind = next((kind for kind in ("exec", "file", "merge", "diff", "source", "build") if kind in operation), "")
    samples = (nanoseconds(sample.text("timestamp")) for sample in step.object("resourceUsage").objects("samples"))
    return DefinitionStep(
        name,
        step.texts("inputs"),
        kind,
        operation.object(kind),
        _lines(locations.object(name), source),
        tuple(at for at in samples if at is not None),
    )


def _lines(locations: JsonObject, source: int) -> tuple[int, ...]:
    """The lines of one file at which the instructions of a step begin."""
    lines = set()
    for location in locations.objects("locations"):
        starts = [entry.object("start").integer("line") or 0 for entry in location.objects("ranges")]
        if starts and (location.integer("sourceIndex") or 0) == source:
            lines.add(min(starts))
    return tuple(sorted(lines))


def _content(info: JsonObject) -> str | None:
    try:
        return base64.b64decode(info.text("data"), validate=True).decode("utf-8", "surrogateescape") or None
    except (binascii.Error, ValueError):
        return None
