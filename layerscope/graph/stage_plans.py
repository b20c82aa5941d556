"""The stages of a Dockerfile before their instructions become operations: names, and which reads of which."""

from __future__ import annotations

from layerscope.dockerfile.instructions import Copy, Instruction, Run
from layerscope.dockerfile.stages import Stage
from layerscope.errors import InputError
from layerscope.graph.stage_state import StageState
from layerscope.values import Entity, field


class StagePlan(Entity):
    """One stage. base: the earlier stage it stands on, if any."""

    stage: Stage
    base_name: str
    base: StagePlan | None
    state: StageState
    instructions: list[Instruction]
    platform: str | None = None
    replaced: str | None = None  # the named context in place of the stage
    base_context: str | None = None  # the named context in place of its base image
    paths: list[str] = field(default_factory=list)  # what is read of the files the stage began with
    triggers: int = 0


def names_of_sources(instruction: Instruction) -> list[str]:
    """What the instruction reads besides its chain: a `from=` each; "" for a mount without one."""
    if isinstance(instruction, Copy):
        return [instruction.from_name] if instruction.from_name else []
    return [mount.from_name or "" for mount in instruction.mounts] if isinstance(instruction, Run) else []


class StagePlans:
    """All stages, in the order of the file. path: of the Dockerfile, for what is refused."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.plans: list[StagePlan] = []
        self.by_name: dict[str, StagePlan] = {}

    def add(self, plan: StagePlan) -> None:
        self.plans.append(plan)
        if plan.stage.origin.name:
            self.by_name[plan.stage.origin.name] = plan

    def named(self, name: str) -> StagePlan | None:
        return self.by_name.get(name.lower())

    def source(self, instruction: Instruction, name: str) -> StagePlan | None:
        """The stage that `from=NAME` means; None is an image or a named context. A mount knows no numbers."""
        if isinstance(instruction, Copy) and name.isdecimal():
            if int(name) >= len(self.plans):
                raise InputError(f"invalid stage index {int(name)}", self.path, instruction.line)
            return self.plans[int(name)]
        return self.named(name)

    def registers_state(self, instruction: Instruction) -> bool:
        """Whether BuildKit counts one more stage for the instruction: for an image, and for any mount of no stage."""
        if isinstance(instruction, Copy) and (instruction.from_name or "0").isdecimal():
            return False
        return any(self.named(name) is None for name in names_of_sources(instruction))

    def sources(self, plan: StagePlan) -> list[tuple[StagePlan, Instruction]]:
        found: list[tuple[StagePlan, Instruction]] = []
        for instruction in plan.instructions:
            for name in filter(None, names_of_sources(instruction)):
                source = self.source(instruction, name)
                if source is not None:
                    found.append((source, instruction))
        return found

    def reached(self, target: StagePlan) -> list[StagePlan]:
        """The stages that a target needs, itself among them."""
        found: list[StagePlan] = []
        stack = [target]
        while stack:
            plan = stack.pop()
            if plan in found:
                continue
            found.append(plan)
            for source, instruction in self.sources(plan):
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
        for plan in self.plans:
            for source, instruction in self.sources(plan):
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
                stack += [source for source, _ in self.sources(plan)]
        return False
