"""A whole Dockerfile: global ARGs, then stages. `parse_dockerfile` is the room's door."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import ClassVar

from layerscope.dockerfile.instructions import Arg, From, Instruction
from layerscope.dockerfile.logical_lines import Directives, KnownStatements, Statement, read_statements
from layerscope.dockerfile.parse import parse_statement
from layerscope.errors import InputError
from layerscope.values import Value


class Stage(Value):
    """One FROM and what follows it. index: position among all FROMs of the file, from 0."""

    index: int
    origin: From
    instructions: tuple[Instruction, ...]

    @cached_property
    def readers(self) -> tuple[Instruction, ...]:
        """The instructions that read a stage, an image or a named context, or may."""
        return tuple([instruction for instruction in self.instructions if instruction.source_names])


class Dockerfile(Value):
    """A parsed Dockerfile.

    path: as the user named it, for messages. text: what was parsed, as it was. source: what gives it; a file
    may be another one on another side, standard input and an image's history give one for both.
    """

    not_compared: ClassVar = frozenset({"text", "source"})

    path: str
    directives: Directives
    global_args: tuple[Arg, ...]
    stages: tuple[Stage, ...]
    text: str = ""
    source: str = "file"  # or `standard input`, `history`

    @cached_property
    def whole_texts(self) -> frozenset[str]:
        """The text of every instruction, with the bodies of heredocs."""
        instructions = [i for stage in self.stages for i in (stage.origin, *stage.instructions)]
        return frozenset(i.whole_text for i in (*self.global_args, *instructions))


class Versions:
    """What the versions of one Dockerfile have in common, so that each is read but where it differs."""

    def __init__(self) -> None:
        self.statements = KnownStatements()
        self._instructions: dict[Hashable, Instruction] = {}

    def instruction(self, statement: Statement, escape: str, file: str) -> Instruction:
        """Raises InputError as `parse_statement` does."""
        key = statement.text, escape
        found = self._instructions.get(key)
        if found is None or found.line != statement.line:
            found = found.at(statement.line) if found is not None else parse_statement(statement, escape, file)
            self._instructions[key] = found
        return found


def parse_dockerfile(content: bytes | str, path: str = "Dockerfile", versions: Versions | None = None) -> Dockerfile:
    """Parse a Dockerfile.

    versions: what is known of other versions of the file; it is filled.

    Bytes that are no UTF-8 are kept as they are. Raises InputError with file and line, in the builder's
    words, for everything its parser refuses.
    """
    text = content if isinstance(content, str) else content.decode("utf-8", "surrogateescape")
    directives, statements = read_statements(text, path, versions.statements if versions is not None else None)
    global_args: list[Arg] = []
    stages: list[tuple[From, list[Instruction]]] = []
    for statement in statements:
        if versions is not None:
            instruction = versions.instruction(statement, directives.escape, path)
        else:
            instruction = parse_statement(statement, directives.escape, path)
        if isinstance(instruction, From):
            stages.append((instruction, []))
        elif stages:
            stages[-1][1].append(instruction)
        elif isinstance(instruction, Arg):
            global_args.append(instruction)
        else:
            raise InputError("no build stage in current context", path, statement.line)
    if not stages:
        raise InputError("dockerfile contains no stages to build: it has no FROM", path, statements[-1].line)
    return Dockerfile(
        path,
        directives,
        tuple(global_args),
        tuple(Stage(i, origin, tuple(body)) for i, (origin, body) in enumerate(stages)),
        text,
    )
