"""Layerscope's reading of a Dockerfile in the form of BuildKit's parser dump: one bracketed line per instruction.

The words come from the typed instruction. BuildKit's parser also takes what only its next stage refuses (an unknown
flag, a HEALTHCHECK without a command); the words of such a statement are split by the functions its type is made with.
"""

from __future__ import annotations

from layerscope.dockerfile.arguments import blank_separated, command_line, word_list
from layerscope.dockerfile.instructions import (
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
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
from layerscope.dockerfile.logical_lines import LogicalLine, read_statements, split_statement
from layerscope.dockerfile.parse import parse_statement
from layerscope.dockerfile.words import name_values, split_words
from layerscope.errors import InputError

_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_STRINGS = {"WORKDIR", "USER", "MAINTAINER", "STOPSIGNAL"}


def dump(text: str) -> str:
    """The dump of a whole file. Raises InputError where a statement's words cannot be split."""
    reading = read_statements(text, "Dockerfile")
    return "".join(f"({_statement(statement, reading.directives.escape)})\n" for statement in reading.statements)


def words(statement: LogicalLine, escape: str = "\\") -> list[str]:
    """The words after the flags; a pair is name, value and what separates them."""
    try:
        instruction = parse_statement(statement, escape, "Dockerfile")
    except InputError:
        return _split_words(statement, escape)
    return _typed_words(instruction, statement, escape)


def quoted(text: str) -> str:
    """The text as Go's strconv.Quote writes it."""
    return '"' + "".join(map(_quoted_character, text)) + '"'


def _statement(statement: LogicalLine, escape: str) -> str:
    line = statement.keyword.lower()
    if statement.flags:
        line += f" [{' '.join(map(quoted, statement.flags))}]"
    if line.startswith("onbuild") and statement.rest:
        return f"{line} ({_statement(_trigger(statement, escape), escape)})"
    return " ".join([line, *map(quoted, words(statement, escape))])


def _trigger(statement: LogicalLine, escape: str) -> LogicalLine:
    try:
        instruction = parse_statement(statement, escape, "Dockerfile")
    except InputError:
        return split_statement(statement.rest, statement.line, statement.end_line, escape)
    assert isinstance(instruction, Onbuild)
    return split_statement(instruction.trigger, statement.line, statement.end_line, escape)


def _typed_words(instruction: Instruction, statement: LogicalLine, escape: str) -> list[str]:
    written = _split_words(statement, escape)
    match instruction:
        case From():
            same = len(written) < 3 or written[2].lower() == instruction.name  # a stage's name is kept in lower case
            return [instruction.base, *(written[1:] if same else [f"AS {instruction.name}"])]
        case Expose():  # kept sorted
            return written if sorted(written) == list(instruction.ports) else list(instruction.ports)
        case Healthcheck():
            return [*written[:1], *instruction.command]
        case Run() | Cmd() | Entrypoint() | Shell():
            return list(instruction.command)
        case Copy():
            return written if instruction.documents else [*instruction.sources, instruction.destination]
        case Env() | Label():
            return _separated(instruction.pairs, statement.rest)
        case Arg():
            return [name if value is None else f"{name}={value}" for name, value in instruction.pairs]
        case Volume():
            return list(instruction.paths)
        case Workdir():
            return [instruction.path]
        case User():
            return [instruction.user]
        case Stopsignal():
            return [instruction.signal]
        case Maintainer():
            return [instruction.maintainer]
    raise AssertionError(f"no words for {type(instruction).__name__}")


def _split_words(statement: LogicalLine, escape: str) -> list[str]:
    keyword, rest = statement.keyword.upper(), statement.rest
    try:
        if keyword in {"ENV", "LABEL"}:
            return _separated(name_values(rest, keyword, escape), rest) if rest else []
        if keyword == "ARG":
            return split_words(rest, escape)
        if keyword == "HEALTHCHECK":
            kind, *command = rest.split(maxsplit=1)[:2] or [""]
            return [kind, *command_line(command[0] if command else "")[0]] if kind else []
        if keyword in {"RUN", "CMD", "ENTRYPOINT", "SHELL"}:
            return list(command_line(rest)[0])
        if keyword in {"ADD", "COPY", "VOLUME"}:
            return list(word_list(rest))
        if keyword in {"FROM", "EXPOSE"}:
            return list(blank_separated(rest))
        if keyword in _STRINGS:
            return [rest] if rest else []
    except ValueError as error:
        raise InputError(str(error), "Dockerfile", statement.line) from None
    return [""]  # BuildKit's parser takes no words of an instruction it does not know


def _separated(pairs: tuple[tuple[str, str], ...], rest: str) -> list[str]:
    separator = "=" if rest.startswith(pairs[0][0] + "=") else ""
    return [word for name, value in pairs for word in (name, value, separator)]


def _quoted_character(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char == " " or char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
