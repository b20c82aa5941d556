"""What a command line builds: per target the context, the Dockerfile and the options, as its own tool reads them."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from layerscope.docker.image_name import image_of_context
from layerscope.errors import InputError
from layerscope.graph.buildkit.builder import BuildKit
from layerscope.graph.classic.builder import Classic
from layerscope.graph.options import BuildOptions
from layerscope.inputs.options import build_options
from layerscope.recording.command import BAKE, BUILD, BuildCommand
from layerscope.recording.run_flags import FlagsOfRuns, flags_of_definition
from layerscope.values import Value

_SECONDS = 120
DEFAULT = "default"
_SYSTEMS = frozenset({"linux", "windows", "darwin", "freebsd"})


class Target(Value):
    """One build of a command. file: the Dockerfile's path, None for the default. inline: its text in place of a file.

    not_recorded: why its inputs cannot be recorded, in words; None where they can. asked_platform: the one that it was
    told to build for, "" where none was or several were.
    """

    name: str
    context: str
    file: str | None = None
    inline: str | None = None
    options: BuildOptions = BuildOptions()
    not_recorded: str | None = None
    asked_platform: str = ""


def read_targets(command: BuildCommand, environment: Mapping[str, str], *, classic: bool) -> tuple[Target, ...]:
    """The targets of a command. Raises InputError, saying why, where its own tool cannot tell them."""
    if command.kind == BUILD:
        return (_build_target(command, environment, Classic.name if classic else BuildKit.name),)
    if command.kind == BAKE:
        words = (*command.words[: command.at], "--print", *command.words[command.at :])
        document = _printed(words, environment)
        return tuple(_bake_target(name, given) for name, given in _section(document, "target").items())
    document = _printed((*command.compose, "config", "--format", "json"), environment)
    wanted = command.arguments
    return tuple(
        _compose_target(name, service["build"], command, environment)
        for name, service in _section(document, "services").items()
        if isinstance(service, dict) and service.get("build") and (not wanted or name in wanted)
    )


def _build_target(command: BuildCommand, environment: Mapping[str, str], builder: str) -> Target:
    context = command.context
    if context is None:
        return Target(DEFAULT, "", not_recorded="the build has no one context")
    named = dict(_pair(text) for text in command.values("build-context"))
    chosen = command.last("platform") or environment.get("DOCKER_DEFAULT_PLATFORM")
    return _target(
        DEFAULT,
        context,
        command.last("file"),
        arguments=_arguments(command.values("build-arg"), environment),
        contexts=named,
        target=command.last("target"),
        platforms=[chosen] if chosen else [],
        builder=builder,
        no_cache=command.has("no-cache"),
        no_cache_filter=command.values("no-cache-filter"),
        of_runs=FlagsOfRuns(
            command.last("network") or "",
            tuple(command.values("add-host")),
            command.last("shm-size") or "",
            tuple(command.values("ulimit")),
            command.last("cgroup-parent") or "",
        ),
    )


def _bake_target(name: str, given: dict[str, Any]) -> Target:
    context = str(given.get("context") or ".").removeprefix("cwd://")
    file = given.get("dockerfile")
    if isinstance(file, str):
        file = file.removeprefix("cwd://") if file.startswith("cwd://") else str(Path(context) / file)
    return _target(
        name,
        context,
        file,
        given.get("dockerfile-inline"),
        arguments={key: str(value) for key, value in (given.get("args") or {}).items() if value is not None},
        contexts=given.get("contexts") or {},
        target=given.get("target"),
        platforms=given.get("platforms") or [],
        no_cache=given.get("no-cache") is True,
        no_cache_filter=given.get("no-cache-filter") or [],
        of_runs=flags_of_definition(
            given.get("network"), given.get("extra-hosts"), given.get("shm-size"), given.get("ulimits")
        ),
    )


def _compose_target(name: str, build: dict[str, Any], command: BuildCommand, environment: Mapping[str, str]) -> Target:
    context = str(build.get("context") or ".")
    file = build.get("dockerfile")
    given = {key: str(value) for key, value in (build.get("args") or {}).items() if value is not None}
    return _target(
        name,
        context,
        str(Path(context) / file) if isinstance(file, str) else None,
        build.get("dockerfile_inline"),
        arguments={**given, **_arguments(command.values("build-arg"), environment)},
        contexts=build.get("additional_contexts") or {},
        target=build.get("target"),
        platforms=build.get("platforms") or [],
        no_cache=build.get("no_cache") is True or command.has("no-cache"),
        of_runs=flags_of_definition(
            build.get("network"), build.get("extra_hosts"), build.get("shm_size"), build.get("ulimits")
        ),
    )


def _target(
    name: str,
    context: str,
    file: str | None,
    inline: str | None = None,
    *,
    arguments: Mapping[str, str],
    contexts: Mapping[str, str],
    target: str | None,
    platforms: list[str],
    builder: str = BuildKit.name,
    no_cache: bool = False,
    no_cache_filter: Iterable[str] = (),
    of_runs: FlagsOfRuns,
) -> Target:
    if "://" in context or context.startswith("git@"):
        return Target(name, context, not_recorded="its context is no directory of this machine")
    for key, value in contexts.items():
        if not _is_at_hand(value):
            return Target(name, context, not_recorded=f"its context {key} is no directory of this machine")
    asked = _in_full(platforms[0].split(",")[0]) if platforms else _own_platform()
    try:
        options = build_options(
            builder=builder,
            target=target or None,
            build_args=arguments,
            build_contexts={key.lower(): value for key, value in contexts.items()},
            platform=asked,
            no_cache=no_cache,
            no_cache_filter=no_cache_filter,
            network=of_runs.network,
            add_hosts=of_runs.add_hosts,
            shm_size=of_runs.shm_size,
            ulimits=of_runs.ulimits,
            cgroup_parent=of_runs.cgroup_parent,
        )
    except InputError as error:
        return Target(name, context, not_recorded=str(error))
    several = len(platforms) > 1 or "," in "".join(platforms)
    return Target(name, context, file, inline, options, asked_platform=asked if platforms and not several else "")


def _is_at_hand(context: str) -> bool:
    """Whether a named context is an image or a directory of this machine."""
    if image_of_context(context) is not None:
        return True
    elsewhere = "://" in context or context.startswith(("target:", "service:", "git@"))
    return not elsewhere and Path(context).is_dir()


def _arguments(given: list[str], environment: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if equals or name in environment:
            values[name] = value if equals else environment[name]
    return values


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _own_platform() -> str:
    machine = platform.machine().lower()
    known = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    return f"linux/{known[machine]}" if machine in known else BuildOptions().platform


def _in_full(asked: str) -> str:
    """Docker takes an OS or an architecture alone, too: the other is the builder's own."""
    if "/" in asked:
        return asked
    system, _, architecture = _own_platform().partition("/")
    return f"{asked}/{architecture}" if asked.lower() in _SYSTEMS else f"{system}/{asked}"


def _section(document: Mapping[str, Any], key: str) -> dict[str, dict[str, Any]]:
    section = document.get(key)
    return section if isinstance(section, dict) else {}


def _printed(words: tuple[str, ...], environment: Mapping[str, str]) -> dict[str, Any]:
    """The JSON document that a definition is printed as. Raises InputError with what the tool said."""
    try:
        done = subprocess.run(
            words, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(str(error), words[0]) from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise InputError(said[-1], " ".join(words[:3]))
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InputError("printed no definition", " ".join(words[:3]))
    return document
