"""BuildKit's Dockerfile frontend: which stages exist, in which order, and the operations they become."""

from __future__ import annotations

import re
from collections.abc import Mapping

from layerscope.answer import Assumption
from layerscope.context.patterns import PatternError
from layerscope.context.sent import asked_for, sent
from layerscope.context.tree import EMPTY, Directory
from layerscope.dockerfile.expand import ExpansionError, expand
from layerscope.dockerfile.instructions import Copy, Instruction, Onbuild, Run, Workdir
from layerscope.dockerfile.parse import parse_trigger
from layerscope.dockerfile.stages import Dockerfile
from layerscope.dockerfile.values import check_lint_options
from layerscope.errors import InputError
from layerscope.graph.buildkit.chosen_frontend import chosen_frontend
from layerscope.graph.buildkit.dispatch import Dispatcher
from layerscope.graph.buildkit.named_contexts import NamedContexts
from layerscope.graph.buildkit.source_date_epoch import source_date_epoch
from layerscope.graph.buildkit.stage_plans import StagePlan, StagePlans
from layerscope.graph.buildkit.stage_state import StageState, platform_args, shows_platforms
from layerscope.graph.buildkit.versions import FrontendRules, rules_of
from layerscope.graph.names import normalized, own_platform, unknown_base, unmoved, without_digest
from layerscope.graph.operations import ImageSource, LocalSource
from layerscope.graph.options import BaseImage, BuildOptions, NamedContext
from layerscope.graph.value_checks import check_platform
from layerscope.graph.versions import BUILDKIT_RELEASES, version_assumption
from layerscope.graph.vertices import Operation, StepLabel
from layerscope.values import Entity, field

_STEPS = (Run, Copy, Workdir)
_OF_BUILDER = re.compile(r"\bBUILD(PLATFORM|OS|ARCH|VARIANT)\b")


class Frontend(Entity):
    """The outcome of reading a Dockerfile for one target: the target's last operation, and what was assumed.

    path: of the Dockerfile, for what is refused. context: the operation that gives the main context; of its files
    only those that are `asked` for are sent. named: what gives the named ones.
    """

    path: str
    context: Operation
    named: NamedContexts
    asked: tuple[str, ...] = ()
    target: Operation | None = None
    labels: list[StepLabel] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)

    def send(self, tree: Directory, named: Mapping[str, NamedContext], *, whole: bool = False) -> None:
        """Give the build its contexts: nothing else of a frontend depends on their files.

        whole: all of the main one is there.
        """
        try:
            self.context.tree = tree if whole else sent(tree, self.asked)
            self.named.send(named)
        except PatternError as error:
            raise InputError(str(error), self.path) from None


def read_frontend(dockerfile: Dockerfile, options: BuildOptions) -> Frontend:
    """Turn a Dockerfile into operations. Raises InputError with file and line as the builder would refuse it."""
    return Conversion(dockerfile, options).run()


