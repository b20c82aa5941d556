"""The container config of the classic builder: what each instruction makes of it, and the text of its step."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from layerscope.context.tree import cleaned
from layerscope.dockerfile.expand import expand, expand_words
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
from layerscope.graph.buildkit.stage_state import DEFAULT_SHELL, StageState
from layerscope.graph.options import BaseImage
from layerscope.graph.value_checks import check_ports, check_signal, check_volumes
from layerscope.values import Entity, field, replace

Parts = tuple[tuple[str, Hashable], ...]
_PROXIES = frozenset(
    name for base in ("http", "https", "ftp", "no", "all") for name in (f"{base}_proxy", f"{base}_proxy".upper())
)


class ClassicConfig(Entity):
    """A config while its stage is built. args: declared ARGs of this stage that have a value."""

    env: dict[str, str] = field(default_factory=dict)
    args: dict[str, str] = field(default_factory=dict)
    workdir: str = ""
    user: str = ""
    shell: tuple[str, ...] = ()
    onbuild: tuple[str, ...] = ()
    metadata: dict[str, Hashable] = field(default_factory=dict)

    @classmethod
    def of_image(cls, image: BaseImage) -> ClassicConfig:
        return cls(dict(image.env), workdir=image.workdir, user=image.user, shell=image.shell)

    def child(self) -> ClassicConfig:
        """What a stage that stands on this one begins with: no ARG values, and the triggers are used up."""
        return replace(self, env=dict(self.env), args={}, onbuild=(), metadata=dict(self.metadata))

    def declare(self, arg: Arg, given: Mapping[str, str], global_args: Mapping[str, str]) -> None:
        before = dict(self.args)  # all defaults of one ARG see the values from before it
        for name, default in arg.pairs:
            if name in given:
                self.args[name] = given[name]
            elif default is not None:
                self.args[name] = expand(default, before | self.env)
            elif name in global_args:
                self.args[name] = global_args[name]

    def word(self, text: str, escape: str) -> str:
        """ENV wins over ARG."""
        return expand(text, self.args | self.env, escape=escape)

    def parts(self, command: Hashable) -> Parts:
        return (
            ("command", command),
            ("environment", tuple(self.env.items())),
            ("working directory", self.workdir),
            ("user", self.user),
            ("shell", self.shell),
            ("triggers", self.onbuild),
            ("metadata", tuple(sorted(self.metadata.items()))),
        )


def classic_probe(instruction: Instruction, config: ClassicConfig, escape: str) -> Parts:
    """Change the config as the instruction does, and give the parts its step is looked up by.

    Raises ValueError where the classic builder refuses the instruction.
    """
    if isinstance(instruction, Run):
        return _run(instruction, config)
    return config.parts(_nop(instruction, config, escape))


def _run(run: Run, config: ClassicConfig) -> Parts:
    if run.mounts or run.network or run.security or run.devices:
        raise ValueError("the --mount, --network, --security and --device options require BuildKit")
    argv = run.command if run.json_form else (*(config.shell or DEFAULT_SHELL), *run.command)
    values = tuple(f"{name}={value}" for name, value in sorted(config.args.items()) if name not in config.env)
    command = (f"|{len(values)}", *values, *argv) if values else argv
    return config.parts(("RUN", command))


def _nop(instruction: Instruction, config: ClassicConfig, escape: str) -> Hashable:
    """The `#(nop)` text of an instruction in canonical form; the config is changed on the way."""

    def words(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(config.word(value, escape) for value in values)

    keyword = instruction.keyword
    if isinstance(instruction, Copy):
        return keyword, config.word(instruction.chown, escape), config.word(instruction.destination, escape)
    if isinstance(instruction, Env):
        pairs = tuple((config.word(name, escape), config.word(value, escape)) for name, value in instruction.pairs)
        config.env.update(pairs)
        return keyword, pairs
    if isinstance(instruction, Arg):
        return keyword, tuple(
            (name, None if default is None else config.word(default, escape)) for name, default in instruction.pairs
        )
    if isinstance(instruction, Label):
        pairs = tuple((config.word(name, escape), config.word(value, escape)) for name, value in instruction.pairs)
        config.metadata["labels"] = tuple(sorted({**dict(_pairs(config, "labels")), **dict(pairs)}.items()))
        return keyword, pairs
    if isinstance(instruction, Workdir):
        state = StageState("", 0, 0, directory=config.workdir)
        path = config.word(instruction.path, escape)
        if not path:
            raise ValueError("WORKDIR of nothing")
        state.change_directory(path)
        config.workdir = cleaned(state.directory)
        return keyword, config.workdir
    if isinstance(instruction, User):
        config.user = config.word(instruction.user, escape)
        return keyword, config.user
    if isinstance(instruction, Shell):
        config.shell = instruction.command
        return keyword, instruction.command
    if isinstance(instruction, Cmd | Entrypoint):
        shell = config.shell or DEFAULT_SHELL
        argv = instruction.command if instruction.json_form else (*shell, *instruction.command)
        config.metadata[keyword] = argv
        return keyword, argv
    if isinstance(instruction, Expose):
        ports = tuple(
            found for port in instruction.ports for found in expand_words(port, config.args | config.env, escape=escape)
        )
        check_ports(ports)
        known = dict(_pairs(config, "ports"))
        known.update((port if "/" in port else f"{port}/tcp", True) for port in ports)
        config.metadata["ports"] = tuple(sorted(known.items()))
        return keyword, ports
    if isinstance(instruction, Volume):
        paths = words(instruction.paths)
        check_volumes(paths)
        config.metadata["volumes"] = tuple(sorted({*dict(_pairs(config, "volumes")), *paths}))
        return keyword, paths
    if isinstance(instruction, Stopsignal):
        signal = config.word(instruction.signal, escape)
        check_signal(signal)
        config.metadata[keyword] = signal
        return keyword, config.metadata[keyword]
    if isinstance(instruction, Healthcheck):
        config.metadata[keyword] = (instruction.kind, instruction.command, instruction.options)
        return keyword, config.metadata[keyword]
    if isinstance(instruction, Onbuild):
        config.onbuild = (*config.onbuild, instruction.trigger)
        return keyword, instruction.trigger
    if isinstance(instruction, Maintainer):
        return keyword, instruction.maintainer
    return keyword, instruction.text


def _pairs(config: ClassicConfig, name: str) -> dict[str, Hashable]:
    value = config.metadata.get(name, ())
    assert isinstance(value, tuple)
    return dict(value) if name != "volumes" else dict.fromkeys(value)
