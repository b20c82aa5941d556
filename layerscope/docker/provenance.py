"""Max-mode provenance (SLSA, as BuildKit attaches it): which line of the Dockerfile wrote which layer.

It names the build's steps with their inputs, the lines each step came from, and the layers each step's result has. So
a layer's line is known, not guessed. Provenance of min mode, which builders attach by default, has none of the three.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from layerscope.docker.json_document import JsonObject
from layerscope.errors import InputError
from layerscope.values import Value

IN_TOTO = "application/vnd.in-toto+json"
PREDICATE_TYPE = "in-toto.io/predicate-type"
PREDICATES = "https://slsa.dev/provenance/"

_V0_2_METADATA = "https://mobyproject.org/buildkit@v1#metadata"
_OPERATIONS = ("exec", "file", "merge", "diff", "source", "build")
_LAYERS_LIMIT = 4096  # no builder stacks as many; merges of merges could claim any number


class Provenance(Value):
    """Where an image's layers come from.

    lines: per layer, bottom first, the lines its instruction begins at: none for a layer of the base, several where
    equal instructions of several stages became one step. dockerfile: the file that was built. target: the stage asked
    for, as the build's options had it. problem: why the rest tells nothing, else empty.
    """

    lines: tuple[tuple[int, ...], ...] = ()
    dockerfile: str | None = None
    filename: str = "Dockerfile"
    target: str | None = None
    problem: str = ""


class _Chain(NamedTuple):
    """The layers of a step's result: those of `below`, then `written` that the step wrote at `lines`."""

    below: tuple[_Chain, ...]
    lines: tuple[int, ...]
    written: int
    length: int


_NOTHING = _Chain((), (), 0, 0)


class _UnfitError(Exception):
    """Why provenance does not tell where the layers come from."""


def parse_provenance(statement: JsonObject, layers: Sequence[str | None]) -> Provenance | None:
    """What a statement says of an image with these layers (digests, bottom first); `None` if it is not of max mode.

    What it says is only taken where it names the very layers the image has.
    """
    try:
        return _parse(statement.object("predicate"), layers)
    except InputError as error:
        return Provenance(problem=f"is malformed: {error.message}")
    except _UnfitError as error:
        return Provenance(problem=str(error))


def _parse(predicate: JsonObject, layers: Sequence[str | None]) -> Provenance | None:
    if "buildDefinition" in predicate:  # v1
        definition = predicate.object("buildDefinition")
        config = definition.object("internalParameters").object("buildConfig")
        request = definition.object("externalParameters").object("request")
        metadata = predicate.object("runDetails").object("metadata").object("buildkit_metadata")
    else:  # v0.2
        config = predicate.object("buildConfig")
        request = predicate.object("invocation").object("parameters")
        metadata = predicate.object("metadata").object(_V0_2_METADATA)
    steps = config.objects("llbDefinition")
    if not steps or "source" not in metadata or "layers" not in metadata:
        return None
    infos = metadata.object("source").objects("infos")
    source = next((number for number, info in enumerate(infos) if info.text("language") == "Dockerfile"), 0)
    of_steps = _Steps(metadata, source)
    chain = of_steps.target(steps)
    if chain.length != len(layers) or not any(list(layers) == stated for stated in of_steps.stated):
        raise _UnfitError("names other layers than the image has")
    return Provenance(
        tuple(_unrolled(chain)),
        _content(infos[source]) if infos else None,
        (infos[source].text("filename") if infos else "") or "Dockerfile",
        request.object("args").text("target") or None,
    )


