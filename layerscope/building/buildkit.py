"""BuildKit builds through `docker buildx build`, on the engine's own BuildKit."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from layerscope.analysis.side import Side
from layerscope.building.chosen_builder import docker_client
from layerscope.building.ending import Ending, Say
from layerscope.building.files import Files, directory_of, remove
from layerscope.building.froms import SCRATCH, external_bases, on_bases
from layerscope.building.images import ThrowAwayImages
from layerscope.building.ran import RealBuild, failed, steps_of
from layerscope.building.settings import Settings
from layerscope.context.visible import visible
from layerscope.cost.logs.rawjson import solve_status
from layerscope.docker.image_name import context_of_image
from layerscope.docker.step_names import parse_step_name
from layerscope.dockerfile.instructions import Copy
from layerscope.errors import InputError
from layerscope.graph.options import DEFAULT_NETWORK, BuildOptions
from layerscope.image.sources.engine import DEFAULT_CONTEXT

_DEFAULT_PLATFORM = BuildOptions().platform
_SECONDS_TO_CANCEL = 3.0


class BuildKitBuild:
    """Builds sides one after the other, all from one path: BuildKit keeps what it was sent from there.

    folder: a temporary directory of the run. context: the Docker context of the engine, None for the current one.
    """

    def __init__(
        self,
        images: ThrowAwayImages,
        folder: Path,
        settings: Settings,
        ending: Ending,
        say: Say,
        context: str | None = None,
    ) -> None:
        self._images, self._folder, self._settings = images, folder, settings
        self._say = say
        self._docker = docker_client()
        self._environment = _environment(folder / "buildx", context)
        self._run(["buildx", "version"])
        self._context = folder / "context"
        self._ending = ending
        self._altered: dict[str, bytes] = {}
        self._named_folders: dict[tuple[str, int], Path] = {}  # of named contexts, by their names and trees

    def build(self, side: Side, other: Side, name: str) -> RealBuild:
        """Build one side. other: the other one, of which a changed file's bytes are made. Raises InputError."""
        options = side.options
        bases = self._bases(side)
        shifted = {
            stage.origin.name or f"stage-{stage.index}"
            for stage in side.dockerfile.stages
            if bases.get(stage.index) == SCRATCH
        }
        stand_ins = {
            index: self._images.of(base, None if base == SCRATCH else options.bases.get(_full(base)))
            for index, base in bases.items()
        }
        self._point_to(self._laid_out(side, other, name))
        words = self._words(options, other.options, self._dockerfile(side, on_bases(side.dockerfile, stand_ins), name))
        code, log, said = self._build(words)
        if code != 0:
            raise failed(name, said)
        steps = steps_of(log)
        if shifted:
            only = len(side.dockerfile.stages) == 1
            steps = [(_unshifted(step, shifted, only), cached) for step, cached in steps]
        return RealBuild(dict(steps))

    def _bases(self, side: Side) -> dict[int, str]:
        """What is put in place of each stage's base. A linked copy is keyed as if it stood on scratch:
        where there is one, scratch stays, so that a step which equals it still does.
        """
        bases = external_bases(side.dockerfile, side.options)
        if links(side):
            return {index: base for index, base in bases.items() if base != SCRATCH}
        return bases

    def _laid_out(self, side: Side, other: Side, name: str) -> Path:
        if (directory := directory_of(side)) is not None:
            return Path(os.path.realpath(directory))
        target = self._folder / f"{name}-context"
        self._ending.then(str(target), lambda: remove(target) if target.exists() else None)
        Files(visible(side.tree, side.ignore), other.tree, side.reference, self._altered).lay_out(target)
        return target

    def _point_to(self, directory: Path) -> None:
        self._context.unlink(missing_ok=True)
        self._context.symlink_to(directory, target_is_directory=True)

    def _dockerfile(self, side: Side, text: str, name: str) -> Path:
        folder = self._folder / f"{name}-dockerfile"
        folder.mkdir()
        path = folder / "Dockerfile"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        own = path.with_name("Dockerfile.dockerignore")
        if directory_of(side) is None:
            own.write_bytes(b"")  # the rules were applied when the files were laid out
        elif side.ignore_file is not None and side.ignore_file != ".dockerignore":
            own.write_bytes(side.ignore.text.encode("utf-8", "surrogateescape"))
        return path

    def _words(self, options: BuildOptions, other: BuildOptions, dockerfile: Path) -> list[str]:
        words = ["buildx", "build", "--progress=rawjson", "--output=type=cacheonly", "-f", str(dockerfile)]
        # Caches that a RUN mounts are the user's: the run gets some of its own.
        words.append(f"--build-arg=BUILDKIT_CACHE_MOUNT_NS=layerscope-{self._images.run}")
        words += [f"--build-arg={name}={value}" for name, value in options.build_args.items()]
        words += [f"--build-context={name}={self._named(name, options, other)}" for name in options.named_contexts]
        if options.target is not None:
            words.append(f"--target={options.target}")
        if options.platform != _DEFAULT_PLATFORM:
            words.append(f"--platform={options.platform}")
        if options.no_cache:
            words.append("--no-cache")
        if options.no_cache_filter:
            words.append(f"--no-cache-filter={','.join(sorted(options.no_cache_filter))}")
        words += _of_runs(options)
        words += [f"--secret={secret}" for secret in self._settings.secrets]
        words += [f"--ssh={agent}" for agent in self._settings.ssh]
        return [*words, str(self._context)]

    def _named(self, name: str, options: BuildOptions, other: BuildOptions) -> str:
        """The value of a --build-context. other: of the other side, whose contexts have the bytes of changed files."""
        given = options.named_contexts[name]
        if given.image is not None:
            return context_of_image(self._images.of(given.image, options.bases.get(_full(given.image))))
        assert given.tree is not None
        of = name, id(given.tree)
        target = self._named_folders.get(of)
        if target is None:
            target = self._named_folders[of] = self._folder / f"named-{len(self._named_folders)}"
            self._ending.then(str(target), lambda: remove(target) if target.exists() else None)
            there = other.named_contexts.get(name, given).tree or given.tree
            Files(given.tree, there, name, self._altered).lay_out(target)
        return str(target)

    def _run(self, words: list[str]) -> None:
        done = subprocess.run(
            [self._docker, *words], capture_output=True, check=False, stdin=subprocess.DEVNULL, env=self._environment
        )
        if done.returncode != 0:
            raise InputError("docker has no buildx: install the docker-buildx plugin, or verify with --builder classic")

    def _build(self, words: list[str]) -> tuple[int, bytes, list[str]]:
        """The exit status, the log, and the lines of it that are no progress."""
        process = subprocess.Popen(
            [self._docker, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=self._environment,
            start_new_session=True,  # an interrupt reaches it through us, once
        )
        log: list[bytes] = []
        said: list[str] = []
        assert process.stderr is not None
        try:
            for line in process.stderr:
                log.append(line)
                if not line.startswith(b"{"):
                    said.append(line.decode(errors="replace").rstrip())
                elif self._settings.verbose:
                    self._tell(line.decode(errors="replace"))
            return process.wait(), b"".join(log), said
        except BaseException:
            _cancel(process)
            raise
        finally:
            process.stderr.close()

    def _tell(self, line: str) -> None:
        status = solve_status(line)
        if status is None:
            return
        for vertex in status.vertices():
            if vertex.completed is not None:
                self._say(f"  {vertex.name}{' (cached)' if vertex.cached else ''}")
        for part in status.output():
            self._say(f"    {part}")


def _of_runs(options: BuildOptions) -> list[str]:
    """The flags that reach RUNs."""
    words = [] if options.network == DEFAULT_NETWORK else [f"--network={options.network}"]
    words += [f"--add-host={host.name}={host.address}" for host in options.add_hosts]
    words += [f"--shm-size={options.shm_size}"] if options.shm_size else []
    words += [f"--ulimit={limit.name}={limit.soft}:{limit.hard}" for limit in options.ulimits]
    return [*words, *([f"--cgroup-parent={options.cgroup_parent}"] if options.cgroup_parent else [])]


def links(side: Side) -> bool:
    """Whether the Dockerfile has a linked copy."""
    return any(isinstance(i, Copy) and i.link for stage in side.dockerfile.stages for i in stage.instructions)


def _full(base: str) -> str:
    from layerscope.graph.names import normalized

    return normalized(base)


def _unshifted(name: str, stages: set[str], only: bool) -> str:
    """The name of a step as it is on scratch, which prints no FROM row: one number less."""
    step = parse_step_name(name)
    position = step.position
    if position is None or not (step.stage in stages or (only and not step.stage)):
        return name
    total = str(position.total - 1)
    stage = f"{step.stage} " if step.stage else ""
    return f"[{stage}{position.number - 1:>{len(total)}}/{total}] {step.instruction}"


def _environment(config: Path, context: str | None) -> dict[str, str]:
    """The user's own, but for the builder: the engine's own BuildKit, and no trace among the user's builders."""
    own = {"BUILDX_BUILDER", "DOCKER_BUILDKIT"}
    if context is not None and context != DEFAULT_CONTEXT:
        own.add("DOCKER_HOST")  # goes before any context
    environment = {name: value for name, value in os.environ.items() if name not in own}
    if context is not None:
        environment["DOCKER_CONTEXT"] = context
    return environment | {
        "BUILDX_CONFIG": str(config),
        "BUILDX_GIT_INFO": "false",
        "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
        "DOCKER_CLI_HINTS": "false",
    }


def _cancel(process: subprocess.Popen[bytes]) -> None:
    """Interrupt docker and its plugin, as a terminal would."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(_SECONDS_TO_CANCEL)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
