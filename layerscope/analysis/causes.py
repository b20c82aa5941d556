"""Why a step is not taken from the cache: its root causes, inherited down the chain, and one sentence."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

from layerscope.analysis.side import Side
from layerscope.context.paths import lookup
from layerscope.context.tree import same
from layerscope.dockerfile.instructions import Arg, Env, From, Instruction, Run, Shell, User, Workdir
from layerscope.dockerfile.stages import Stage
from layerscope.errors import InputError
from layerscope.graph.names import normalized
from layerscope.graph.outcomes import Outcome
from layerscope.graph.recovered import NOT_SHOWN
from layerscope.graph.steps import Difference, Step

_NAME = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


class Causes:
    """Answers for the steps of one after build; what was found for a step is kept for those that follow it."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before = before
        self.after = after
        self._roots: dict[Step, frozenset[str]] = {}
        self._sorted: dict[frozenset[str], tuple[str, ...]] = {}  # many steps have the same
        self._texts_before = before.dockerfile.whole_texts
        # Rules that are the same let the same through of trees that hold everything.
        self._same_rules = before.ignore.token == after.ignore.token and before.whole and after.whole

    def because(self, step: Step) -> tuple[str, ...]:
        """Root causes of a step that is not cached, sorted: `app.rb`, `Dockerfile:4`, `ARG V`, `step:[b 2/3] …`."""
        roots = self._because(step)
        found = self._sorted.get(roots)
        if found is None:
            # Interned: the builds of a history name the same paths over and over.
            found = self._sorted[roots] = tuple(sorted(map(sys.intern, roots)))
        return found

    def own(self, step: Step) -> tuple[str, ...]:
        """The causes that strike this very step, not those it inherits."""
        return tuple(sorted(self._own(step)))

    def _own(self, step: Step) -> set[str]:
        tokens: set[str] = set()
        for difference in step.differences:
            tokens.update(self._tokens(step, difference))
        for source in step.inherits:
            if source.is_heredoc:  # a heredoc is part of the instruction that holds it
                tokens.add(self._line(step.label.instruction))
        return tokens

    def _because(self, step: Step) -> frozenset[str]:
        found = self._roots.get(step)
        if found is None:
            tokens = self._own(step)
            for source in step.inherits:
                if source.is_heredoc:
                    continue
                if step.outcome == Outcome.OUTPUT_DEPENDENT and source is not step.parent:
                    tokens.add(f"step:{_writer(source).label.name}")
                else:
                    tokens |= self._because(source)
            if not tokens and step.outcome != Outcome.CACHED:
                tokens.add(self._line(step.label.instruction))
            found = self._roots[step] = frozenset(tokens)
        return found

    def _line(self, instruction: Instruction) -> str:
        return f"Dockerfile:{instruction.line}"

    def _tokens(self, step: Step, difference: Difference) -> Iterator[str]:
        part = difference.part
        instruction = step.label.instruction
        if part == "cold":
            yield "cold"
        elif step.is_unknown or part == "unknown":
            yield f"step:{NOT_SHOWN}"
        elif part == "option":
            yield "option:--no-cache" if self.after.options.no_cache else "option:--no-cache-filter"
        elif part == "files" and self._same_rules and not difference.context:
            yield from difference.paths
        elif part == "files":
            yield from (self._path_token(path, difference.context) for path in difference.paths)
        elif part in {"image", "base image"}:
            yield from self._base_tokens(step)
        elif part == "environment":
            yield from self._environment_tokens(step, difference)
        elif part in {"parent", "new", "source"}:
            added = part == "new" and instruction.whole_text not in self._texts_before
            if not step.inherits or part == "source" or added:
                yield self._line(instruction)
        else:
            yield from self._text_tokens(step, difference)

    def _path_token(self, path: str, context: str) -> str:
        if context:
            return f"{context}:{path}"
        was, now = lookup(self.before.tree, path), lookup(self.after.tree, path)
        rules = self.after.ignore_file or self.before.ignore_file
        if was is not None and now is not None and rules and same(was, now):
            return f"ignore:{rules}"
        # What a snapshot's rules keep out is not in it, so whether the file was there nobody can tell.
        kept_out = any(
            node is None and not side.whole and _ignores(side, path)
            for side, node in ((self.before, was), (self.after, now))
        )
        return f"ignore:{rules}" if kept_out else path

    def _base_tokens(self, step: Step) -> Iterator[str]:
        instruction = step.label.instruction
        names = _names(instruction.text)
        changed = [name for name in names if self._argument_changed(name)]
        if changed:
            yield from (f"ARG {name}" for name in changed)
            return
        defaults = [arg for arg in self._changed_defaults() if any(name in names for name, _ in arg.pairs)]
        if defaults:
            yield from (self._line(arg) for arg in defaults)
            return
        if instruction.text in {stage.origin.text for stage in self.before.dockerfile.stages}:
            yield f"FROM {instruction.base if isinstance(instruction, From) else instruction.text}"
        else:
            yield self._line(instruction)

    def _changed_defaults(self) -> list[Arg]:
        """Global ARGs whose text is not that of any before."""
        known = {arg.text for arg in self.before.dockerfile.global_args}
        return [arg for arg in self.after.dockerfile.global_args if arg.text not in known]

    def _argument_changed(self, name: str) -> bool:
        return self.before.options.build_args.get(name) != self.after.options.build_args.get(name)

    def _environment_tokens(self, step: Step, difference: Difference) -> Iterator[str]:
        old = dict(difference.before) if isinstance(difference.before, tuple) else {}
        new = dict(difference.after) if isinstance(difference.after, tuple) else {}
        changed = [name for name in (old | new) if old.get(name) != new.get(name)]
        for name in changed:
            yield self._variable_token(step, name)
        if not changed and not step.inherits:
            yield self._line(step.label.instruction)  # the same variables in another order

    def _variable_token(self, step: Step, name: str) -> str:
        if self._argument_changed(name):
            return f"ARG {name}"
        setter = self._last_setter(step, lambda i: isinstance(i, Env | Arg) and any(n == name for n, _ in i.pairs))
        if setter is None and (moved := self._moved_base(step)) is not None:
            return moved  # the base's own variable
        return next(iter(self._origin(step, setter or step.label.instruction)))

    def _moved_base(self, step: Step) -> str | None:
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
        return f"FROM {base}" if was != now else None

    def _origin(self, step: Step, instruction: Instruction) -> list[str]:
        """What made an instruction mean something else: its own line, or the ARG or ENV its text refers to."""
        if instruction.whole_text not in self._texts_before:
            return [self._line(instruction)]
        names = _names(instruction.text)
        arguments = [f"ARG {name}" for name in names if self._argument_changed(name)]
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

    def _text_tokens(self, step: Step, difference: Difference) -> Iterator[str]:
        instruction = step.label.instruction
        own = self._origin(step, instruction)
        if own != [self._line(instruction)] or instruction.whole_text not in self._texts_before:
            yield from own
            return
        kinds: dict[str, type[Instruction]] = {
            "working directory": Workdir,
            "directory": Workdir,
            "destination": Workdir,
            "user": User,
            "owner": User,
            "shell": Shell,
        }
        kind = kinds.get(difference.part, Shell if isinstance(instruction, Run) else Workdir)
        setter = self._last_setter(step, lambda i: isinstance(i, kind))
        yield from self._origin(step, setter) if setter is not None else own


