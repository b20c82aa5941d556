"""What each instruction makes of the classic builder's config, and the text of its step (its `#(nop)` command)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias

from layerscope.context.tree import cleaned
from layerscope.dockerfile.expand import expand_words
from layerscope.dockerfile.instructions import (
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from layerscope.graph.classic.config import ClassicConfig
from layerscope.graph.key_parts import Definition
from layerscope.graph.stage_config import changed_directory
from layerscope.graph.value_checks import check_ports, check_signal, check_volumes
from layerscope.values import assert_never

_OfSteps: TypeAlias = Env | Workdir | User | Shell | Onbuild
_OfContainers: TypeAlias = Cmd | Entrypoint | Label | Expose | Volume | Stopsignal | Healthcheck


def classic_probe(instruction: Instruction, config: ClassicConfig) -> Definition:
    """Change the config as the instruction does, and give the parts its step is looked up by.

    Raises ValueError where the classic builder refuses the instruction.
    """
    if isinstance(instruction, Run):
        return config.parts_of_command(("RUN", _command(instruction, config)))
    return config.parts((instruction.keyword, *_nop(instruction, config)))


def _command(run: Run, config: ClassicConfig) -> tuple[str, ...]:
    if run.mounts or run.network or run.security or run.devices:
        raise ValueError("the --mount, --network, --security and --device options require BuildKit")
    return config.command_line(run.command, json_form=run.json_form)


def _nop(instruction: Instruction, config: ClassicConfig) -> tuple[Hashable, ...]:
    """The words after the keyword in canonical form; the config is changed on the way."""
    word = config.word
    match instruction:
        case Copy():
            return word(instruction.chown), word(instruction.destination)
        case Arg():
            return (tuple((n, None if default is None else word(default)) for n, default in instruction.pairs),)
        case Env() | Workdir() | User() | Shell() | Onbuild():
            return (_for_steps(instruction, config),)
        case Cmd() | Entrypoint() | Label() | Expose() | Volume() | Stopsignal() | Healthcheck():
            return (_for_containers(instruction, config),)
        case Maintainer():
            return (instruction.maintainer,)
        case _:
            return (instruction.text,)


def _for_steps(instruction: _OfSteps, config: ClassicConfig) -> Hashable:
    """What counts for the steps below, and in a stage or image that begins with this one."""
    match instruction:
        case Env():
            pairs = tuple((config.word(name), config.word(value)) for name, value in instruction.pairs)
            config.env.update(pairs)
            said: Hashable = pairs
        case Workdir():
            path = config.word(instruction.path)
            if not path:
                raise ValueError("WORKDIR of nothing")
            said = config.workdir = cleaned(changed_directory(config.workdir, path))
        case User():
            said = config.user = config.word(instruction.user)
        case Shell():
            said = config.shell = instruction.command
        case Onbuild():
            said = instruction.trigger
            config.onbuild = (*config.onbuild, instruction.trigger)
        case other:
            assert_never(other)
    return said


def _for_containers(instruction: _OfContainers, config: ClassicConfig) -> Hashable:
    """What counts for the containers of the image."""
    match instruction:
        case Cmd() | Entrypoint():
            said: Hashable = config.command_line(instruction.command, json_form=instruction.json_form)
        case Stopsignal():
            said = signal = config.word(instruction.signal)
            check_signal(signal)
        case Healthcheck():
            said = (instruction.kind, instruction.command, instruction.options)
        case Label():
            pairs = tuple((config.word(name), config.word(value)) for name, value in instruction.pairs)
            config.labels = {**(config.labels or {}), **dict(pairs)}
            return pairs
        case Expose():
            return _exposed(instruction, config)
        case Volume():
            paths = tuple(map(config.word, instruction.paths))
            check_volumes(paths)
            config.volumes = frozenset({*(config.volumes or ()), *paths})
            return paths
        case other:
            assert_never(other)
    config.containers[instruction.keyword] = said
    return said


def _exposed(expose: Expose, config: ClassicConfig) -> tuple[str, ...]:
    values, escape = config.values, config.escape
    ports = tuple(found for port in expose.ports for found in expand_words(port, values, escape=escape))
    check_ports(ports)
    full = (port if "/" in port else f"{port}/tcp" for port in ports)
    config.ports = frozenset({*(config.ports or ()), *full})
    return ports