class Conversion:
    def __init__(self, dockerfile: Dockerfile, options: BuildOptions) -> None:
        self.dockerfile = dockerfile
        self.options = options
        self.context = Operation(LocalSource(), tree=EMPTY)
        self.context_paths: list[str] = []
        self.named = NamedContexts(options.named_contexts)
        self.result = Frontend(dockerfile.path, self.context, self.named)
        self.rules = rules_of(options.builder_version)
        self.chosen_frontend = chosen_frontend(dockerfile, options, self.rules)
        self.build_args = options.build_args
        self.global_args: Mapping[str, str] = self._global_args()
        self.source_date_epoch: str | None = None
        self.stages = StagePlans(dockerfile)
        self.images: dict[str, Operation | None] = {}
        self.shows_platforms = shows_platforms(options)

    def run(self) -> Frontend:
        try:
            check_lint_options(self.dockerfile.directives.check or "")
        except ValueError as error:
            raise InputError(f"failed to parse check options: {error}", self.dockerfile.path, 1) from None
        self._assume_versions()
        self._settle_epoch()
        if self.options.platform != self.options.build_platform and _OF_BUILDER.search(self.dockerfile.text):
            self.assume(own_platform(self.options))
        self._plan_stages()
        target = self._target()
        for plan in self.stages.plans:
            for instruction in plan.readers:
                self.stages.meet(instruction)
        self.stages.check_circles()
        self._check_image_names()
        self._name_stages()
        needed = self._needed(target)
        for plan in self.stages.plans:
            if plan in needed:
                self._dispatch(plan)
        self.result.asked = asked_for(self.context_paths)
        self.result.target = target.state.last
        return self.result

    def _assume_versions(self) -> None:
        assumed = version_assumption(self.options.builder_version, BUILDKIT_RELEASES)
        if assumed is not None:
            self.assume(assumed)
        if self.chosen_frontend.matters_always:
            self.frontend()

    def frontend(self) -> FrontendRules:
        """The rules of the frontend, for what hangs on its version: of one that is not certain the answer says so."""
        chosen = self.chosen_frontend
        if chosen.assumption is not None:
            self.assume(chosen.assumption)
        return chosen.rules

    def _settle_epoch(self) -> None:
        contexts = self.options.named_contexts
        stages = [stage.origin.name for stage in self.dockerfile.stages if stage.origin.name]
        try:
            settled = source_date_epoch(self.build_args, self.global_args, contexts, stages, self.frontend)
        except ValueError as error:
            raise InputError(str(error), self.dockerfile.path) from None
        self.build_args, self.global_args = settled.build_args, settled.global_args
        self.source_date_epoch = settled.time
        if settled.assumption is not None:
            self.assume(settled.assumption)

    def _fail(self, message: str, instruction: Instruction) -> InputError:
        return InputError(message, self.dockerfile.path, instruction.line)

    def _global_args(self) -> dict[str, str]:
        # Without --target the name is the last stage's, but `default` where that has none.
        values = platform_args(self.options, self.options.target or self.dockerfile.stages[-1].origin.name)
        for arg in self.dockerfile.global_args:
            for name, default in arg.pairs:
                if name in self.options.build_args:
                    values[name] = self.options.build_args[name]
                elif default is not None:
                    try:
                        values[name] = expand(default, values, escape=self.dockerfile.directives.escape)
                    except ExpansionError as error:
                        raise self._fail(str(error), arg) from None
        return values

    def _plan_stages(self) -> None:
        escape = self.dockerfile.directives.escape
        for stage in self.dockerfile.stages:
            origin = stage.origin
            try:
                base_name = expand(origin.base, self.global_args, escape=escape)
                platform = expand(origin.platform, self.global_args, escape=escape) if origin.platform else None
                if platform:
                    check_platform(platform)
            except (ExpansionError, ValueError) as error:
                raise self._fail(str(error), origin) from None
            if not base_name:
                raise self._fail(f"base name ({origin.base}) should not be blank", origin)
            if platform == "":
                raise self._fail(f"empty platform value from expression {origin.platform}", origin)
            base = self.stages.by_name.get(base_name)
            counted = len([i for i in stage.instructions if isinstance(i, _STEPS)])
            total = counted + (1 if base is None and base_name != "scratch" else 0)
            state = StageState(origin.name or f"stage-{stage.index}", stage.index, total)
            state.ignore_cache = self.options.no_cache or (
                bool(origin.name) and origin.name in self.options.no_cache_filter
            )
            readers = [instruction for instruction in stage.instructions if instruction.source_names]
            plan = StagePlan(stage, base_name, base, state, list(stage.instructions), readers, platform)
            if self.shows_platforms:
                state.shown_platform = base.state.shown_platform if base else platform or self.options.platform
            plan.replaced = self.named.name_of(origin.name)
            if plan.replaced is not None:
                plan.base, plan.instructions = None, []
                state.total = 0
            elif base is not None:
                plan.paths = base.paths
            else:
                plan.base_context = self.named.name_of(base_name)
            self.stages.add(plan)

    def _target(self) -> StagePlan:
        wanted = self.options.target
        if wanted is None:
            return self.stages.plans[-1]
        plan = self.stages.named(wanted)
        if plan is None:
            raise InputError(f'target stage "{wanted}" could not be found', self.dockerfile.path)
        return plan

    def _name_stages(self) -> None:
        """A file with one stage prints no stage name, unless an image or any RUN mount registers a second state."""
        if len(self.stages.plans) == 1 and not self.stages.numbered.further:
            self.stages.plans[0].state.name = ""

    def _check_image_names(self) -> None:
        """Of all stages, unneeded ones too."""
        for plan in self.stages.plans:
            if plan.base is None and plan.base_name != "scratch":
                self._full_name(plan.base_name, plan.stage.origin)
            for instruction in plan.readers:
                for name in instruction.source_names:
                    if self.stages.source(instruction, name) is None:
                        meant = self.stages.numbered.name(instruction, name)
                        if self.named.name_of(meant) is None:
                            self._full_name(meant or "scratch", instruction)

    def _full_name(self, name: str, instruction: Instruction) -> str:
        try:
            return normalized(name)
        except InputError as error:
            raise self._fail(f"{name}: {error.message}", instruction) from None

    def _needed(self, target: StagePlan) -> list[StagePlan]:
        """The stages the target reaches, with the triggers of their bases put in, which may reach more."""
        needed: list[StagePlan] = []
        reaches_more = True
        while reaches_more:
            reached = [plan for plan in self.stages.reached(target) if plan not in needed]
            needed += reached
            for plan in self.stages.plans:
                if plan not in needed and plan.base is None and plan.base_name != "scratch":
                    # In each round BuildKit names the FROM row of every stage whose base is not resolved, needed or
                    # not: a stage that only a trigger leads to has used up an index before.
                    plan.state.next_prefix()
            reaches_more = False
            for plan in reached:
                reaches_more |= self._insert_triggers(plan, self._triggers(plan))
        return needed

    def _triggers(self, plan: StagePlan) -> tuple[str, ...]:
        """ONBUILD of the base image, or of the stage right below; a grandchild does not have them again."""
        if plan.replaced is not None:
            return ()
        if plan.base is None:
            return self._base_image(plan).onbuild
        return tuple(i.trigger for i in plan.base.stage.instructions if isinstance(i, Onbuild))

    def _insert_triggers(self, plan: StagePlan, triggers: tuple[str, ...]) -> bool:
        """Whether they copy or mount from anywhere."""
        origin = plan.stage.origin
        parsed = [parse_trigger(text, origin.line, origin.end_line, self.dockerfile.path) for text in triggers]
        for trigger in parsed:
            self.stages.meet(trigger)
        plan.instructions[:0] = parsed
        plan.triggers = len(parsed)
        return any(instruction.source_names for instruction in parsed)

    def _base_image(self, plan: StagePlan) -> BaseImage:
        name: str | None = plan.base_name
        context = plan.replaced or plan.base_context
        if context is not None:
            name = self.options.named_contexts[context].image
        if name is None or name == "scratch":
            return BaseImage("scratch", known=True, empty=True)
        return self.image(name, plan.stage.origin, plan.platform or self.options.platform)

    def assume(self, assumption: Assumption) -> None:
        """Say once what the answer takes for granted."""
        if assumption not in self.result.assumptions:
            self.result.assumptions.append(assumption)

    def image(self, name: str, instruction: Instruction, platform: str, *, is_base: bool = True) -> BaseImage:
        """What is known of an image; one that was not given is taken as unmoved, and a base as plain."""
        full = self._full_name(name, instruction)
        image = self.options.bases.get(full)
        image = image.on(platform) if image is not None else None
        tag = unmoved(name, pull=self.options.pull) if image is None else None
        if tag is not None:
            self.assume(tag)
        if is_base and not (image and image.known):
            self.assume(unknown_base(name))
        return image or BaseImage(full)

    def image_operation(self, name: str, plan: StagePlan | None, instruction: Instruction) -> Operation | None:
        """The source operation of an image, with its FROM row where it is the base of a stage."""
        platform = (plan and plan.platform) or self.options.platform
        image = self.image(name, instruction, platform, is_base=plan is not None)
        if image.empty:
            return None
        full = normalized(name)
        op = _image_source(image, platform, f"{full} {platform}")
        if plan is None:
            if full not in self.images:
                self.images[full] = Operation(op)
            return self.images[full]
        text = f"{plan.state.next_prefix()}FROM {without_digest(full)}"
        label = self.label(text, plan.state, instruction, "FROM")
        return Operation(op, label=label)

    def label(self, name: str, state: StageState, instruction: Instruction, keyword: str) -> StepLabel:
        stage, order = state.name or f"stage-{state.index}", len(self.result.labels)
        label = StepLabel(name, stage, state.index, state.printed, instruction, keyword, order)
        self.result.labels.append(label)
        return label

    def context_operation(self, path: str) -> Operation:
        """The build context, of which `path` is read: only what is asked for is sent."""
        self.context_paths.append(path)
        return self.context

    def source_operation(self, instruction: Instruction, name: str, path: str) -> Operation | None:
        """The file system that `--from=NAME` reads, at `path`: a stage's end, a context, an image; None is empty."""
        plan = self.stages.source(instruction, name)
        if plan is not None:
            plan.paths.append(path)
            return plan.state.last
        name = self.stages.numbered.name(instruction, name)
        context = self.named.name_of(name)
        if context is not None:
            image = self.options.named_contexts[context].image
            if image is not None:
                return self._context_image(image, self.options.platform, instruction)
            return self.named.files_for(context, instruction, path)
        if name == "scratch":
            return None
        return self.image_operation(name, None, instruction)

    def _context_image(self, name: str, platform: str, instruction: Instruction) -> Operation | None:
        """An image in place of another or of a stage: it has no FROM row, and without layers it is one all the same."""
        if name == "scratch":
            return None
        image = self.image(name, instruction, platform)
        # To the engine it is another vertex than the same image in FROM, which it is told to look for at hand first.
        reference = f"context {normalized(name)} {platform}"
        if reference not in self.images:
            tree = EMPTY if image.empty else None
            self.images[reference] = Operation(_image_source(image, platform, reference), tree=tree)
        return self.images[reference]

    def _begin(self, plan: StagePlan) -> None:
        """What a stage starts from."""
        state, origin = plan.state, plan.stage.origin
        context = plan.replaced or plan.base_context
        if context is not None:
            image = self.options.named_contexts[context].image
            platform = plan.platform or self.options.platform
            state.last = (
                self.named.files(context, plan.paths) if image is None else self._context_image(image, platform, origin)
            )
            state.begin_from_image(self._base_image(plan))
        elif plan.base is not None:
            state.begin_from_stage(plan.base.state)
        elif plan.base_name != "scratch":
            state.last = self.image_operation(plan.base_name, plan, origin)
            state.begin_from_image(self._base_image(plan))
        else:
            state.begin_from_image(BaseImage("scratch", known=True))

    def _dispatch(self, plan: StagePlan) -> None:
        self._begin(plan)
        plan.state.total += plan.triggers
        dispatcher = Dispatcher(self, plan.state, plan.platform or self.options.platform)
        for number, instruction in enumerate(plan.instructions):
            dispatcher.dispatch(instruction, on_build=number < plan.triggers)


def _image_source(image: BaseImage, platform: str, reference: str) -> ImageSource:
    return ImageSource(image.identity, "" if image.known else platform, reference)
