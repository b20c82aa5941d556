"""Statements → typed instructions, with the builder's own refusals."""

from __future__ import annotations

import re
from collections.abc import Callable

from layerscope.dockerfile.arguments import blank_separated, command_line, word_list
from layerscope.dockerfile.flags import FlagError, Flags
from layerscope.dockerfile.instructions import (
    Add,
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
    Mount,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from layerscope.dockerfile.logical_lines import (
    SPACES,
    Heredoc,
    LogicalLine,
    heredoc_of_word,
    split_statement,
)
from layerscope.dockerfile.values import check_device, check_interval, csv_fields
from layerscope.dockerfile.words import name_values, split_words
from layerscope.errors import InputError

_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*\Z")
_ONBUILD = re.compile(r"\s*ONBUILD\s*", re.IGNORECASE)
_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)


def parse_statement(statement: LogicalLine, escape: str, file: str) -> Instruction:
    """The instruction of one statement. Raises InputError with file and line, in the builder's words."""
    parser = _PARSERS.get(statement.keyword.upper())
    if parser is None:
        raise InputError(f"unknown instruction: {statement.keyword}", file, statement.line)
    try:
        return parser(statement, escape)
    except (FlagError, ValueError) as error:
        raise InputError(str(error), file, statement.line) from None


def parse_trigger(text: str, line: int, end_line: int, file: str) -> Instruction:
    """An ONBUILD trigger as an instruction at the line of the FROM that brings it."""
    return parse_statement(split_statement(text, line, end_line, "\\", file), "\\", file)


def _text(statement: LogicalLine) -> str:
    return statement.original.strip(SPACES)


def _place(statement: LogicalLine) -> tuple[str, int, int]:
    return _text(statement), statement.line, statement.end_line


def _flags(statement: LogicalLine, **known: str) -> Flags:
    return Flags(statement.flags, {name.replace("_", "-"): kind for name, kind in known.items()})


def _one(statement: LogicalLine) -> str:
    _flags(statement)
    if not statement.rest:
        raise ValueError(f"{statement.keyword.upper()} requires exactly one argument")
    return statement.rest


def _from(statement: LogicalLine, _escape: str) -> Instruction:
    words = blank_separated(statement.rest)
    name = None
    if len(words) == 3 and words[1].lower() == "as":
        name = words[2].lower()
        if not _STAGE_NAME.match(name):
            raise ValueError(
                f'invalid name for build stage: "{words[2]}", name can\'t start with a number or contain symbols'
            )
    elif len(words) != 1:
        raise ValueError("FROM requires either one or three arguments")
    flags = _flags(statement, platform="string")
    return From(*_place(statement), words[0], name, flags.optional("platform"))


def _run(statement: LogicalLine, _escape: str) -> Instruction:
    flags = _flags(statement, mount="strings", network="string", security="string", device="strings")
    for device in flags.strings("device"):
        check_device(csv_fields(device, "devices"))
    command, json_form = command_line(statement.rest)
    network, security = flags.optional("network"), flags.optional("security")
    if flags.given("network") and network not in {"default", "none", "host"}:
        raise ValueError(f'network mode "{network or ""}" is not valid: default, none or host')
    if security not in {None, "sandbox", "insecure"}:
        raise ValueError(f'security "{security}" is not valid: sandbox or insecure')
    return Run(
        *_place(statement),
        command,
        json_form,
        tuple(_mount(value) for value in flags.strings("mount")),
        network,
        security,
        flags.strings("device"),
        statement.heredocs,
    )


def _mount(value: str) -> Mount:
    mount = Mount(tuple(csv_fields(value, "mounts")))
    name = mount.from_name or ""
    if "$" in name[:-1]:
        raise ValueError("'from' doesn't support variable expansion, define alias stage instead")
    return mount


def _sources(statement: LogicalLine) -> tuple[list[str], list[Heredoc], str]:
    keyword = statement.keyword.upper()
    words = word_list(statement.rest)
    if len(words) < 2:
        raise ValueError(
            f"{keyword} requires at least two arguments, but only one was provided. Destination could not be determined"
        )
    *sources, destination = words
    if heredoc_of_word(destination):
        raise ValueError(f"{keyword} cannot accept a heredoc as a destination")
    bodies = {heredoc.name: heredoc for heredoc in statement.heredocs}
    paths: list[str] = []
    documents: list[Heredoc] = []
    for source in sources:
        opened = heredoc_of_word(source)
        if opened is None:
            paths.append(source)
            continue
        content = bodies[opened.name].content if opened.name in bodies else ""
        if opened.chomp:
            content = chomp_tabs(content)
        documents.append(Heredoc(opened.name, opened.expand, opened.chomp, content))
    return paths, documents, destination


def chomp_tabs(content: str) -> str:
    """A heredoc's body without its leading tabs (`<<-`)."""
    return _LEADING_TABS.sub("", content)


def _copy(statement: LogicalLine, _escape: str) -> Instruction:
    flags = _flags(
        statement,
        **{"from": "string"},
        chown="string",
        chmod="string",
        link="bool",
        exclude="strings",
        parents="bool",
    )
    sources, documents, destination = _sources(statement)
    return Copy(
        *_place(statement),
        tuple(sources),
        tuple(documents),
        destination,
        flags.optional("from"),
        flags.string("chown"),
        flags.string("chmod"),
        flags.boolean("link"),
        flags.boolean("parents"),
        flags.strings("exclude"),
    )


