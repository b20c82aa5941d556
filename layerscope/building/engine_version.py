"""The version whose rules an engine's builders go by, asked of the engine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess

from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.docker.inspected_builder import buildkit_of_engine, buildkit_version
from layerscope.errors import InputError
from layerscope.graph.versions import release
from layerscope.values import replace

_SECONDS = 60
_NOT_TOLD = "the engine does not tell its version, and is taken to be of this one"


def engine_release() -> str | None:
    """The release of BuildKit that the engine brings; None where that cannot be told."""
    version = buildkit_version(_said("buildx", "inspect", "default") or "", _engine)
    version = version or buildkit_of_engine(_engine() or "")
    return release(version) if version else None


def _engine() -> str | None:
    """The engine's own version, also where there is no client."""
    from layerscope.image.sources.engine import open_engine

    with contextlib.suppress(InputError), open_engine("", "no engine runs") as client:
        return str(client.api.version()["Version"])
    return None


def _said(*words: str) -> str | None:
    """What a docker command says of the engine itself, whichever builder is chosen; None where it fails."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    environment = {name: value for name, value in os.environ.items() if name != "BUILDX_BUILDER"}
    try:
        done = subprocess.run(
            [docker, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def of_engine(side: Side, engine: str | None, newest: str) -> Side:
    """A side by the rules of an engine, unless it was told whose. engine: None where it does not tell its version."""
    if side.options.builder_version:
        return side
    if engine is None:
        assumed = Assumption("builder-version", newest, _NOT_TOLD)
        return replace(side, assumptions=(*side.assumptions, assumed))
    return replace(side, options=replace(side.options, builder_version=engine))
