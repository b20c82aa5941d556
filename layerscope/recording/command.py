"""The command line of a build as docker takes it: which builder it starts, and what it says of the build's inputs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from layerscope.errors import InputError
from layerscope.values import Value

BUILD, BAKE, COMPOSE = "build", "bake", "compose"

# Flags that take a value, of docker itself and of the commands (docker 28, buildx 0.29, compose 2.40).
_DOCKER = frozenset({"config", "context", "host", "log-level", "tlscacert", "tlscert", "tlskey", "c", "H", "l"})
_BUILDX = frozenset({"builder"})
_COMPOSE = frozenset(
    {"ansi", "env-file", "file", "parallel", "profile", "progress", "project-directory", "project-name"}
) | {"workdir", "f", "p"}
_COMPOSE_BUILD_FLAGS = frozenset({"build-arg", "builder", "memory", "progress", "provenance", "sbom", "ssh", "m"})
_BAKE_FLAGS = frozenset(
    {"allow", "builder", "call", "file", "metadata-file", "progress", "provenance", "sbom", "set", "list"}
) | {"var", "f"}
_BUILD_FLAGS = (
    frozenset({"add-host", "allow", "annotation", "attest", "build-arg", "build-context", "builder", "cache-from"})
    | {"cache-to", "call", "cgroup-parent", "cpu-period", "cpu-quota", "cpu-shares", "cpuset-cpus", "cpuset-mems"}
    | {"file", "iidfile", "invoke", "isolation", "label", "memory", "memory-swap", "metadata-file", "network"}
    | {"no-cache-filter", "output", "platform", "policy", "print", "progress", "provenance", "sbom", "secret"}
    | {"security-opt", "shm-size", "ssh", "tag", "target", "ulimit", "c", "f", "m", "o", "t"}
)
_SHORT = {"f": "file", "t": "tag", "o": "output", "q": "quiet", "p": "project-name", "H": "host", "m": "memory"}
_EXPECTED = "docker build, docker buildx build, docker buildx bake or docker compose build"


class Flag(Value):
    """One flag of a command line: its long name without dashes, and its value (None for a switch)."""

    name: str
    value: str | None


class BuildCommand(Value):
    """A command that builds.

    words: all of it, `at` of which come before the command's own flags. docker: the first of them, which make any
    docker command talk to the same engine. kind: build, bake or compose. flags: of the command and of what stands
    before it. classic: whether the classic builder was asked for.
    """

    words: tuple[str, ...]
    docker: tuple[str, ...]
    at: int
    kind: str
    flags: tuple[Flag, ...]
    arguments: tuple[str, ...]
    classic: bool = False

    def values(self, name: str) -> list[str]:
        """The values of a flag, in the order given."""
        return [flag.value for flag in self.flags if flag.name == name and flag.value is not None]

    def last(self, name: str) -> str | None:
        """The value of a flag that counts once: the last."""
        return next(reversed(self.values(name)), None)

    def has(self, name: str) -> bool:
        """Whether a switch is on: `--name` or `--name=true`."""
        given = [flag.value for flag in self.flags if flag.name == name]
        return bool(given) and (given[-1] or "true").lower() in {"1", "t", "true"}

    @property
    def buildx(self) -> tuple[str, ...]:
        """The words that make any buildx command talk to the same engine."""
        return self.docker if _program(self.docker[0]) == "docker-buildx" else (*self.docker, "buildx")

    @property
    def engine(self) -> tuple[str, ...]:
        """The words that make any other docker command talk to the same engine."""
        return self.docker if self.docker[0] == self.words[0] == "docker" else ("docker",)

    @property
    def compose(self) -> tuple[str, ...]:
        """The words that make any compose command use the same project: all before `build`."""
        return self.words[: self.at - 1]

    @property
    def context(self) -> str | None:
        """The build context of `docker build`; None where there is not exactly one."""
        return self.arguments[0] if self.kind == BUILD and len(self.arguments) == 1 else None

    @property
    def uses_standard_input(self) -> bool:
        return self.context == "-" or (self.kind == BUILD and self.last("file") == "-")

    def with_flags(self, *flags: str) -> tuple[str, ...]:
        """All words, with more flags for the command."""
        return (*self.words[: self.at], *flags, *self.words[self.at :])


def read_command(words: Sequence[str], environment: Mapping[str, str] | None = None) -> BuildCommand:
    """What a command line builds. Raises InputError for one that is no build."""
    environment = os.environ if environment is None else environment
    if not words:
        raise InputError(f"name the build to run: -- {_EXPECTED}")
    at, docker = 1, 0
    path: list[str] = []
    outer: list[Flag] = []
    program = _program(words[0])
    if program in {"docker-compose", "docker-buildx"}:
        path.append(program.removeprefix("docker-"))
        docker = 1
    elif program != "docker":
        raise InputError(f"can be recorded: {_EXPECTED}", words[0])
    while at < len(words):
        takes = _DOCKER if not path else _COMPOSE if path[0] == "compose" else _BUILDX
        if words[at].startswith("-"):
            flags, used = _flag(words, at, takes)
            outer += flags
            at += used
            continue
        docker = docker or at
        path.append(words[at])
        at += 1
        found = _kind(path)
        if found is not None:
            classic = found == BUILD and path[0] != "buildx" and _is_off(environment.get("DOCKER_BUILDKIT"))
            flags, arguments = _own(words, at, found)
            own = tuple(words)
            return BuildCommand(own, own[:docker], at, found, (*outer, *flags), tuple(arguments), classic)
        if len(path) > 1 or path[0] not in {"buildx", "compose", "image", "builder"}:
            break
    raise InputError(f"is no build: what can be recorded is {_EXPECTED}", " ".join([program, *path]))


def _kind(path: list[str]) -> str | None:
    if path in (["build"], ["image", "build"], ["builder", "build"], ["buildx", "build"], ["buildx", "b"]):
        return BUILD
    if path in (["buildx", "bake"], ["buildx", "f"]):
        return BAKE
    return COMPOSE if path == ["compose", "build"] else None


def _own(words: Sequence[str], at: int, kind: str) -> tuple[list[Flag], list[str]]:
    """The command's own flags and arguments, which may stand in any order."""
    takes = {BUILD: _BUILD_FLAGS, BAKE: _BAKE_FLAGS, COMPOSE: _COMPOSE_BUILD_FLAGS}[kind]
    flags: list[Flag] = []
    arguments: list[str] = []
    rest = at
    while rest < len(words):
        word = words[rest]
        if word == "--":
            arguments += words[rest + 1 :]
            break
        if word.startswith("-") and word != "-":
            found, used = _flag(words, rest, takes)
            flags += found
            rest += used
        else:
            arguments.append(word)
            rest += 1
    return flags, arguments


def _program(word: str) -> str:
    return PurePath(word).name.removesuffix(".exe")


def _is_off(value: str | None) -> bool:
    return value is not None and value.lower() in {"0", "f", "false"}


def _flag(words: Sequence[str], at: int, takes: frozenset[str]) -> tuple[list[Flag], int]:
    """The flags of one word, and how many words they take: `--name=value`, `--name value`, `-qf FILE`, `-fFILE`."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else None
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        if equals:
            return [Flag(name, value)], 1
        if name in takes:
            return [Flag(name, following)], 2
        return [Flag(name, None)], 1
    flags: list[Flag] = []
    for index, letter in enumerate(word[1:], 2):
        name = _SHORT.get(letter, letter)
        if letter in takes:
            value = word[index:]
            flags.append(Flag(name, value.removeprefix("=") if value else following))
            return flags, 1 if value else 2
        flags.append(Flag(name, None))
    return flags, 1
