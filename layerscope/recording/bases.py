"""What is known of the images a build started from: by its log, the engine's own images and the builder's record."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections.abc import Iterable, Mapping

from layerscope.errors import InputError
from layerscope.graph.names import normalized, without_digest
from layerscope.graph.options import BaseImage
from layerscope.recording.command import BuildCommand

_SECONDS = 30
_RESOLVED = re.compile(r"load metadata for ([^\s\"\\]+)")
_FROM_DIGEST = re.compile(r"FROM ([^\s\"@]+)@(sha256:[0-9a-f]{64})")
_CLASSIC_FROM = re.compile(r"Step \d+/\d+ : FROM (?:--platform=\S+ +)?([^\s$]+)[^\n]*\n\S+ +---> [0-9a-f]{12,64}")


def bases_of(
    log: bytes, command: BuildCommand, environment: Mapping[str, str], materials: Mapping[str, str]
) -> dict[str, BaseImage]:
    """The base images of one build by name. materials: digests that the builder's record tells.

    An image that the log shows with a digest came from a registry; another that the engine has was taken from there,
    and then its config is known, too.
    """
    text = log.decode("utf-8", "replace")
    fetched = {_full(name): BaseImage(digest) for name, digest in _FROM_DIGEST.findall(text)}
    classic = [_full(name) for name in _CLASSIC_FROM.findall(text)]
    named = [_full(name) for name in _RESOLVED.findall(text)] or classic
    own = _local((name for name in dict.fromkeys(named) if name not in fetched), command, environment, bool(classic))
    told = {name: BaseImage(digest) for name, digest in materials.items()}
    return {**told, **own, **fetched}


def _full(name: str) -> str:
    with contextlib.suppress(InputError):
        return normalized(without_digest(name))
    return name


def _local(
    names: Iterable[str], command: BuildCommand, environment: Mapping[str, str], classic: bool
) -> dict[str, BaseImage]:
    docker = command.docker if command.docker[0] == command.words[0] == "docker" else ("docker",)
    inspected = {name: _inspected((*docker, "image", "inspect", name), environment) for name in names}
    return {name: _recorded(image, classic=classic) for name, image in inspected.items() if image is not None}


def _inspected(words: tuple[str, ...], environment: Mapping[str, str]) -> dict[str, object] | None:
    """What `docker image inspect` tells; None for what is not an image of the engine."""
    try:
        done = subprocess.run(
            words, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=True
        )
        (image,) = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None
    return image if isinstance(image, dict) and "Id" in image else None


def _recorded(image: Mapping[str, object], *, classic: bool) -> BaseImage:
    """The same identity as `--base NAME=REF` gives: BuildKit knows an image by its layers, classic by its ID."""
    config = image.get("Config") or {}
    root = image.get("RootFS") or {}
    assert isinstance(config, dict)
    assert isinstance(root, dict)
    layers = [str(layer) for layer in root.get("Layers") or []]
    return BaseImage(
        str(image["Id"]) if classic else ",".join(layers),
        known=True,
        env=tuple((name, value) for name, _, value in (str(e).partition("=") for e in config.get("Env") or [])),
        user=str(config.get("User") or ""),
        workdir=str(config.get("WorkingDir") or ""),
        shell=tuple(map(str, config.get("Shell") or [])),
        onbuild=tuple(map(str, config.get("OnBuild") or [])),
        empty=not layers,
    )
