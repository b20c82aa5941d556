"""What `docker pull` prints: which layers came over the wire, which were there, and what the name stands for now."""

from __future__ import annotations

import re
from enum import Enum

from layerscope.docker.sizes import PRINTED_SIZE, printed_bytes
from layerscope.values import Value

_FROM = re.compile(r"(?:(?P<tag>[\w][\w.:-]{0,127}): )?Pulling from (?P<repository>\S+)", re.ASCII)
_LAYER = re.compile(
    r"(?<![0-9a-f])(?P<id>[0-9a-f]{12}): "
    r"(?P<state>Pull complete|Already exists|Pulling fs layer|Waiting|Downloading|Verifying Checksum|Download complete"
    r"|Extracting|Retrying)"
    rf"(?: .*?/\s*(?P<size>{PRINTED_SIZE}))?"
)
_DIGEST = re.compile(r"Digest: (sha256:[0-9a-f]{64})")


class PullState(str, Enum):
    """What became of a layer in a pull; each is equal to its word in the machine interface."""

    PULLED = "pulled"  # it went over the wire
    EXISTS = "exists"  # the engine had it
    UNFINISHED = "unfinished"  # the log ends before

    def __str__(self) -> str:
        return self.value


_STATES = {"Pull complete": PullState.PULLED, "Already exists": PullState.EXISTS}


class PulledLayer(Value):
    """id: the first 12 hexadecimal digits of the blob's digest. compressed_size: where a progress bar told it."""

    id: str
    state: PullState
    compressed_size: int | None = None


class Pull(Value):
    """One pull; layers in the order of their first line, the image's own, lowest first."""

    repository: str
    tag: str | None
    layers: tuple[PulledLayer, ...]
    digest: str | None = None


class PullLog(Value):
    """One output of `docker pull`, of one tag or, with `--all-tags`, of several."""

    file: str
    pulls: tuple[Pull, ...]


def find_pull_log(text: str, file: str) -> PullLog | None:
    """The pulls of a log, which may say a layer's state many times: the last counts. None where there are none."""
    pulls: list[Pull] = []
    layers: dict[str, PulledLayer] = {}
    for line in text.replace("\r", "\n").split("\n"):
        if opened := _FROM.search(line):
            layers = {}
            pulls.append(Pull(opened["repository"], opened["tag"], ()))
        elif not pulls:
            continue
        elif layer := _LAYER.search(line):
            before = layers.get(layer["id"])
            size = _compressed(layer) or (before.compressed_size if before else None)
            state = _STATES.get(layer["state"], PullState.UNFINISHED)
            layers[layer["id"]] = PulledLayer(layer["id"], state, size)
            pulls[-1] = Pull(pulls[-1].repository, pulls[-1].tag, tuple(layers.values()), pulls[-1].digest)
        elif digest := _DIGEST.search(line):
            pulls[-1] = Pull(pulls[-1].repository, pulls[-1].tag, pulls[-1].layers, digest[1])
    return PullLog(file, tuple(pulls)) if pulls else None


def _compressed(layer: re.Match[str]) -> int | None:
    """The size behind a bar: of the blob while it is fetched (its unpacking counts the same bytes)."""
    return printed_bytes(layer["size"]) if layer["size"] else None
