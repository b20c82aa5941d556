"""A whole Dockerfile: global ARGs, then stages. `parse_dockerfile` is the room's door."""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import ClassVar

from layerscope.dockerfile.instructions import Arg, From, Instruction
from layerscope.dockerfile.logical_lines import Directives, Reading, read_statements
from layerscope.dockerfile.parse import parse_statement
from layerscope.errors import InputError
from layerscope.values import Value


class Stage(Value):
    """One FROM and what follows it. index: position among all FROMs of the file, from 0."""

    index: int
    origin: From
    instructions: tuple[Instruction, ...]


class DockerfileSource(Enum):
    """What gives a Dockerfile."""

    FILE = "file"  # it may be another one on another side
    STANDARD_INPUT = "standard input"  # one for both sides
    HISTORY = "history"  # of an image: one for both sides


class Dockerfile(Value):
    """A parsed Dockerfile.

    path: as messages name it. file: where it lies, in its directory, archive or repository; None where it is no file.
    text: what was parsed, as it was.
    """

    not_compared: ClassVar = frozenset({"text", "source", "file"})

    path: str
    directives: Directives
    global_args: tuple[Arg, ...]
    stages: tuple[Stage, ...]
    text: str = ""
    source: DockerfileSource = DockerfileSource.FILE
    file: str | None = None

    @property
    def place(self) -> str:
        """What points to it: the file itself, where it is one."""
        return self.file or self.path

    @cached_property
    def whole_texts(self) -> frozenset[str]:
        """The text of every instruction, with the bodies of heredocs."""
        instructions = [i for stage in self.stages for i in (stage.origin, *stage.instructions)]
        return frozenset(i.whole_text for i in (*self.global_args, *instructions))


class Versions:
    """The version of a Dockerfile that was read last: the next one is read but where it differs."""

    def __init__(self) -> None:
        self.reading: Reading | None = None
        self.instructions: list[Instruction] = []

    def instructions_of(self, reading: Reading, path: str) -> list[Instruction]:
        """Raises InputError as `parse_statement` does."""
        end = len(reading.statements) - reading.tail
        found = self.instructions[: reading.head]
        found += [parse_statement(s, reading.directives.escape, path) for s in reading.statements[reading.head : end]]
        rest = self.instructions[len(self.instructions) - reading.tail :]
        if rest and rest[0].line != reading.statements[end].line:
            rest = [i.at(s.line) for i, s in zip(rest, reading.statements[end:], strict=True)]
        found += rest
        self.reading, self.instructions = reading, found
        return found


def parse_dockerfile(
    content: bytes | str, path: str = "Dockerfile", versions: Versions | None = None, file: str | None = None
) -> Dockerfile:
    """Parse a Dockerfile.

    path: as messages name it. versions: another version of the file, which this one then takes the place of. file:
    where it lies.

    Bytes that are no UTF-8 are kept as they are. Raises InputError with file and line, in the builder's
    words, for everything its parser refuses.
    """
    text = content if isinstance(content, str) else content.decode("utf-8", "surrogateescape")
    versions = versions or Versions()
    reading = read_statements(text, path, versions.reading)
    global_args: list[Arg] = []
    stages: list[tuple[From, list[Instruction]]] = []
    for instruction in versions.instructions_of(reading, path):
        if isinstance(instruction, From):
            stages.append((instruction, []))
        elif stages:
            stages[-1][1].append(instruction)
        elif isinstance(instruction, Arg):
            global_args.append(instruction)
        else:
            raise InputError("no build stage in current context", path, instruction.line)
    if not stages:
        raise InputError("dockerfile contains no stages to build: it has no FROM", path, reading.statements[-1].line)
    return Dockerfile(
        path,
        reading.directives,
        tuple(global_args),
        tuple(Stage(i, origin, tuple(body)) for i, (origin, body) in enumerate(stages)),
        text,
        file=file,
    )
