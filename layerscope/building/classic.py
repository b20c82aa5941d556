"""Builds by the classic builder, through the engine's API."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import docker.errors

from layerscope.analysis.side import Side
from layerscope.building.ending import Ending, Say
from layerscope.building.files import Files
from layerscope.building.froms import SCRATCH, external_bases, on_bases
from layerscope.building.images import ThrowAwayImages
from layerscope.building.ran import RealBuild, failed, steps_of
from layerscope.building.settings import Settings
from layerscope.context.paths import lookup
from layerscope.context.tree import File
from layerscope.context.visible import visible
from layerscope.errors import InputError
from layerscope.graph.names import normalized
from layerscope.graph.options import DEFAULT_NETWORK, BuildOptions

if TYPE_CHECKING:
    from docker import APIClient

_DEFAULT_PLATFORM = BuildOptions().platform
_IGNORE_FILE = ".dockerignore"
_ATTEMPTS, _PAUSE_SECONDS = 50, 0.1
_QUIET_SECONDS, _SECONDS_TO_END = 2.0, 20.0  # without anything new, after which an interrupted build counts as ended


class ClassicEngineBuild:
    """Builds sides one after the other. The engine keeps an image of every step: they go with the run."""

    def __init__(self, api: APIClient, images: ThrowAwayImages, settings: Settings, ending: Ending, say: Say) -> None:
        if settings.secrets or settings.ssh:
            raise InputError("--secret and --ssh: the classic builder has neither")
        self._api: Any = api
        self._images, self._settings = images, settings
        self._say = say
        self._dockerfile = f".dockerfile-{images.run}"
        self._ending = ending
        self._building = False
        self._known = {image["Id"] for image in self._api.images(all=True)}

    def build(self, side: Side, other: Side, name: str) -> RealBuild:
        """Build one side. other: the other one, of which a changed file's bytes are made. Raises InputError."""
        options = side.options
        if options.named_contexts:
            raise InputError("--build-context: the classic builder has none")
        if options.ulimits or options.cgroup_parent:
            raise InputError(
                "--ulimit and --cgroup-parent: of no key of the classic builder, and verify leaves them out"
            )
        stand_ins = {
            index: self._images.of(base, None if base == SCRATCH else options.bases.get(normalized(base)))
            for index, base in external_bases(side.dockerfile, options).items()
        }
        self._ending.then("images of steps", self._remove_images)
        with tempfile.TemporaryFile() as context:
            self._write_context(side, other, on_bases(side.dockerfile, stand_ins), context)
            context.seek(0)
            self._building = True
            log, error = self._run(options, context)
            self._building = False
        if error is not None:
            raise failed(name, [error])
        return RealBuild(dict(steps_of(log.encode())))

    def _write_context(self, side: Side, other: Side, dockerfile: str, target: Any) -> None:
        tree = visible(side.tree, side.ignore)
        files = Files(tree, other.tree, side.reference)
        # The engine takes a Dockerfile out of the context only where an ignore file names it; one that is sent
        # for this alone names itself, too.
        rules = f"{_IGNORE_FILE}\n{self._dockerfile}\n".encode()
        there = lookup(tree, _IGNORE_FILE)
        if isinstance(there, File):
            rules = files.content(_IGNORE_FILE, there).rstrip(b"\n") + f"\n{self._dockerfile}\n".encode()
        text = dockerfile.encode("utf-8", "surrogateescape")
        files.tar({_IGNORE_FILE: rules, self._dockerfile: text}, target)

    def _run(self, options: BuildOptions, context: Any) -> tuple[str, str | None]:
        log: list[str] = []
        try:
            for message in self._api.build(
                fileobj=context,
                custom_context=True,
                dockerfile=self._dockerfile,
                buildargs=dict(options.build_args),
                target=options.target or "",
                platform=options.platform if options.platform != _DEFAULT_PLATFORM else None,
                nocache=options.no_cache,
                network_mode=None if options.network == DEFAULT_NETWORK else options.network,
                extra_hosts={host.name: host.address for host in options.add_hosts},
                shmsize=options.shm_size or None,
                rm=True,
                forcerm=True,
                decode=True,
            ):
                if "error" in message:
                    return "".join(log), str(message["error"])
                text = message.get("stream", "")
                log.append(text)
                if self._settings.verbose and text.strip():
                    self._say(f"  {text.rstrip()}")
        except docker.errors.APIError as error:
            return "".join(log), str(error.explanation or error)
        return "".join(log), None

    def _remove_images(self) -> None:
        """Remove what stands on the run's base images, newest first, as each one holds its parent."""
        bases = [self._api.inspect_image(name) for name in self._images.names()]
        if self._building:
            self._wait_for_end(bases)
        ours = self._on(bases)
        parents = {image: self._inspected(image).get("Parent") for image in ours}
        while ours:
            leaves = ours - {parents[image] for image in ours} or set(ours)
            for image in leaves:
                self._remove(image)
            ours -= leaves

    def _wait_for_end(self, bases: list[dict[str, Any]]) -> None:
        """The engine does not tell when a build that was interrupted has ended: it finishes the step it is at."""
        images = {base["Id"] for base in bases}
        was: set[str] = set()
        began = last = time.monotonic()
        while last - began < _SECONDS_TO_END and time.monotonic() - last < _QUIET_SECONDS:
            ours = self._on(bases)
            running = any(one["ImageID"] in ours | images for one in self._api.containers(all=True))
            if running or ours != was:
                last, was = time.monotonic(), ours
            time.sleep(_PAUSE_SECONDS)

    def _on(self, bases: list[dict[str, Any]]) -> set[str]:
        """The images that have the last layer of a base, which no other has: not all still know their parents."""
        layers = {base["RootFS"]["Layers"][-1] for base in bases}
        known = self._known | {base["Id"] for base in bases}
        new = {image["Id"] for image in self._api.images(all=True)} - known
        return {image for image in new if layers & set(self._inspected(image).get("RootFS", {}).get("Layers") or ())}

    def _remove(self, image: str) -> None:
        with suppress(docker.errors.ImageNotFound):
            # The container of a step that was interrupted may still be going away.
            for _ in range(_ATTEMPTS):
                with suppress(docker.errors.APIError):
                    self._api.remove_image(image, force=True)
                    return
                self._api.inspect_image(image)
                time.sleep(_PAUSE_SECONDS)
            self._api.remove_image(image, force=True)

    def _inspected(self, image: str) -> dict[str, Any]:
        """What the engine tells of an image; nothing of one that has gone meanwhile."""
        try:
            found: dict[str, Any] = self._api.inspect_image(image)
        except docker.errors.ImageNotFound:
            return {}
        return found
