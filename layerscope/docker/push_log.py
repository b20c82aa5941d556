"""What `docker push` prints: which layers went over the wire, which were there, and the manifest's digest."""

from __future__ import annotations

import re
from enum import Enum

from layerscope.values import Value, replace

_REPOSITORY = re.compile(r"The push refers to (?:a )?repository \[(?P<name>[^\]]+)\]")
_LAYER = re.compile(
    r"(?<![0-9a-f])(?P<id>[0-9a-f]{12}): "
    r"(?P<state>Mounted from (?P<source>\S+)|(?!Pull|Download|Extract|Verify|Loading)[A-Z][^\[]*)"
)
_DONE = re.compile(r"(?P<tag>\S+): digest: (?P<digest>sha256:[0-9a-f]{64}) size: (?P<size>\d+)")


class LayerState(str, Enum):
    """What became of a layer in a push; each is equal to its word in the machine interface."""

    PUSHED = "pushed"  # it went over the wire
    EXISTS = "exists"  # the repository had it
    MOUNTED = "mounted"  # another repository of the registry had it
    FOREIGN = "foreign"  # it stays where its URLs point to, and is never sent
    UNAVAILABLE = "unavailable"  # the engine itself had none of it, as of another platform's
    UNFINISHED = "unfinished"  # the log ends before

    def __str__(self) -> str:
        return self.value


_STATES = {
    "Pushed": LayerState.PUSHED,
    "Layer already exists": LayerState.EXISTS,
    "Already exists": LayerState.EXISTS,
    "Skipped foreign layer": LayerState.FOREIGN,
    "Unavailable": LayerState.UNAVAILABLE,
    # Docker 1.9 and older
    "Image successfully pushed": LayerState.PUSHED,
    "Image already exists": LayerState.EXISTS,
}


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


def find_push_log(text: str, file: str) -> PushLog | None:
    """The pushes of a log, which may say a layer's state many times: the last counts. None where there are none."""
    pushes: list[Push] = []
    under_way: Push | None = None
    for line in text.replace("\r", "\n").split("\n"):
        if opened := _REPOSITORY.search(line):
            under_way = Push(opened["name"], ())
            pushes.append(under_way)
        elif " Pulling from " in line:
            under_way = None
        elif under_way is None:
            continue
        elif layer := _LAYER.search(line):
            if under_way.digest is not None:  # the next of `--all-tags`
                pushes.append(Push(under_way.repository, ()))
            under_way = pushes[-1] = _with_layer(pushes[-1], layer)
        elif done := _DONE.search(line):
            pushed = pushes[-1].layers
            under_way = pushes[-1] = Push(under_way.repository, pushed, done["tag"], done["digest"], int(done["size"]))
    return PushLog(file, tuple(pushes)) if pushes else None


def _with_layer(push: Push, said: re.Match[str]) -> Push:
    state = LayerState.MOUNTED if said["source"] else _STATES.get(said["state"].strip(), LayerState.UNFINISHED)
    layers = {layer.id: layer for layer in push.layers}
    layers[said["id"]] = PushedLayer(said["id"], state, said["source"])
    return replace(push, layers=tuple(layers.values()))
