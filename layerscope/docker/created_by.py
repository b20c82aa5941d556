"""What a history entry's `created_by` says: the instruction behind a layer, in the dialects builders write.

BuildKit writes `RUN `, the build arguments in scope (`|2 A=1 B=2 `), the shell, the command and ` # buildkit`; the
classic builder the arguments, shell and command alone, and before all other instructions the shell and `#(nop)`.
buildah writes as the classic builder does, always with `/bin/sh -c`; kaniko the instruction as the Dockerfile has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

from layerscope.values import Value, replace

LAYER_KEYWORDS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})
"""The instructions that may make a layer."""

_METADATA = frozenset(
    {"ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD"}
    | {"SHELL", "STOPSIGNAL", "USER", "VOLUME"}
)
_KEYWORDS = LAYER_KEYWORDS | _METADATA | {"FROM"}
_BUILDKIT_SUFFIX = " # buildkit"
_NOP = re.compile(r"(?P<shell>\S.*?) #\(nop\)\s+(?P<body>.*)", re.DOTALL)
_ARGUMENTS = re.compile(r"\|(\d{1,4}) ")
_SHELL_LIST = re.compile(r"SHELL \[(.+)\]", re.DOTALL)
_OPTION = r"(?:-[a-zA-Z]*o \w+|[-+][a-zA-Z]+|--[a-z-]+) "
_WITH_COMMAND = r"-(?:[a-zA-Z]*c[a-z]*o \w+|[a-zA-Z]*c[a-z]*) "
_SH = rf"(?:ba|da|a|k|mk|z|fi)?sh (?:{_OPTION})*?{_WITH_COMMAND}"  # `bash -euxo pipefail -c `
_CMD = r"(?i:(?:\S*\\)?cmd(?:\.exe)? (?:/[a-z] )*/[ck] )"
# Microsoft's own Dockerfiles set preferences after `-Command`, as a part of SHELL.
_POWERSHELL = (
    r"(?i:(?:\S*[\\/])?(?:powershell|pwsh)(?:\.exe)? (?:-(?:ExecutionPolicy|Version) \w+ |-No\w+ )*"
    r"(?:-Command|-c) (?:\$\w+Preference ?= ?'\w+'; ?)*)"
)
_SHELL_BY_PATH = re.compile(rf"(?:/\S*/env )?/\S*/{_SH}|{_CMD}|{_POWERSHELL}")
_ANY_SHELL = re.compile(rf"(?:(?:/\S*/)?(?:env|busybox) )?(?:/\S*/)?{_SH}|{_CMD}|{_POWERSHELL}")


class Dialect(Enum):
    """How an entry words its instruction."""

    BUILDKIT = "buildkit"  # `COPY . . # buildkit`, `ENV A=b`, and kaniko's
    CLASSIC = "classic"  # `/bin/sh -c #(nop) COPY file:… in /`, and buildah's
    OTHER = "other"  # no instruction: an import, a commit, another tool


class CreatedBy(Value):
    """keyword: `RUN`, `COPY`, …; empty where the entry names no instruction (an import, a commit, another tool).

    text: the instruction as one would write it, as far as the entry tells (mounts and `--link` are never there;
    the classic builder keeps a hash in place of COPY's sources). shell: what ran a RUN's command, `/bin/bash -c`.
    """

    keyword: str
    text: str
    dialect: Dialect
    shell: str = ""

    @property
    def may_make_layer(self) -> bool:
        return self.keyword in LAYER_KEYWORDS

    @property
    def is_metadata(self) -> bool:
        """Whether it only changes the image's config."""
        return self.keyword in _METADATA


def parse_created_by(created_by: str, shell: str = "") -> CreatedBy:
    """Read one entry; evidence, not truth: any tool may have written anything.

    shell: of the last SHELL instruction before it; without one the shells are known that people use.
    """
    text = created_by.strip()
    nop = _NOP.fullmatch(text)
    if nop and _is_shell(nop["shell"], shell, nop["body"]):
        return CreatedBy(_keyword(nop["body"]), nop["body"].strip(), Dialect.CLASSIC)
    by_buildkit = text.endswith(_BUILDKIT_SUFFIX)
    body = text.removesuffix(_BUILDKIT_SUFFIX).rstrip()
    # First, for `cmd /S /C …` is no CMD.
    run = _run(body, shell, _ANY_SHELL, Dialect.CLASSIC)
    if run.shell or _ARGUMENTS.match(body):
        return run
    keyword = _keyword(body)
    if keyword == "RUN":
        # A tool that writes RUN as the Dockerfile has it (kaniko) may have `RUN bash -c …` of the user's own.
        return _run(body[3:].strip(), shell, _ANY_SHELL if by_buildkit else _SHELL_BY_PATH, Dialect.BUILDKIT)
    return CreatedBy(keyword, body, Dialect.BUILDKIT if keyword else Dialect.OTHER)


def parse_each_created_by(created_by: Iterable[str]) -> tuple[CreatedBy, ...]:
    """Read a whole history, oldest first: a SHELL in it is that of the RUNs after it."""
    found: list[CreatedBy] = []
    shell = ""
    for text in created_by:
        found.append(parse_created_by(text, shell))
        if chosen := _SHELL_LIST.fullmatch(found[-1].text):
            shell = chosen[1]
    return tuple(found)


def _is_shell(text: str, chosen: str, instruction: str) -> bool:
    """Whether this runs commands: the classic builder words SHELL itself with the shell that it chooses."""
    return text == chosen or instruction == f"SHELL [{text}]" or _ANY_SHELL.fullmatch(f"{text} ") is not None


def _keyword(body: str) -> str:
    word = body.split(maxsplit=1)[0].upper() if body.strip() else ""
    return word if word in _KEYWORDS else ""


def _run(command: str, shell: str, shells: re.Pattern[str], dialect: Dialect) -> CreatedBy:
    """The command without the build arguments before it and the shell that runs it."""
    found = CreatedBy("RUN", "", dialect)
    arguments = _ARGUMENTS.match(command)
    if arguments is not None:
        command = command[arguments.end() :]
    if shell and (place := f" {command}".find(f" {shell} ")) >= 0 and (arguments or place == 0):
        return replace(found, text=f"RUN {command[place + len(shell) + 1 :]}", shell=shell)
    match = _first_shell(command, shells) if arguments is not None else shells.match(command)
    if match is not None:
        return replace(found, text=f"RUN {command[match.end() :]}", shell=match[0].rstrip())
    # Values may hold blanks: without the shell to mark the end, one word is dropped per argument.
    return replace(found, text=f"RUN {command.split(' ', int(arguments[1]))[-1] if arguments else command}")


def _first_shell(command: str, shells: re.Pattern[str]) -> re.Match[str] | None:
    """The first shell that begins a word: what stands before it are values of build arguments."""
    for pattern in (_SHELL_BY_PATH, shells):
        for word in re.finditer(r"(?<!\S)\S", command):
            if match := pattern.match(command, word.start()):
                return match
    return None