class _Steps:
    """Follows the steps in their order: each comes after its inputs."""

    def __init__(self, metadata: JsonObject, source: int) -> None:
        self._locations = metadata.object("source").object("locations")
        self._layers = metadata.object("layers")
        self._source = source
        self._chains: dict[str, _Chain] = {}
        self._inputs: dict[str, tuple[str, ...]] = {}
        self.stated: list[list[str]] = []  # the target's layers, once per compression they are stored in

    def target(self, steps: Sequence[JsonObject]) -> _Chain:
        """The layers of the last step's result, which is what was built."""
        last = _NOTHING
        for step in steps:
            name, inputs = step.text("id"), step.texts("inputs")
            operation = step.object("op").object("Op")
            kind = next((kind for kind in _OPERATIONS if kind in operation), "")
            if not kind:  # the end of the definition: it names the result
                last = self._result(inputs[0] if inputs else "")
                continue
            for output in _outputs(kind, operation.object(kind)):
                key = f"{name}:{output}"
                below = self._below(kind, operation.object(kind), inputs, output)
                self._chains[key] = last = self._chain(key, self._lines(name), kind, below)
        return last

    def _result(self, key: str) -> _Chain:
        if key not in self._chains:
            raise _UnfitError("does not name its result")
        self.stated = [[layer.text("digest") for layer in chain] for chain in self._recorded(key)]
        return self._chains[key]

    def _chain(self, key: str, lines: tuple[int, ...], kind: str, below: tuple[_Chain, ...]) -> _Chain:
        known = sum(chain.length for chain in below)
        recorded = self._recorded(key)
        own = len(recorded[0]) - known if recorded else int(kind not in ("merge", "source"))
        length = known + own
        if not 0 <= length <= _LAYERS_LIMIT or own < 0:
            raise _UnfitError("contradicts itself about the layers of a step")
        return _Chain(below, () if kind == "source" else lines, own, length)

    def _recorded(self, key: str) -> list[list[JsonObject]]:
        return self._layers.object_lists(key)

    def _below(self, kind: str, operation: JsonObject, inputs: tuple[str, ...], output: int) -> tuple[_Chain, ...]:
        """The results that a step's result lies on."""
        if kind == "merge":
            numbers = [entry.integer("input") or 0 for entry in operation.objects("inputs")]
        elif kind == "exec":
            mounts = operation.objects("mounts")
            numbers = [m.integer("input") or 0 for m in mounts if (m.integer("output") or 0) == output][:1]
        elif kind == "file":
            numbers = [_file_input(operation.objects("actions"), len(inputs), output)]
        else:
            numbers = []
        if any(number >= len(inputs) for number in numbers):
            raise _UnfitError("has a step with an input that is not there")
        names = [inputs[number] for number in numbers if number >= 0]
        if any(name not in self._chains for name in names):
            raise _UnfitError("has a step before its inputs")
        return tuple(self._chains[name] for name in names)

    def _lines(self, name: str) -> tuple[int, ...]:
        lines = set()
        for location in self._locations.object(name).objects("locations"):
            starts = [entry.object("start").integer("line") or 0 for entry in location.objects("ranges")]
            if starts and (location.integer("sourceIndex") or 0) == self._source:
                lines.add(min(starts))
        return tuple(sorted(lines))


def _outputs(kind: str, operation: JsonObject) -> list[int]:
    """The numbers of a step's results."""
    parts = {"exec": "mounts", "file": "actions"}.get(kind)
    if parts is None:
        return [0]
    return sorted({n for part in operation.objects(parts) if (n := part.integer("output") or 0) >= 0})


def _file_input(actions: list[JsonObject], inputs: int, output: int) -> int:
    """Which of a step's inputs its result began with, its actions going on from one another; -1 for none."""
    at = next((n for n, action in enumerate(actions) if (action.integer("output") or 0) == output), -1)
    number = actions[at].integer("input") or 0
    while number >= inputs:
        if number - inputs >= at:
            raise _UnfitError("has a step that begins with its own result")
        at = number - inputs
        number = actions[at].integer("input") or 0
    return number


def _unrolled(chain: _Chain) -> Iterator[tuple[int, ...]]:
    """The lines of each layer, bottom first."""
    waiting: list[_Chain | tuple[tuple[int, ...], int]] = [chain]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, _Chain):
            lines, count = part
            yield from [lines] * count
        elif part.length:
            waiting.append((part.lines, part.written))
            waiting.extend(reversed(part.below))


def _content(info: JsonObject) -> str | None:
    try:
        return base64.b64decode(info.text("data"), validate=True).decode("utf-8", "surrogateescape") or None
    except (binascii.Error, ValueError):
        return None
