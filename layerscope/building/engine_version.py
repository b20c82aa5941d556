"""The version whose rules an engine's builders go by, asked of the engine."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.docker.inspected_builder import buildkit_of_engine, buildkit_version
from layerscope.graph.versions import release
from layerscope.values import replace

if TYPE_CHECKING:
    from docker import APIClient

_SECONDS = 60
_NOT_TOLD = "the engine does not tell its version, and is taken to be of this one"


def engine_release(api: APIClient) -> str | None:
    """The release of BuildKit that the engine brings; None where it cannot be told."""
    engine = str(api.version()["Version"])
    docker = shutil.which("docker")
    if docker is None:
        return buildkit_of_engine(engine)
    environment = {name: value for name, value in os.environ.items() if name != "BUILDX_BUILDER"}
    try:
        done = subprocess.run(
            [docker, "buildx", "inspect", "default"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return buildkit_of_engine(engine)
    version = buildkit_version(done.stdout.decode(errors="replace"), lambda: engine) or buildkit_of_engine(engine)
    return release(version) if version else None


def of_engine(side: Side, engine: str | None, newest: str) -> Side:
    """A side by the rules of an engine, unless it was told whose. engine: None where it does not tell its version."""
    if side.options.builder_version:
        return side
    if engine is None:
        assumed = Assumption("builder-version", newest, _NOT_TOLD)
        return replace(side, assumptions=(*side.assumptions, assumed))
    return replace(side, options=replace(side.options, builder_version=engine))
