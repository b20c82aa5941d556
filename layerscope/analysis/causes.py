"""Why a step is not taken from the cache: its root causes, inherited down the chain."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from layerscope.analysis.cause import (
    ArgumentCause,
    BaseCause,
    Cause,
    ColdCause,
    DockerfileCause,
    FileCause,
    GitCause,
    IgnoreCause,
    OptionCause,
    StepCause,
)
from layerscope.analysis.file_parts import FilePart, part_of
from layerscope.analysis.reasons import writer_of
from layerscope.analysis.side import Side
from layerscope.context.paths import lookup
from layerscope.context.tree import Node, same
from layerscope.dockerfile.instructions import Arg, Env, From, Instruction, Run, Shell, Workdir
from layerscope.dockerfile.stages import Stage
from layerscope.errors import InputError
from layerscope.graph.differences import (
    ColdCache,
    Difference,
    NewStep,
    NoCache,
    OtherEnvironment,
    OtherFiles,
    OtherImage,
    OtherParent,
    OtherPart,
    OtherSource,
    UnknownFiles,
)
from layerscope.graph.key_parts import KeyPart
from layerscope.graph.names import normalized
from layerscope.graph.outcomes import Outcome
from layerscope.graph.recovered import NOT_SHOWN
from layerscope.graph.steps import Step
from layerscope.values import assert_never

_GIT = ".git"
_ORDER = attrgetter("token", "kind")
_NAME = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


def in_order(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """By their tokens, which is the machine interface's order; two of one token by kind."""
    return tuple(sorted(causes, key=_ORDER))


