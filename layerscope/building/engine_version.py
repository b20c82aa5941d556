"""The version whose rules an engine's builders go by, asked of the engine."""

from __future__ import annotations

import contextlib
import os
import shutil

from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.building.client_output import client_output
from layerscope.docker.inspected_builder import buildkit_of_engine, buildkit_version
from layerscope.errors import InputError
from layerscope.graph.versions import release
from layerscope.values import replace

_NOT_TOLD = "the engine does not tell its version, and is taken to be of this one"


def engine_release() -> str | None:
    """The release of BuildKit that the engine brings; None where that cannot be told."""
    version = buildkit_version(_said("buildx", "inspect", os.environ.get("BUILDX_BUILDER") or "default") or "", _engine)
    version = version or buildkit_of_engine(_engine() or "")
    return release(version) if version else None


def _engine() -> str | None:
    """The engine's own version, also where there is no client."""
    from layerscope.image.sources.engine import open_engine

    with contextlib.suppress(InputError), open_engine("", "no engine runs") as client:
        return str(client.api.version()["Version"])
    return None


def _said(*words: str) -> str | None:
    """What a docker command says; None where it fails."""
    docker = shutil.which("docker")
    done = client_output([docker, *words]) if docker is not None else None
    return None if done is None else done.stdout.decode(errors="replace")


def of_engine(side: Side, engine: str | None, newest: str) -> Side:
    """A side by the rules of an engine, unless it was told whose. engine: None where it does not tell its version."""
    if side.options.builder_version:
        return side
    if engine is None:
        assumed = Assumption("builder-version", newest, _NOT_TOLD)
        return replace(side, assumptions=(*side.assumptions, assumed))
    return replace(side, options=replace(side.options, builder_version=engine))
