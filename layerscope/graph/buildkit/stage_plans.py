"""The stages of a Dockerfile before their instructions become operations: names, and which reads of which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from layerscope.dockerfile.instructions import Copy, Instruction
from layerscope.dockerfile.stages import Dockerfile, Stage
from layerscope.errors import InputError
from layerscope.graph.buildkit.numbered_states import NumberedStates, is_number
from layerscope.graph.buildkit.stage_state import StageState
from layerscope.values import Entity, field


class StagePlan(Entity):
    """One stage. base: the earlier stage it stands on, if any. readers: its own instructions that read of others."""

    stage: Stage
    base_name: str
    base: StagePlan | None
    state: StageState
    instructions: list[Instruction]
    readers: list[Instruction]
    platform: str | None = None
    replaced: str | None = None  # the named context in place of the stage
    base_context: str | None = None  # the named context in place of its base image
    paths: list[str] = field(default_factory=list)  # what is read of the files the stage began with
    triggers: int = 0


class StagePlans:
    """All stages, in the order of the file. numbered: what `from=NUMBER` means past the last of them."""

    def __init__(self, dockerfile: Dockerfile) -> None:
        self.path = dockerfile.path
        self.plans: list[StagePlan] = []
        self.by_name: dict[str, StagePlan] = {}
        self.numbered = NumberedStates(len(dockerfile.stages), self.by_name)

    def add(self, plan: StagePlan) -> None:
        self.plans.append(plan)
        if plan.stage.origin.name:
            self.by_name[plan.stage.origin.name] = plan

    def named(self, name: str) -> StagePlan | None:
        return self.by_name.get(name.lower())

    def source(self, instruction: Instruction, name: str) -> StagePlan | None:
        """The stage that `from=NAME` means; None is an image or a named context. A mount knows no numbers."""
        if isinstance(instruction, Copy) and is_number(name):
            return self.plans[int(name)] if int(name) < len(self.plans) else None
        return self.named(name)

    def meet(self, instruction: Instruction) -> None:
        """To be called for all instructions in turn, and for triggers as they are put in, before anything is asked."""
        try:
            self.numbered.meet(instruction)
        except ValueError as error:
            raise InputError(str(error), self.path, instruction.line) from None

    def sources(self, instructions: Iterable[Instruction]) -> Iterator[tuple[StagePlan, Instruction]]:
        for instruction in instructions:
            for name in instruction.source_names:
                source = self.source(instruction, name) if name else None
                if source is not None:
                    yield source, instruction

    def reached(self, target: StagePlan) -> list[StagePlan]:
        """The stages that a target needs, itself among them."""
        found: list[StagePlan] = []
        stack = [target]
        while stack:
            plan = stack.pop()
            if plan in found:
                continue
            found.append(plan)
            for source, instruction in self.sources(plan.instructions):
                if source.stage.index >= plan.stage.index:
                    raise InputError(
                        f'cannot copy from stage "{source.state.name}", it needs to be defined before current stage '
                        f'"{plan.state.name}"',
                        self.path,
                        instruction.line,
                    )
                stack.append(source)
            if plan.base is not None:
                stack.append(plan.base)
        return found

    def check_circles(self) -> None:
        """Over all stages, unneeded ones too: their `from=` must lead somewhere, and never back."""
        uses = [(plan, *use) for plan in self.plans for use in self.sources(plan.readers)]
        if any(source.stage.index >= plan.stage.index for plan, source, _ in uses):  # else there is none
            for plan, source, instruction in uses:
                if self._copies_from(source, plan):
                    message = f"circular dependency detected on stage: {plan.state.name}"
                    raise InputError(message, self.path, instruction.line)

    def _copies_from(self, start: StagePlan, goal: StagePlan) -> bool:
        seen: list[StagePlan] = []
        stack = [start]
        while stack:
            plan = stack.pop()
            if plan is goal:
                return True
            if plan not in seen:
                seen.append(plan)
                stack += [source for source, _ in self.sources(plan.readers)]
        return False