class Causes:
    """Answers for the steps of one after build; what was found for a step is kept for those that follow it."""

    def __init__(
        self, before: Side, after: Side, *, parts: bool = True, files: dict[tuple[str, str], Cause] | None = None
    ) -> None:
        """parts: whether to say what of a file differs, which may cost a look at its bytes.

        files: the causes that files are, by context and path, for several builds to share.
        """
        self.before = before
        self.after = after
        self.parts = parts
        self._roots: dict[Step, frozenset[Cause]] = {}
        self._sorted: dict[frozenset[Cause], tuple[Cause, ...]] = {}  # many steps have the same
        self._texts_before = before.dockerfile.whole_texts
        # Rules that are the same let the same through of trees that hold everything.
        self._same_rules = before.ignore.token == after.ignore.token and before.whole and after.whole
        self._files = files if files is not None and self._same_rules and not parts else {}

    def roots(self, step: Step) -> tuple[Cause, ...]:
        """Root causes of a step that is not cached, in the order of their tokens: `Dockerfile:4`, `app.rb`."""
        roots = self._root_causes(step)
        found = self._sorted.get(roots)
        if found is None:
            found = self._sorted[roots] = in_order(roots)
        return found

    def own(self, step: Step) -> tuple[Cause, ...]:
        """The causes that strike this very step, not those it inherits."""
        return in_order(self._own(step))

    def _own(self, step: Step) -> set[Cause]:
        causes: set[Cause] = set()
        for difference in step.differences:
            causes.update(self._causes(step, difference))
        for source in step.inherits:
            if source.is_heredoc:  # a heredoc is part of the instruction that holds it
                causes.add(self._line(step.label.instruction))
        return causes

    def _root_causes(self, step: Step) -> frozenset[Cause]:
        found = self._roots.get(step)
        if found is None:
            causes = self._own(step)
            for source in step.inherits:
                if source.is_heredoc:
                    continue
                if step.outcome == Outcome.OUTPUT_DEPENDENT and source is not step.parent:
                    causes.add(StepCause(writer_of(source).label.name))
                else:
                    causes |= self._root_causes(source)
            if not causes and step.outcome != Outcome.CACHED:
                causes.add(self._line(step.label.instruction))
            found = self._roots[step] = frozenset(causes)
        return found

    def _line(self, instruction: Instruction) -> Cause:
        return DockerfileCause(self.after.dockerfile.path, instruction.line)

    def _argument(self, name: str) -> Cause:
        dockerfile = self.after.dockerfile
        written = [*dockerfile.global_args, *(i for stage in dockerfile.stages for i in stage.instructions)]
        declared = next((i for i in written if isinstance(i, Arg) and any(n == name for n, _ in i.pairs)), None)
        if declared is None:
            return ArgumentCause(name)
        return ArgumentCause(name, dockerfile.path, declared.line)

    def _base(self, name: str, origin: Instruction) -> Cause:
        return BaseCause(name, self.after.dockerfile.path, origin.line)

    def _causes(self, step: Step, difference: Difference) -> Iterator[Cause]:
        if isinstance(difference, ColdCache):
            yield ColdCause()
            return
        if step.is_unknown:
            yield StepCause(NOT_SHOWN)
            return
        match difference:
            case OtherFiles(paths=paths, context=context):
                yield from (self._path(path, context) for path in paths)
            case UnknownFiles():
                yield StepCause(NOT_SHOWN)
            case NoCache():
                yield OptionCause("--no-cache" if self.after.options.no_cache else "--no-cache-filter")
            case OtherImage():
                yield from self._base_causes(step)
            case OtherEnvironment():
                yield from self._environment_causes(step, difference)
            case NewStep():
                if not step.inherits or step.label.instruction.whole_text not in self._texts_before:
                    yield self._line(step.label.instruction)
            case OtherParent():
                if not step.inherits:
                    yield self._line(step.label.instruction)
            case OtherSource():
                yield self._line(step.label.instruction)
            case OtherPart():
                yield from self._part_causes(step, difference.part)
            case other:
                assert_never(other)

    def _path(self, path: str, context: str) -> Cause:
        """One value for each path: the steps of a build name the same ones over and over."""
        found = self._files.get((context, path))
        if found is None:
            found = self._files[context, path] = self._path_cause(path, context)
        return found

    def _path_cause(self, path: str, context: str) -> Cause:
        if context:
            return FileCause(path, self._named_part(path, context), context)
        rules = self.after.ignore_file or self.before.ignore_file
        part: FilePart | None = None
        if self.parts or not self._same_rules:
            was, now = lookup(self.before.tree, path), lookup(self.after.tree, path)
            if rules and not self._same_rules and self._ruled_out(path, was, now):
                return IgnoreCause(rules)
            part = part_of(was, now) if self.parts else None
        if path == _GIT or path.startswith(f"{_GIT}/"):
            return GitCause(path, part)
        return FileCause(path, part)

    def _ruled_out(self, path: str, was: Node | None, now: Node | None) -> bool:
        """Whether the ignore rules and not the file itself are what differs."""
        if was is not None and now is not None and same(was, now):
            return True
        # What a snapshot's rules keep out is not in it, so whether the file was there nobody can tell.
        sides = ((self.before, was), (self.after, now))
        return any(node is None and not side.whole and _ignores(side, path) for side, node in sides)

    def _named_part(self, path: str, context: str) -> FilePart | None:
        if not self.parts:
            return None
        trees = [named.tree if (named := side.options.named_contexts.get(context)) else None for side in self._sides]
        was, now = (None if tree is None else lookup(tree, path) for tree in trees)
        return part_of(was, now)

    @property
    def _sides(self) -> tuple[Side, Side]:
        return self.before, self.after

    def _base_causes(self, step: Step) -> Iterator[Cause]:
        instruction = step.label.instruction
        names = _names(instruction.text)
        changed = [name for name in names if self._argument_changed(name)]
        if changed:
            yield from (self._argument(name) for name in changed)
            return
        defaults = [arg for arg in self._changed_defaults() if any(name in names for name, _ in arg.pairs)]
        if defaults:
            yield from (self._line(arg) for arg in defaults)
            return
        if instruction.text in {stage.origin.text for stage in self.before.dockerfile.stages}:
            yield self._base(instruction.base if isinstance(instruction, From) else instruction.text, instruction)
        else:
            yield self._line(instruction)

    def _changed_defaults(self) -> list[Arg]:
        """Global ARGs whose text is not that of any before."""
        known = {arg.text for arg in self.before.dockerfile.global_args}
        return [arg for arg in self.after.dockerfile.global_args if arg.text not in known]

    def _argument_changed(self, name: str) -> bool:
        return self.before.options.build_args.get(name) != self.after.options.build_args.get(name)

    def _environment_causes(self, step: Step, difference: OtherEnvironment) -> Iterator[Cause]:
        old, new = dict(difference.before), dict(difference.after)
        changed = [name for name in (old | new) if old.get(name) != new.get(name)]
        for name in changed:
            yield self._variable(step, name)
        if not changed and not step.inherits:
            yield self._line(step.label.instruction)  # the same variables in another order

    def _variable(self, step: Step, name: str) -> Cause:
        if self._argument_changed(name):
            return self._argument(name)
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
        return self._base(base, stages[0].origin) if was != now else None

    def _origin(self, step: Step, instruction: Instruction) -> list[Cause]:
        """What made an instruction mean something else: its own line, or the ARG or ENV its text refers to."""
        if instruction.whole_text not in self._texts_before:
            return [self._line(instruction)]
        names = _names(instruction.text)
        arguments = [self._argument(name) for name in names if self._argument_changed(name)]
        if arguments:
            return arguments
        for name in names:
            setter = self._last_setter(step, lambda i, n=name: isinstance(i, Env | Arg) and n in dict(i.pairs))  # type: ignore[misc]
            if setter is not None and setter is not instruction and setter.text not in self._texts_before:
                return [self._line(setter)]
        return [self._line(instruction)]

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

    def _part_causes(self, step: Step, part: KeyPart) -> Iterator[Cause]:
        instruction = step.label.instruction
        own = self._origin(step, instruction)
        if own != [self._line(instruction)] or instruction.whole_text not in self._texts_before:
            yield from own
            return
        set_by = part.set_by or (Shell if isinstance(instruction, Run) else Workdir)
        setter = self._last_setter(step, lambda i: isinstance(i, set_by))
        yield from self._origin(step, setter) if setter is not None else own


def _ignores(side: Side, path: str) -> bool:
    decided = side.ignore.deciding(path)
    return decided is not None and not decided.negated


def _names(text: str) -> list[str]:
    return _NAME.findall(text)
