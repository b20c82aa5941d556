"""What a history entry's `created_by` says: the instruction behind a layer, in the dialects builders write.

BuildKit writes `RUN `, the build arguments in scope (`|2 A=1 B=2 `), the shell, the command and ` # buildkit`; the
classic builder the arguments, shell and command alone, and before all other instructions the shell and `#(nop)`.
buildah writes as the classic builder does, always with `/bin/sh -c`; kaniko the instruction as the Dockerfile has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache, cached_property

from layerscope.docker.model import HistoryEntry
from layerscope.docker.truncation import without_ellipsis
from layerscope.values import Value, replace

LAYER_KEYWORDS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})
"""The instructions that may make a layer."""

_METADATA = frozenset(
    {"ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD"}
    | {"SHELL", "STOPSIGNAL", "USER", "VOLUME"}
)
_KEYWORDS = LAYER_KEYWORDS | _METADATA | {"FROM"}
_BUILDKIT_SUFFIX = " # buildkit"
_DEFAULT_SHELL = "/bin/sh -c"
_NOP = re.compile(r"(?P<shell>\S.*?) #\(nop\)\s+(?P<body>.*)", re.DOTALL)
_ARGUMENTS = re.compile(r"\|(\d{1,4}) ")
_SHELL_LIST = re.compile(r"SHELL \[(.+)\]", re.DOTALL)
_HASHED_COPY = re.compile(r"(?:--\S+\s+)*(?P<hash>\S+)\s+in\s+(?P<destination>\S.*?)\s*", re.DOTALL)
_PROGRAMS = ("sh", "env", "busybox", "cmd", "powershell")  # what the first word of a shell ends with


class Dialect(Enum):
    """How an entry words its instruction."""

    BUILDKIT = "buildkit"  # `COPY . . # buildkit`, `ENV A=b`, and kaniko's
    CLASSIC = "classic"  # `/bin/sh -c #(nop) COPY file:… in /`, and buildah's
    OTHER = "other"  # no instruction: an import, a commit, another tool


class CopyWords(Value):
    """What a COPY or ADD says. flags: by name, without the dashes.

    hashed: the classic builder keeps a hash in place of the sources (`file:…`, `dir:…`, `multi:…`).
    """

    flags: Mapping[str, str]
    sources: tuple[str, ...]
    destination: str
    hashed: bool = False


class CreatedBy(Value):
    """keyword: `RUN`, `COPY`, …; empty where the entry names no instruction (an import, a commit, another tool).

    text: the instruction as one would write it, as far as the entry tells (mounts and `--link` are never there;
    the classic builder keeps a hash in place of COPY's sources). shell: what ran a RUN's command, `/bin/bash -c`.
    truncated: a tool has cut the text, and it ends in that tool's ellipsis.
    """

    keyword: str
    text: str
    dialect: Dialect
    shell: str = ""
    truncated: bool = False

    @property
    def words(self) -> str:
        """What stands after the keyword, as far as it was not cut."""
        words = self.text.partition(" ")[2]
        return without_ellipsis(words) if self.truncated else words

    @cached_property
    def copied(self) -> CopyWords | None:
        """A COPY or ADD in parts; None for any other instruction."""
        return _copy_words(self.words, self.dialect) if self.keyword in {"COPY", "ADD"} else None

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
    nop = _NOP.fullmatch(text) if "#(nop)" in text else None
    if nop and _is_shell(nop["shell"], shell, nop["body"]):
        return CreatedBy(_keyword(nop["body"]), nop["body"].strip(), Dialect.CLASSIC)
    by_buildkit = text.endswith(_BUILDKIT_SUFFIX)
    body = text.removesuffix(_BUILDKIT_SUFFIX).rstrip()
    keyword = _keyword(body)
    if keyword == "RUN":
        # A tool that writes RUN as the Dockerfile has it (kaniko) may have `RUN bash -c …` of the user's own.
        return _run(body[3:].strip(), shell, Dialect.BUILDKIT, by_path=not by_buildkit)
    run = _run(body, shell, Dialect.CLASSIC)
    if run.shell or _ARGUMENTS.match(body):
        return run  # also of `cmd /S /C …`, which is no CMD
    return CreatedBy(keyword, body, Dialect.BUILDKIT if keyword else Dialect.OTHER)


def parse_each_created_by(history: Iterable[HistoryEntry]) -> tuple[CreatedBy, ...]:
    """Read a whole history, oldest first: a SHELL in it is that of the RUNs after it."""
    found: list[CreatedBy] = []
    shell = ""
    for entry in history:
        said = parse_created_by(entry.created_by, shell)
        found.append(replace(said, truncated=True) if entry.truncated else said)
        if chosen := _SHELL_LIST.fullmatch(found[-1].text):
            shell = chosen[1]
    return tuple(found)


def _copy_words(text: str, dialect: Dialect) -> CopyWords:
    words = text.split()
    flags = {name: value for name, _, value in (word[2:].partition("=") for word in words if word.startswith("--"))}
    if dialect is Dialect.CLASSIC and (match := _HASHED_COPY.fullmatch(text)):
        return CopyWords(flags, (match["hash"],), match["destination"], hashed=True)
    words = [word for word in words if not word.startswith("--")]
    return CopyWords(flags, tuple(words[:-1]), words[-1] if words else "")


def _is_shell(text: str, chosen: str, instruction: str) -> bool:
    """Whether this runs commands: the classic builder words SHELL itself with the shell that it chooses."""
    return instruction == f"SHELL [{text}]" or _shell_of(f"{text} ", chosen) == f"{text} "


def _keyword(body: str) -> str:
    word = body.split(maxsplit=1)[0].upper() if body.strip() else ""
    return word if word in _KEYWORDS else ""


def _run(command: str, shell: str, dialect: Dialect, *, by_path: bool = False) -> CreatedBy:
    """The command without the build arguments before it and the shell that runs it."""
    arguments = _ARGUMENTS.match(command)
    if arguments is None:
        found = _shell_of(command, shell, by_path=by_path)
        return CreatedBy("RUN", f"RUN {command[len(found) :]}", dialect, found.rstrip())
    command = command[arguments.end() :]
    found, end = _shell_within(command, shell, by_path=by_path)
    if not found:
        # Values may hold blanks: without the shell to mark the end, one word is dropped per argument.
        return CreatedBy("RUN", f"RUN {command.split(' ', int(arguments[1]))[-1]}", dialect)
    return CreatedBy("RUN", f"RUN {command[end:]}", dialect, found.rstrip())


def _shell_within(command: str, chosen: str, *, by_path: bool) -> tuple[str, int]:
    """The first shell that begins a word, and where it ends: what stands before are values of build arguments."""
    if chosen and (place := f" {command}".find(f" {chosen} ")) >= 0:
        return chosen, place + len(chosen) + 1
    for only_by_path in (True, by_path):
        for word in re.finditer(r"(?<!\S)\S", command):
            if found := _shell_of(command, chosen, word.start(), by_path=only_by_path):
                return found, word.start() + len(found)
    return "", 0


def _shell_of(command: str, chosen: str, start: int = 0, *, by_path: bool = False) -> str:
    """The shell that a command begins with at a place, with the blank after it; empty for none.

    chosen: by a SHELL instruction. by_path: only one that is named by its path, as builders do.
    """
    for known in (chosen, _DEFAULT_SHELL):
        if known and command.startswith(f"{known} ", start):
            return f"{known} "
    end = command.find(" ", start)
    if end < 0 or not command[start:end].lower().removesuffix(".exe").endswith(_PROGRAMS):
        return ""
    match = _shells()[by_path].match(command, start)
    return match[0] if match is not None else ""


@cache
def _shells() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Any shell that people use, and those alone that are named by their path; compiled where another is met than the
    one that nearly all images have."""
    option = r"(?:-[a-zA-Z]*o \w+|[-+][a-zA-Z]+|--[a-z-]+) "
    with_command = r"-(?:[a-zA-Z]*c[a-z]*o \w+|[a-zA-Z]*c[a-z]*) "
    sh = rf"(?:ba|da|a|k|mk|z|fi)?sh (?:{option})*?{with_command}"  # `bash -euxo pipefail -c `
    cmd = r"(?i:(?:\S*\\)?cmd(?:\.exe)? (?:/[a-z] )*/[ck] )"
    # Microsoft's own Dockerfiles set preferences after `-Command`, as a part of SHELL.
    powershell = (
        r"(?i:(?:\S*[\\/])?(?:powershell|pwsh)(?:\.exe)? (?:-(?:ExecutionPolicy|Version) \w+ |-No\w+ )*"
        r"(?:-Command|-c) (?:\$\w+Preference ?= ?'\w+'; ?)*)"
    )
    return (
        re.compile(rf"(?:(?:/\S*/)?(?:env|busybox) )?(?:/\S*/)?{sh}|{cmd}|{powershell}"),
        re.compile(rf"(?:/\S*/env )?/\S*/{sh}|{cmd}|{powershell}"),
    )