def _add(statement: LogicalLine, _escape: str) -> Instruction:
    flags = _flags(
        statement,
        chown="string",
        chmod="string",
        link="bool",
        keep_git_dir="bool",
        checksum="string",
        unpack="bool",
        exclude="strings",
    )
    sources, documents, destination = _sources(statement)
    return Add(
        *_place(statement),
        tuple(sources),
        tuple(documents),
        destination,
        None,
        flags.string("chown"),
        flags.string("chmod"),
        flags.boolean("link"),
        False,
        flags.strings("exclude"),
        flags.string("checksum"),
        flags.maybe_boolean("keep-git-dir"),
        flags.maybe_boolean("unpack"),
    )


def _env(statement: LogicalLine, escape: str) -> Instruction:
    _flags(statement)
    return Env(*_place(statement), name_values(statement.rest, "ENV", escape))


def _label(statement: LogicalLine, escape: str) -> Instruction:
    _flags(statement)
    return Label(*_place(statement), name_values(statement.rest, "LABEL", escape))


def _arg(statement: LogicalLine, escape: str) -> Instruction:
    words = split_words(statement.rest, escape)
    if not words:
        raise ValueError("ARG requires at least one argument")
    pairs: list[tuple[str, str | None]] = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals and not name:
            raise ValueError("ARG names can not be blank")
        pairs.append((name, value if equals else None))
    return Arg(*_place(statement), tuple(pairs))


def _shell(statement: LogicalLine, _escape: str) -> Instruction:
    _flags(statement)
    command, json_form = command_line(statement.rest)
    if not command:
        raise ValueError("SHELL requires at least one argument")
    if not json_form:
        raise ValueError(f"SHELL requires the arguments to be in JSON form: {_text(statement)}")
    return Shell(*_place(statement), command)


def _cmd(statement: LogicalLine, _escape: str) -> Instruction:
    _flags(statement)
    return Cmd(*_place(statement), *command_line(statement.rest))


def _entrypoint(statement: LogicalLine, _escape: str) -> Instruction:
    _flags(statement)
    return Entrypoint(*_place(statement), *command_line(statement.rest))


def _expose(statement: LogicalLine, _escape: str) -> Instruction:
    _flags(statement)
    ports = blank_separated(statement.rest)
    if not ports:
        raise ValueError("EXPOSE requires at least one argument")
    return Expose(*_place(statement), tuple(sorted(ports)))


def _volume(statement: LogicalLine, _escape: str) -> Instruction:
    _flags(statement)
    paths = [path.strip(SPACES) for path in word_list(statement.rest)]
    if not paths:
        raise ValueError("VOLUME requires at least one argument")
    if "" in paths:
        raise ValueError("VOLUME specified can not be an empty string")
    return Volume(*_place(statement), tuple(paths))


def _healthcheck(statement: LogicalLine, _escape: str) -> Instruction:
    words = re.split(r"\s+", statement.rest, maxsplit=1) if statement.rest else []
    if not words:
        raise ValueError("HEALTHCHECK requires at least one argument")
    kind, rest = words[0].upper(), (words[1] if len(words) > 1 else "")
    if kind == "NONE":
        if rest:
            raise ValueError("HEALTHCHECK NONE takes no arguments")
        return Healthcheck(*_place(statement), "NONE", ())
    flags = _flags(
        statement,
        interval="string",
        timeout="string",
        start_period="string",
        start_interval="string",
        retries="string",
    )
    if kind != "CMD":
        raise ValueError(f'Unknown type "{kind}" in HEALTHCHECK (try CMD)')
    for name in ("interval", "timeout", "start-period", "start-interval"):
        if duration := flags.string(name):
            check_interval(name, duration)
    retries = flags.string("retries")
    if retries and not re.fullmatch(r"[-+]?[0-9]+", retries):
        raise ValueError(f'parsing "{retries}": invalid syntax')
    if retries and int(retries) < 0:
        raise ValueError(f"--retries cannot be negative ({retries})")
    command, json_form = command_line(rest)
    if not command:
        raise ValueError("Missing command after HEALTHCHECK CMD")
    return Healthcheck(*_place(statement), "CMD" if json_form else "CMD-SHELL", command, flags.items())


def _onbuild(statement: LogicalLine, escape: str) -> Instruction:
    words = blank_separated(statement.rest)
    if not words:
        raise ValueError("ONBUILD requires at least one argument")
    _flags(statement)
    keyword = words[0].upper()
    if keyword == "ONBUILD":
        raise ValueError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if keyword in {"MAINTAINER", "FROM"}:
        raise ValueError(f"{keyword} isn't allowed as an ONBUILD trigger")
    if keyword in {"ENV", "LABEL"} and len(words) > 1:  # without any it is found out where the trigger runs
        name_values(statement.rest.partition(words[0])[2].strip(), keyword, escape)
    trigger = _ONBUILD.sub("", statement.original, count=1)
    for heredoc in statement.heredocs:
        trigger += f"\n{heredoc.content}{heredoc.name}"
    return Onbuild(*_place(statement), trigger)


_PARSERS: dict[str, Callable[[LogicalLine, str], Instruction]] = {
    "FROM": _from,
    "RUN": _run,
    "COPY": _copy,
    "ADD": _add,
    "ENV": _env,
    "ARG": _arg,
    "LABEL": _label,
    "WORKDIR": lambda s, _: Workdir(*_place(s), _one(s)),
    "USER": lambda s, _: User(*_place(s), _one(s)),
    "MAINTAINER": lambda s, _: Maintainer(*_place(s), _one(s)),
    "STOPSIGNAL": lambda s, _: Stopsignal(*_place(s), _one(s)),
    "SHELL": _shell,
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "EXPOSE": _expose,
    "VOLUME": _volume,
    "HEALTHCHECK": _healthcheck,
    "ONBUILD": _onbuild,
}
