"""The container config of the classic builder while a stage is built, and the named parts a step is looked up by."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from layerscope.dockerfile.expand import expand
from layerscope.dockerfile.instructions import Arg, Shell
from layerscope.graph.key_parts import BUILD_ARGUMENTS, ENVIRONMENT, PROXY, USER, WORKING_DIRECTORY, Definition, KeyPart
from layerscope.graph.options import BaseImage
from layerscope.graph.stage_config import DEFAULT_SHELL
from layerscope.values import Entity, field, replace

BASE = KeyPart("base")
COMMAND = KeyPart("command")
SHELL = KeyPart("shell", Shell)
TRIGGERS = KeyPart("triggers")
METADATA = KeyPart("metadata")


class ClassicConfig(Entity):
    """A config while its stage is built.

    args: declared ARGs of this stage that have a value. proxies: those that need no ARG.
    labels, ports, volumes: None where no instruction sets any.
    containers: what is said of containers (CMD, ENTRYPOINT, HEALTHCHECK, STOPSIGNAL), by keyword.
    """

    escape: str = "\\"
    env: dict[str, str] = field(default_factory=dict)
    args: dict[str, str] = field(default_factory=dict)
    proxies: dict[str, str] = field(default_factory=dict)
    workdir: str = ""
    user: str = ""
    shell: tuple[str, ...] = ()
    onbuild: tuple[str, ...] = ()
    labels: dict[str, str] | None = None
    ports: frozenset[str] | None = None
    volumes: frozenset[str] | None = None
    containers: dict[str, Hashable] = field(default_factory=dict)

    @classmethod
    def of_image(cls, image: BaseImage, escape: str) -> ClassicConfig:
        return cls(escape, dict(image.env), workdir=image.workdir, user=image.user, shell=image.shell)

    def child(self) -> ClassicConfig:
        """What a stage that stands on this one begins with: no ARG values, and the triggers are used up."""
        return replace(self, env=dict(self.env), args={}, onbuild=(), containers=dict(self.containers))

    def declare(self, arg: Arg, given: Mapping[str, str], global_args: Mapping[str, str]) -> None:
        before = dict(self.args)  # all defaults of one ARG see the values from before it
        for name, default in arg.pairs:
            if name in given:
                self.args[name] = given[name]
            elif default is not None:
                self.args[name] = expand(default, before | self.env)
            elif name in global_args:
                self.args[name] = global_args[name]

    @property
    def values(self) -> dict[str, str]:
        """What variables stand for: ENV wins over ARG."""
        return self.proxies | self.args | self.env

    def parts_of_command(self, command: Hashable) -> Definition:
        """What a RUN is looked up by: also by the ARGs that reach it.

        Of the proxies that no ARG declares it counts only that there is one, whichever and of whatever value
        (`prependEnvOnCmd`).
        """
        arguments = tuple(item for item in sorted(self.args.items()) if item[0] not in self.env)
        return self.parts(command, arguments, proxied=not arguments and bool(self.proxies.keys() - self.env.keys()))

    def word(self, text: str) -> str:
        """A word with its variables expanded. Raises ExpansionError."""
        return expand(text, self.values, escape=self.escape)

    def command_line(self, command: tuple[str, ...], *, json_form: bool) -> tuple[str, ...]:
        return command if json_form else (*(self.shell or DEFAULT_SHELL), *command)

    def parts(
        self, command: Hashable, arguments: tuple[tuple[str, str], ...] = (), *, proxied: bool = False
    ) -> Definition:
        """What a step is looked up by. command: of its container, or the text that says what it does."""
        return (
            (COMMAND, command),
            (BUILD_ARGUMENTS, arguments),
            (PROXY, proxied),
            (ENVIRONMENT, tuple(self.env.items())),
            (WORKING_DIRECTORY, self.workdir),
            (USER, self.user),
            (SHELL, self.shell),
            (TRIGGERS, self.onbuild),
            (METADATA, self._metadata()),
        )

    def _metadata(self) -> Hashable:
        found = dict(self.containers)
        if self.labels is not None:
            found["labels"] = tuple(sorted(self.labels.items()))
        if self.ports is not None:
            found["ports"] = tuple((port, True) for port in sorted(self.ports))
        if self.volumes is not None:
            found["volumes"] = tuple(sorted(self.volumes))
        return tuple(sorted(found.items()))
