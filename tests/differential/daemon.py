"""A running buildkitd that cases are built on, by buildx's remote driver; it is started and configured elsewhere.

It pulls what is called docker.io from a registry on loopback, as its configuration must say:

    [registry."docker.io"]
      mirrors = ["HOST:PORT"]
    [registry."HOST:PORT"]
      http = true
"""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from layerscope.docker.inspected_builder import buildkit_version
from tests.differential.images import CATALOG, USUAL, LabImage, config_of, layers_of
from tests.engine.engine import EngineError, busybox_tree, client_environment

_NAME = "differential"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Daemon:
    """One daemon. folder: where the client keeps what it knows of it. restart: a command that starts it anew."""

    address: str
    registry: str
    folder: Path
    restart: str | None = None

    def environment(self) -> dict[str, str]:
        """The environment in which buildx talks to this daemon."""
        return client_environment() | {"BUILDX_CONFIG": str(self.folder), "BUILDX_BUILDER": _NAME}

    def buildx(self, *words: str) -> str:
        """Run one command of buildx; its standard output, or EngineError with what it said."""
        environment = self.environment()
        program = Path(environment["DOCKER_CONFIG"]) / "cli-plugins" / "docker-buildx"
        done = subprocess.run([program, *words], capture_output=True, env=environment, check=False)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit {done.returncode}"]
            raise EngineError(f"buildx {words[0]}: {said[-1]}")
        return done.stdout.decode(errors="replace")

    def version(self) -> str:
        """As it tells: `v0.32.2`."""
        found = buildkit_version(self.buildx("inspect", _NAME), lambda: None)
        if found is None:
            raise EngineError(f"{self.address} does not answer")
        return found

    def prune(self) -> None:
        """Drop all that it could take for cached; a copy that fails leaves a hold on what it stood on."""
        self.buildx("prune", "--all", "--force")
        if self._is_held():
            if self.restart is None:
                raise EngineError(f"{self.address} holds results of steps: --restart COMMAND starts it anew")
            subprocess.run(shlex.split(self.restart), stdout=subprocess.DEVNULL, check=True)
            self.buildx("prune", "--all", "--force")

    def _is_held(self) -> bool:
        return any(_is_of_step(json.loads(line)) for line in self.buildx("du", "--format", "json").splitlines())


@contextmanager
def connected(address: str, registry: str, restart: str | None) -> Iterator[Daemon]:
    """A daemon that answers."""
    with tempfile.TemporaryDirectory(prefix="buildx-") as folder:
        daemon = Daemon(address, registry, Path(folder), restart)
        daemon.buildx("create", "--name", _NAME, "--driver", "remote", address)
        yield daemon


class RegistryImages:
    """Puts the base images into a registry, and calls them what a case calls them."""

    def __init__(self, registry: str) -> None:
        self.registry = registry
        self.layers = layers_of(busybox_tree())
        self.called: dict[str, str] = {}

    def call(self, images: Iterable[tuple[str, str]]) -> None:
        """Let the names mean these images from now on."""
        for name, chosen in {**USUAL, **dict(images)}.items():
            if self.called.get(name) != chosen:
                repository, _, tag = name.partition(":")
                self._push(repository, tag, CATALOG[chosen])
                self.called[name] = chosen

    def _push(self, repository: str, tag: str, image: LabImage) -> None:
        layers = [self.layers[layer] for layer in image.layers]
        config = config_of(image, layers)
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": self._pushed(repository, config, "application/vnd.oci.image.config.v1+json"),
            "layers": [self._pushed(repository, one, "application/vnd.oci.image.layer.v1.tar") for one in layers],
        }
        self._put(f"{repository}/manifests/{tag}", json.dumps(manifest).encode(), _MANIFEST)

    def _pushed(self, repository: str, blob: bytes, media_type: str) -> dict[str, Any]:
        """A blob's descriptor, once it is there."""
        digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
        if not requests.head(self._url(f"{repository}/blobs/{digest}"), timeout=30).ok:
            place = requests.post(self._url(f"{repository}/blobs/uploads/"), timeout=30).headers["Location"]
            requests.put(place, params={"digest": digest}, data=blob, timeout=60).raise_for_status()
        return {"mediaType": media_type, "digest": digest, "size": len(blob)}

    def _put(self, path: str, content: bytes, media_type: str) -> None:
        done = requests.put(self._url(path), content, headers={"Content-Type": media_type}, timeout=30)
        done.raise_for_status()

    def _url(self, path: str) -> str:
        return f"http://{self.registry}/v2/library/{path}"


def _is_of_step(record: dict[str, Any]) -> bool:
    return str(record.get("Description", "")).startswith(("[", "mount ", "ADD ", "COPY "))
