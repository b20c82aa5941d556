"""Why a step is not taken from the cache: its root causes, inherited down the chain, and one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from layerscope.analysis.side import Side
from layerscope.context.tree import lookup, same
from layerscope.dockerfile.instructions import Arg, Env, Instruction, Run, Shell, User, Workdir
from layerscope.graph.steps import CACHED, OUTPUT_DEPENDENT, Difference, Step

_NAME = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")


class Causes:
    """Answers for the steps of one after build; what was found for a step is kept for those that follow it."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before = before
        self.after = after
        self._roots: dict[Step, frozenset[str]] = {}

    def because(self, step: Step) -> tuple[str, ...]:
        """Root causes of a step that is not cached, sorted: `app.rb`, `Dockerfile:4`, `ARG V`, `step:[b 2/3] …`."""
        return tuple(sorted(self._because(step)))

    def own(self, step: Step) -> tuple[str, ...]:
        """The causes that strike this very step, not those it inherits."""
        return tuple(sorted({token for difference in step.differences for token in self._tokens(step, difference)}))

    def _because(self, step: Step) -> frozenset[str]:
        found = self._roots.get(step)
        if found is None:
            tokens: set[str] = set(self.own(step))
            for source in step.inherits:
                if step.outcome == OUTPUT_DEPENDENT and source is not step.parent:
                    tokens.add(f"step:{_writer(source).label.name}")
                else:
                    tokens |= self._because(source)
            if not tokens and step.outcome != CACHED:
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
        elif part == "option":
            yield "option:--no-cache" if self.after.options.no_cache else "option:--no-cache-filter"
        elif part == "files":
            yield from (self._path_token(path, difference.context) for path in difference.paths)
        elif part in {"image", "base image"}:
            yield from self._base_tokens(step)
        elif part == "environment":
            yield from self._environment_tokens(step, difference)
        elif part in {"parent", "new", "source"}:
            if not step.inherits or part == "source":
                yield self._line(instruction)
        else:
            yield from self._text_tokens(step, difference)

    def _path_token(self, path: str, context: str) -> str:
        if context:
            return f"{context}:{path}"
        was, now = lookup(self.before.tree, path), lookup(self.after.tree, path)
        if was is not None and now is not None and self.after.ignore_file and same(was, now):
            return f"ignore:{self.after.ignore_file}"
        return path

    def _base_tokens(self, step: Step) -> Iterator[str]:
        instruction = step.label.instruction
        changed = [name for name in _names(instruction.text) if self._argument_changed(name)]
        if changed:
            yield from (f"ARG {name}" for name in changed)
            return
        texts = {stage.origin.text for stage in self.before.dockerfile.stages}
        if instruction.text in texts:
            reference = instruction.text.split()[-1] if " as " not in instruction.text.lower() else instruction.text
            yield f"FROM {getattr(instruction, 'base', reference)}"
        else:
            yield self._line(instruction)

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
        if setter is None:
            return self._line(step.label.instruction)
        for used in _names(setter.text):
            if self._argument_changed(used):
                return f"ARG {used}"
        return self._line(setter)

    def _last_setter(self, step: Step, wanted: object) -> Instruction | None:
        """The last instruction above the step, in its stage, those below it or the global ARGs, that sets something."""
        found: Instruction | None = None
        line = step.label.instruction.line
        instructions: Iterable[Instruction] = [
            *self.after.dockerfile.global_args,
            *(i for stage in self.after.dockerfile.stages for i in stage.instructions),
        ]
        for instruction in instructions:
            if instruction.line < line and wanted(instruction):  # type: ignore[operator]
                found = instruction
        return found

    def _text_tokens(self, step: Step, difference: Difference) -> Iterator[str]:
        instruction = step.label.instruction
        before = difference.before_instruction
        if before is not None and before.text != instruction.text:
            yield self._line(instruction)
            return
        changed = [name for name in _names(instruction.text) if self._argument_changed(name)]
        if changed:
            yield from (f"ARG {name}" for name in changed)
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
        variables = _names(instruction.text)
        setter = None
        if variables:
            setter = self._last_setter(step, lambda i: isinstance(i, Env | Arg) and i.pairs[0][0] in variables)
        setter = setter or self._last_setter(step, lambda i: isinstance(i, kind))
        yield self._line(setter or instruction)


def _names(text: str) -> list[str]:
    return _NAME.findall(text)


def _writer(step: Step) -> Step:
    """The step whose output is not known: the last one of a stage that runs again and is a RUN, else the last."""
    walker: Step | None = step
    while walker is not None and walker.outcome != CACHED:
        if walker.label.keyword in {"RUN", "ADD"} and not walker.hidden:
            return walker
        walker = walker.parent
    return step


def reason(step: Step, own: tuple[str, ...]) -> str:
    """One sentence: what made this step miss, or that it did not."""
    if step.outcome == CACHED:
        return "nothing it depends on has changed"
    if step.outcome == OUTPUT_DEPENDENT:
        sources = [s for s in step.inherits if s is not step.parent]
        if sources:
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
