"""Max-mode provenance (SLSA, as BuildKit attaches it): which line of the Dockerfile wrote which layer.

It names the build's steps with their inputs, the lines each step came from, and the layers each step's result has. So
a layer's line is known, not guessed. Provenance of min mode, which builders attach by default, has none of the three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from layerscope.docker.json_document import JsonObject
from layerscope.docker.predicate import DefinitionStep, Predicate, parse_predicate
from layerscope.errors import InputError
from layerscope.values import Value

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
        return _of_layers(parse_predicate(statement.object("predicate")), layers)
    except InputError as error:
        return Provenance(problem=f"is malformed: {error.message}")
    except _UnfitError as error:
        return Provenance(problem=str(error))


def _of_layers(predicate: Predicate, layers: Sequence[str | None]) -> Provenance | None:
    if not predicate.steps or predicate.layers is None:
        return None
    results = _Results(predicate.layers)
    chain = results.of_target(predicate.steps)
    if chain.length != len(layers) or not any(list(layers) == stated for stated in results.stated):
        raise _UnfitError("names other layers than the image has")
    return Provenance(tuple(_unrolled(chain)), predicate.dockerfile, predicate.filename, predicate.target)


class _Results:
    """Follows the steps in their order: each comes after its inputs. layers: those each result has, as recorded."""

    def __init__(self, layers: JsonObject) -> None:
        self._layers = layers
        self._chains: dict[str, _Chain] = {}
        self.stated: list[list[str]] = []  # the target's layers, once per compression they are stored in

    def of_target(self, steps: Sequence[DefinitionStep]) -> _Chain:
        """The layers of the last step's result, which is what was built."""
        last = _NOTHING
        for step in steps:
            if not step.kind:  # the end of the definition: it names the result
                last = self._result(step.inputs[0] if step.inputs else "")
                continue
            for output in _outputs(step.kind, step.operation):
                key = f"{step.id}:{output}"
                below = self._below(step, output)
                self._chains[key] = last = self._chain(key, step, below)
        return last

    def _result(self, key: str) -> _Chain:
        if key not in self._chains:
            raise _UnfitError("does not name its result")
        self.stated = [[layer.text("digest") for layer in chain] for chain in self._recorded(key)]
        return self._chains[key]

    def _chain(self, key: str, step: DefinitionStep, below: tuple[_Chain, ...]) -> _Chain:
        known = sum(chain.length for chain in below)
        recorded = self._recorded(key)
        own = len(recorded[0]) - known if recorded else int(step.kind not in ("merge", "source"))
        length = known + own
        if not 0 <= length <= _LAYERS_LIMIT or own < 0:
            raise _UnfitError("contradicts itself about the layers of a step")
        return _Chain(below, () if step.kind == "source" else step.lines, own, length)

    def _recorded(self, key: str) -> list[list[JsonObject]]:
        return self._layers.object_lists(key)

    def _below(self, step: DefinitionStep, output: int) -> tuple[_Chain, ...]:
        """The results that a step's result lies on."""
        kind, operation, inputs = step.kind, step.operation, step.inputs
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
