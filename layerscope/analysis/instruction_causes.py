"""The causes that a Dockerfile, its arguments and its bases are: which line made a step mean something else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from layerscope.analysis.cause import ArgumentCause, BaseCause, Cause, DockerfileCause, OptionCause, StepCause
from layerscope.analysis.side import Side
from layerscope.dockerfile.instructions import Arg, Env, From, Instruction, Run, Shell, Workdir
from layerscope.dockerfile.stages import Stage
from layerscope.errors import InputError
from layerscope.graph.differences import OtherEnvironment
from layerscope.graph.key_parts import CGROUP_PARENT, HOSTS, MOUNTS, NETWORK, PLATFORM, PROXY, ULIMITS, KeyPart
from layerscope.graph.names import normalized
from layerscope.graph.stage_config import PROXIES
from layerscope.graph.steps import Step

_PLATFORM = "--platform"
_OPTIONS: dict[KeyPart, tuple[str, str]] = {
    NETWORK: ("--network", "network"),
    HOSTS: ("--add-host", "add_hosts"),
    MOUNTS: ("--shm-size", "shm_size"),
    ULIMITS: ("--ulimit", "ulimits"),
    CGROUP_PARENT: ("--cgroup-parent", "cgroup_parent"),
    PLATFORM: (_PLATFORM, "platform"),
}
"""The options that parts of keys come from, with their fields of `BuildOptions`."""

_OF_PLATFORM = frozenset({"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT"})
_NAME = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


class InstructionCauses:
    """Answers for the steps of one after build."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before = before
        self.after = after
        self._texts_before = before.dockerfile.whole_texts

    def line(self, instruction: Instruction) -> Cause:
        """The instruction's own line."""
        return DockerfileCause(self.after.dockerfile.file, instruction.line)

    def step(self, step: Step) -> Cause:
        """The step whose bytes will decide; one without a row has no line."""
        if step.hidden:
            return StepCause(step.label.name)
        return StepCause(step.label.name, self.after.dockerfile.file, step.label.instruction.line)

    def is_new(self, instruction: Instruction) -> bool:
        """Whether the Dockerfile had no such text before."""
        return instruction.whole_text not in self._texts_before

    def of_base(self, step: Step) -> Iterator[Cause]:
        """Why a step stands on another image: an argument in its name, its line, or the image itself."""
        instruction = step.label.instruction
        names = _names(instruction.text)
        changed = self._given(names)
        if changed:
            yield from changed
            return
        defaults = [arg for arg in self._changed_defaults() if any(name in names for name, _ in arg.pairs)]
        if defaults:
            yield from (self.line(arg) for arg in defaults)
            return
        if instruction.text in {stage.origin.text for stage in self.before.dockerfile.stages}:
            if self._other_platform and not (isinstance(instruction, From) and instruction.platform):
                yield OptionCause(_PLATFORM, other_value=True)
                return
            yield self._base(instruction.base if isinstance(instruction, From) else instruction.text)
        else:
            yield self.line(instruction)

    def of_environment(self, step: Step, difference: OtherEnvironment) -> Iterator[Cause]:
        """Why a step sees other variables, or the same in another order."""
        old, new = dict(difference.before), dict(difference.after)
        changed = [name for name in (old | new) if old.get(name) != new.get(name)]
        for name in changed:
            yield self._variable(step, name)
        if not changed and not step.inherits:
            yield self.line(step.label.instruction)  # the same variables in another order

    def of_part(self, step: Step, part: KeyPart) -> Iterator[Cause]:
        """Why any other part of a key differs: an option, its own line, or the instruction above that set it."""
        instruction = step.label.instruction
        if part is PROXY:
            yield from self._given(sorted(PROXIES)) or self._proxies_by_default()
            return
        option = self._option(step, part)
        if option is not None:
            yield option
            if not self.is_new(instruction):
                return
        own = self._origin(step, instruction)
        if own != [self.line(instruction)] or self.is_new(instruction):
            yield from own
            return
        set_by = part.set_by or (Shell if isinstance(instruction, Run) else Workdir)
        setter = self._last_setter(step, lambda i: isinstance(i, set_by))
        yield from self._origin(step, setter) if setter is not None else own

    def _option(self, step: Step, part: KeyPart) -> Cause | None:
        """The option that gives a part of a key another value."""
        instruction = step.label.instruction
        option, field = _OPTIONS.get(part, ("", ""))
        if not option or getattr(self.before.options, field) == getattr(self.after.options, field):
            return None
        if part is NETWORK and isinstance(instruction, Run) and instruction.has_network:
            return None  # the instruction's own word counts
        return OptionCause(option, other_value=True)

    @property
    def _other_platform(self) -> bool:
        return self.before.options.platform != self.after.options.platform

    def _given(self, names: Iterable[str]) -> list[Cause]:
        """Of some variables, what of the command line gives them another value."""
        found: list[Cause] = [self._argument(name) for name in names if self._argument_changed(name)]
        platform = _OF_PLATFORM.intersection(names) - self.after.options.build_args.keys()
        if platform and self._other_platform:
            found.append(OptionCause(_PLATFORM, other_value=True))
        return found

    def _argument(self, name: str) -> Cause:
        dockerfile = self.after.dockerfile
        written = [*dockerfile.global_args, *(i for stage in dockerfile.stages for i in stage.instructions)]
        declared = next((i for i in written if isinstance(i, Arg) and any(n == name for n, _ in i.pairs)), None)
        if declared is None:
            return ArgumentCause(name)
        return ArgumentCause(name, dockerfile.file, declared.line)

    def _base(self, name: str) -> Cause:
        """One cause, however many stages stand on the image: it points to the first FROM that names it."""
        stages = self.after.dockerfile.stages
        origin = next((stage.origin for stage in stages if name in {stage.origin.base, stage.origin.text}), None)
        if origin is None:
            return BaseCause(name)  # of a COPY --from or a mount
        return BaseCause(name, self.after.dockerfile.file, origin.line)

    def _changed_defaults(self) -> list[Arg]:
        """Global ARGs whose text is not that of any before."""
        known = {arg.text for arg in self.before.dockerfile.global_args}
        return [arg for arg in self.after.dockerfile.global_args if arg.text not in known]

    def _proxies_by_default(self) -> Iterator[Cause]:
        """The global ARGs that give a proxy a value on one side alone."""
        yield from (self.line(arg) for arg in self._changed_defaults() if any(name in PROXIES for name, _ in arg.pairs))
        declared = {name for arg in self.after.dockerfile.global_args for name, _ in arg.pairs}
        for arg in self.before.dockerfile.global_args:
            yield from (ArgumentCause(name) for name, _ in arg.pairs if name in PROXIES - declared)

    def _argument_changed(self, name: str) -> bool:
        return self.before.options.build_args.get(name) != self.after.options.build_args.get(name)

    def _variable(self, step: Step, name: str) -> Cause:
        if given := self._given([name]):
            return given[0]
        setter = self._last_setter(step, lambda i: isinstance(i, Env | Arg) and any(n == name for n, _ in i.pairs))
        if setter is None and (moved := self._moved_base(step)) is not None:
            return moved  # the base's own variable
        return next(iter(self._origin(step, setter or step.label.instruction)))

    def _moved_base(self, step: Step) -> Cause | None:
        """The base image that the step's stage stands on, if it is another than before."""
        stages = self._stages(step)
        if not stages:
            return None
        base = stages[0].origin.base
        try:
            name = normalized(base)
        except InputError:
            return None  # no image, or named by a variable
        was, now = self.before.options.bases.get(name), self.after.options.bases.get(name)
        return self._base(base) if was != now else None

    def _origin(self, step: Step, instruction: Instruction) -> list[Cause]:
        """What made an instruction mean something else: its own line, or the ARG or ENV its text refers to."""
        if self.is_new(instruction):
            return [self.line(instruction)]
        names = _names(instruction.text)
        if given := self._given(names):
            return given
        for name in names:
            setter = self._last_setter(step, lambda i, n=name: isinstance(i, Env | Arg) and n in dict(i.pairs))  # type: ignore[misc]
            if setter is not None and setter is not instruction and setter.text not in self._texts_before:
                return [self.line(setter)]
        return [self.line(instruction)]

    def _last_setter(self, step: Step, wanted: Callable[[Instruction], bool]) -> Instruction | None:
        """The last instruction above the step, in its stage, the stages it stands on or the global ARGs."""
        found: Instruction | None = None
        for instruction in self._above(step):
            if wanted(instruction):
                found = instruction
        return found

    def _above(self, step: Step) -> Iterator[Instruction]:
        yield from self.after.dockerfile.global_args
        chain = self._stages(step)
        for each in chain:
            yield from (i for i in each.instructions if each is not chain[-1] or i.line < step.label.instruction.line)

    def _stages(self, step: Step) -> list[Stage]:
        """The stage of a step, after those it stands on."""
        dockerfile = self.after.dockerfile
        chain: list[Stage] = []
        stage: Stage | None = dockerfile.stages[step.label.stage_index] if step.label.stage_index >= 0 else None
        while stage is not None:
            chain.insert(0, stage)
            base = stage.origin.base
            stage = next((s for s in dockerfile.stages[: stage.index] if s.origin.name == base), None)
        return chain


def _names(text: str) -> list[str]:
    return _NAME.findall(text)
