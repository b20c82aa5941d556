"""What `docker push` prints: which layers went over the wire, which were there, and the manifest's digest."""

from __future__ import annotations

import re
from enum import Enum

from layerscope.errors import InputError
from layerscope.values import Value

_REPOSITORY = re.compile(r"The push refers to (?:a )?repository \[(?P<name>[^\]]+)\]")
_LAYER = re.compile(
    r"(?P<id>[0-9a-f]{12}): "
    r"(?P<state>Pushed|Layer already exists|Mounted from (?P<source>\S+)|Preparing|Waiting|Pushing.*|Retrying.*)"
)
_DONE = re.compile(r"(?P<tag>\S+): digest: (?P<digest>sha256:[0-9a-f]{64}) size: (?P<size>\d+)")


class LayerState(str, Enum):
    """What became of a layer in a push; each is equal to its word in the machine interface."""

    PUSHED = "pushed"  # it went over the wire
    EXISTS = "exists"  # the repository had it
    MOUNTED = "mounted"  # another repository of the registry had it
    UNFINISHED = "unfinished"  # the log ends before

    def __str__(self) -> str:
        return self.value


_STATES = {"Pushed": LayerState.PUSHED, "Layer already exists": LayerState.EXISTS}


class PushedLayer(Value):
    """id: the first 12 hexadecimal digits of the diff ID. source: the repository a mounted layer came from."""

    id: str
    state: LayerState
    source: str | None = None


class Push(Value):
    """One push. Layers top first, as Docker prints them; manifest size in bytes."""

    repository: str
    layers: tuple[PushedLayer, ...]
    tag: str | None = None
    digest: str | None = None
    manifest_size: int | None = None


class PushLog(Value):
    """One output of `docker push`, of one tag or, with `--all-tags`, of several."""

    file: str
    pushes: tuple[Push, ...]


def is_push_log(text: str) -> bool:
    return _REPOSITORY.search(text) is not None


def parse_push_log(text: str, file: str) -> PushLog:
    """Read a log, which may say a layer's state many times: the last counts. Raises InputError."""
    pushes: list[Push] = []
    layers: dict[str, PushedLayer] = {}
    for line in text.replace("\r", "\n").splitlines():
        opened = _REPOSITORY.search(line)
        if opened:
            layers = {}
            pushes.append(Push(opened["name"], ()))
            continue
        if not pushes:
            continue
        layer = _LAYER.search(line)
        done = _DONE.search(line)
        if layer:
            known = _STATES.get(layer["state"], LayerState.UNFINISHED)
            state = LayerState.MOUNTED if layer["source"] else known
            layers[layer["id"]] = PushedLayer(layer["id"], state, layer["source"])
            pushes[-1] = Push(pushes[-1].repository, tuple(layers.values()))
        elif done:
            last = pushes[-1]
            pushes[-1] = Push(last.repository, last.layers, done["tag"], done["digest"], int(done["size"]))
    if not pushes:
        raise InputError("no output of `docker push`", file, 1)
    return PushLog(file, tuple(pushes))