def _ignores(side: Side, path: str) -> bool:
    decided = side.ignore.deciding(path)
    return decided is not None and not decided.negated


def _names(text: str) -> list[str]:
    return _NAME.findall(text)


def _writer(step: Step) -> Step:
    """The step whose output is not known: the last one of a stage that runs again and is a RUN, else the last."""
    walker: Step | None = step
    while walker is not None and walker.outcome != Outcome.CACHED:
        if walker.label.keyword in {"RUN", "ADD"} and not walker.hidden:
            return walker
        walker = walker.parent
    return step


def reason(step: Step, own: tuple[str, ...]) -> str:
    """One sentence: what made this step miss, or that it did not."""
    if step.outcome == Outcome.CACHED:
        return "nothing it depends on has changed"
    if step.outcome == Outcome.OUTPUT_DEPENDENT:
        sources = [s for s in step.inherits if s is not step.parent]
        if sources:
            if sources[0].is_unknown:
                return f"hangs on {NOT_SHOWN}"
            return f"hangs on the bytes that {_shown(_writer(sources[0]))} will write"
        if step.inherits:
            return f"follows {_shown(step.inherits[0])}, which only the build decides"
        return "hangs on bytes that are not known here"
    if own:
        return _own_sentence(step, own)
    if step.inherits:
        parent = step.inherits[0]
        kind = "follows" if parent is step.parent else "copies from"
        return f"{kind} {_shown(parent)}, which runs again"
    return "has not been built before"


def _own_sentence(step: Step, own: tuple[str, ...]) -> str:
    first = own[0]
    more = f" and {len(own) - 1} more" if len(own) > 1 else ""
    if first == "cold":
        return "nothing has been built before"
    if first.startswith("option:"):
        return f"{first.removeprefix('option:')} was given"
    if first.startswith("Dockerfile:"):
        return f"the Dockerfile changed at line {first.removeprefix('Dockerfile:')}{more}"
    if first.startswith("ARG "):
        return f"build argument {first.removeprefix('ARG ')} has another value{more}"
    if first.startswith("FROM "):
        return f"base image {first.removeprefix('FROM ')} changed"
    if first.startswith("ignore:"):
        return f"the ignore rules of {first.removeprefix('ignore:')} now select other files{more}"
    return f"{first}{more} changed"


def _shown(step: Step) -> str:
    return f"`{step.label.name}`" if not step.hidden else "a file system it reads"
