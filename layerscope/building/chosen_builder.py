"""The builder that `BUILDX_BUILDER` names, as `docker build` would use it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from layerscope.errors import InputError

_VARIABLE = "BUILDX_BUILDER"
_FIELD = re.compile(r"^(Driver|Endpoint):\s+(\S.*)$", re.MULTILINE)
_OF_ENGINES = "docker"  # the driver whose builders are engines' own BuildKits


def docker_client() -> str:
    """Docker's command. Raises InputError where there is none."""
    found = shutil.which("docker")
    if found is None:
        raise InputError("there is no docker command here: install Docker's client, or verify with --builder classic")
    return found


def chosen_context() -> str | None:
    """The Docker context of the engine whose own BuildKit the environment names; None where it names no builder.

    Raises InputError for a builder that is not there, or that is no engine's: it takes no throw-away base images.
    """
    name = os.environ.get(_VARIABLE)
    if not name:
        return None
    words = [docker_client(), "buildx", "inspect", name]
    done = subprocess.run(words, capture_output=True, check=False, stdin=subprocess.DEVNULL, text=True)
    told: dict[str, str] = {}
    for field, value in _FIELD.findall(done.stdout):
        told.setdefault(field, value)
    if done.returncode != 0 or len(told) < 2:
        lines = done.stderr.strip().splitlines() or ["docker buildx does not tell what builder it is"]
        raise InputError(lines[-1].removeprefix("ERROR: "), f"{_VARIABLE}={name}")
    if told["Driver"] != _OF_ENGINES:
        text = (
            f"is a builder of driver {told['Driver']}, and verify builds on an engine's own: name one of driver docker"
        )
        raise InputError(text, f"{_VARIABLE}={name}")
    return told["Endpoint"]
