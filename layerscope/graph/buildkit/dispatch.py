"""One instruction of a stage → its operation, or a change of what later ones see."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from layerscope.context.tree import cleaned
from layerscope.dockerfile.expand import ExpansionError, expand, expand_words
from layerscope.dockerfile.instructions import (
    Add,
    Arg,
    Copy,
    Env,
    Expose,
    Instruction,
    Label,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from layerscope.dockerfile.logical_lines import heredoc_of_word
from layerscope.errors import InputError
from layerscope.graph.buildkit.copy_operation import copy_operation
from layerscope.graph.buildkit.run_operation import expanded_mounts, run_operation, secret_variables
from layerscope.graph.buildkit.scopes import BuildScope
from layerscope.graph.buildkit.stage_state import StageState
from layerscope.graph.operations import MergeOp, MkdirOp
from layerscope.graph.value_checks import check_ports, check_signal, check_volumes
from layerscope.graph.vertices import Operation


class Dispatcher:
    """Walks one stage; `state` changes as it goes."""

    def __init__(self, build: BuildScope, state: StageState, platform: str) -> None:
        self.build = build
        self.state = state
        self.platform = platform
        self.escape = build.dockerfile.directives.escape

    def dispatch(self, instruction: Instruction, *, on_build: bool) -> None:
        """Raises InputError where the builder would refuse the instruction."""
        try:
            self._dispatch(instruction, on_build)
        except (ExpansionError, ValueError) as error:
            raise InputError(str(error), self.build.dockerfile.path, instruction.line) from None

    def _dispatch(self, instruction: Instruction, on_build: bool) -> None:
        state = self.state
        if isinstance(instruction, Run):
            self._run(instruction, on_build)
        elif isinstance(instruction, Copy):
            self._copy(instruction, on_build)
        elif isinstance(instruction, Workdir):
            self._workdir(instruction, on_build)
        elif isinstance(instruction, Env):
            # All values are expanded before the first is set.
            pairs = [(self.word(name), self.word(value)) for name, value in instruction.pairs]
            for name, value in pairs:
                state.set_image_env(name, value)
        elif isinstance(instruction, Arg):
            self._arg(instruction)
        elif isinstance(instruction, User):
            state.user = self.word(instruction.user)
        elif isinstance(instruction, Shell):
            state.shell = instruction.command
        else:
            self._check_words(instruction)

    def word(self, text: str) -> str:
        return expand(text, self.state.env, escape=self.escape)

    def _check_words(self, instruction: Instruction) -> None:
        """Metadata reaches no key, but what the builder refuses there fails the build all the same."""
        if isinstance(instruction, Label):
            for name, value in instruction.pairs:
                self.word(name)
                self.word(value)
        elif isinstance(instruction, Expose):
            ports = [expand_words(port, self.state.env, escape=self.escape) for port in instruction.ports]
            check_ports(port for found in ports for port in found)
        elif isinstance(instruction, Volume):
            check_volumes([self.word(path) for path in instruction.paths])
        elif isinstance(instruction, Stopsignal):
            check_signal(self.word(instruction.signal))

    def _arg(self, instruction: Arg) -> None:
        given = self.build.build_args
        for name, default in instruction.pairs:  # one after the other: a later default sees the earlier value
            if name in given:
                self.state.set_arg(name, given[name])
            elif default is not None:
                self.state.set_arg(name, self.word(default))
            elif name in self.build.global_args:
                self.state.set_arg(name, self.build.global_args[name])

    def _row(self, text: str, *, raw_quotes: bool, env: Mapping[str, str] | None = None) -> str:
        """The text of a step's name: expanded, or left whole where the expansion fails; keyword in capitals."""
        with suppress(ExpansionError):
            text = expand(
                text,
                self.state.env if env is None else env,
                escape=self.escape,
                raw_quotes=raw_quotes,
                keep_unset=raw_quotes,
            )
        keyword, space, rest = text.partition(" ")
        return keyword.upper() + space + rest

    def _run(self, instruction: Run, on_build: bool) -> None:
        state = self.state
        text = instruction.text
        self._check_flags(("--security", instruction.security), ("--device", instruction.devices))
        if instruction.heredocs and instruction.command and heredoc_of_word(instruction.command[0]):
            text += f" ({_summary(instruction.heredocs[0].content)})"
        mounts = expanded_mounts(instruction, self.word)
        masked = state.env | dict.fromkeys(secret_variables(mounts), "****")
        name = self._row(text, raw_quotes=True, env=masked)
        operation = run_operation(instruction, mounts, self)
        prefix = state.next_prefix(on_build)
        operation.label = self.build.label(prefix + name, state, instruction, instruction.keyword)
        operation.ignore_cache = state.ignore_cache
        state.last = operation

    def _copy(self, instruction: Copy, on_build: bool) -> None:
        state = self.state
        self._check_flags(("--parents", instruction.parents))
        keyword = "ADD" if isinstance(instruction, Add) else "COPY"
        name = self._row(instruction.text, raw_quotes=False)
        prefix = state.next_prefix(on_build)
        link = instruction.link and self.build.options.merge and not self.word(instruction.chmod)
        operation = copy_operation(instruction, self, None if link else state.last)
        operation.label = self.build.label(prefix + name, state, instruction, keyword)
        operation.ignore_cache = state.ignore_cache
        if not link or state.last is None:
            state.last = operation
            return
        merge = Operation(MergeOp(), state.last, ((operation, ()),))
        merge.label = self.build.label(f"{prefix}LINK {name}", state, instruction, keyword)
        state.last = merge

    def _workdir(self, instruction: Workdir, on_build: bool) -> None:
        state = self.state
        state.change_directory(self.word(instruction.path))
        if state.directory == "/":
            return
        name = self._row(instruction.text, raw_quotes=False)
        operation = Operation(MkdirOp(cleaned(state.directory), state.user, self.build.source_date_epoch), state.last)
        prefix = state.next_prefix(on_build)
        operation.label = self.build.label(prefix + name, state, instruction, "WORKDIR")
        state.last = operation

    def _check_flags(self, *flags: tuple[str, object]) -> None:
        """Flags that only some frontends have."""
        for flag, given in flags:
            if given and flag not in self.build.frontend().flags:
                raise ValueError(f"unknown flag: {flag} (a frontend that has it is named by # syntax=)")


def _summary(content: str) -> str:
    lines = content.strip().replace("\r\n", "\n").split("\n")
    return lines[0] + ("..." if len(lines) > 1 else "")
