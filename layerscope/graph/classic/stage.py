"""One stage of a build by the classic builder: its steps in turn, each looked up among the children of its parent."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from layerscope.dockerfile.expand import ExpansionError, expand
from layerscope.dockerfile.instructions import Arg, Copy, Instruction, Run, Workdir
from layerscope.dockerfile.parse import parse_trigger
from layerscope.dockerfile.stages import Stage
from layerscope.errors import InputError
from layerscope.graph.classic.cache import ClassicRecord, ClassicResult
from layerscope.graph.classic.config import BASE, ClassicConfig
from layerscope.graph.classic.copied import ClassicCopy
from layerscope.graph.classic.file_sums import FileSums, compare_sums, digest_of_sums
from layerscope.graph.classic.probe import classic_probe
from layerscope.graph.classic.scope import BuildScope, Built
from layerscope.graph.files.filesystem import Match
from layerscope.graph.files.matches import MissingSource
from layerscope.graph.key_parts import Definition
from layerscope.graph.operations import ExecOp, ImageSource, MkdirOp
from layerscope.graph.options import BaseImage
from layerscope.graph.outcomes import Outcome
from layerscope.graph.stage_config import PROXIES
from layerscope.graph.value_checks import check_platform
from layerscope.graph.vertices import StepLabel, Vertex, lone_vertex


class StageBuild:
    """One stage: `run` gives what it came to, and adds its numbered steps to the build's results."""

    def __init__(self, build: BuildScope, stage: Stage) -> None:
        self.build = build
        self.stage = stage
        self.config = ClassicConfig(build.dockerfile.directives.escape)
        self.vertex: Vertex | None = None
        self.result: ClassicResult | None = None
        self.open_parents: set[int] = set()  # images the parent may turn out to be
        self.state = Outcome.CACHED  # of the last step: after a miss nothing is looked up

    def run(self) -> Built:
        for trigger in self._begin():
            self._step(trigger, numbered=False)
        for instruction in self.stage.instructions:
            self._step(instruction, numbered=True)
        assert self.result is not None
        return Built(self.config, self.result, self.vertex)

    def _begin(self) -> list[Instruction]:
        build, origin = self.build, self.stage.origin
        label = build.label(origin, self.stage)
        name = self._word(origin.base, build.global_args)
        if not name:
            raise self._refusal(origin, f"base name ({origin.base}) should not be blank")
        if origin.platform is not None:
            try:
                check_platform(self._word(origin.platform, build.global_args))
            except ValueError as error:
                raise self._refusal(origin, str(error)) from None
        if origin.name and any(origin.name == stage.origin.name for stage in build.stages[: self.stage.index]):
            raise self._refusal(origin, f"the stage name {origin.name} is already used")
        below = build.stage_named(name)
        if below is not None:
            self.config = below.config.child()
            self.vertex = below.vertex
            changed = Outcome.REBUILT if below.result.outcome == Outcome.REBUILT else Outcome.CACHED
            self.result = ClassicResult(label, changed, below.result.identity, ((BASE, name),), parent=below.result)
            self.open_parents = set(below.result.may_be)
            triggers = below.config.onbuild
        else:
            image = build.image(name) if name != "scratch" else BaseImage("scratch", known=True, empty=True)
            known = image.identity in build.cache.bases
            identity = build.cache.bases.setdefault(image.identity, build.cache.new_identity())
            self.config = ClassicConfig.of_image(image, build.dockerfile.directives.escape)
            if not image.empty:
                self.vertex = lone_vertex(ImageSource(image.identity))
            self.result = ClassicResult(
                label, Outcome.CACHED if known else Outcome.REBUILT, identity, ((BASE, image.identity),)
            )
            triggers = image.onbuild
        given = {**build.global_args, **build.options.build_args}
        self.config.proxies = {name: given[name] for name in sorted(PROXIES & given.keys())}
        build.results.append(self.result)
        return [parse_trigger(text, origin.line, origin.end_line, build.dockerfile.path) for text in triggers]

    def _word(self, text: str, values: Mapping[str, str]) -> str:
        try:
            return expand(text, values, escape=self.build.dockerfile.directives.escape)
        except ExpansionError as error:
            raise InputError(str(error), self.build.dockerfile.path, self.stage.origin.line) from None

    def _step(self, instruction: Instruction, *, numbered: bool) -> None:
        build = self.build
        label = build.label(instruction, self.stage) if numbered else self._trigger_label(instruction)
        copy: ClassicCopy | None = None
        sums: FileSums = ()
        try:
            parts = classic_probe(instruction, self.config)
            if isinstance(instruction, Arg):
                self.config.declare(instruction, build.options.build_args, build.global_args)
            if isinstance(instruction, Copy):
                copy = ClassicCopy(instruction, self.config, build)
                sums = copy.sums()
        except MissingSource:
            raise  # told by whoever asked for the build
        except ValueError as error:
            raise InputError(str(error), build.dockerfile.path, instruction.line) from None
        result = self._look_up(label, parts, sums, copy.source if copy is not None else None)
        if copy is not None and copy.origin is not None:
            result.origin = copy.origin.op
        self._apply_files(instruction, copy, result)
        self.result = result
        if numbered:
            build.results.append(result)

    def _trigger_label(self, instruction: Instruction) -> StepLabel:
        assert self.result is not None
        below = self.result.label
        return StepLabel(below.name, below.stage, below.stage_index, below.position, instruction, instruction.keyword)

    def _look_up(
        self, label: StepLabel, parts: Definition, sums: FileSums, source: ClassicResult | None
    ) -> ClassicResult:
        cache, parent = self.build.cache, self.result
        assert parent is not None
        outcome, nearest = Outcome.REBUILT, None
        if self.build.options.no_cache:
            self.state = Outcome.REBUILT
        parents = {parent.identity} | self.open_parents
        possible: list[ClassicRecord] = []
        digest = digest_of_sums(sums) if cache.named else None
        for record in cache.newest_first(parents):  # of several children of one config the newest is taken
            if record.probe != parts:
                continue
            found = _compare(digest, sums, record)
            nearest = nearest or record
            if found is Match.YES and self.state == Outcome.CACHED and record.parent == parent.identity:
                self.open_parents = set()
                return ClassicResult(label, Outcome.CACHED, record.identity, parts, sums, parent, source, record)
            if found is not Match.NO:
                possible.append(record)
        if possible and self.state != Outcome.REBUILT:
            outcome = Outcome.OUTPUT_DEPENDENT
        self.state = outcome
        may_be = (
            frozenset(record.identity for record in possible) if outcome == Outcome.OUTPUT_DEPENDENT else frozenset()
        )
        self.open_parents = set(may_be)
        identity = cache.new_identity()
        kept = sums if digest is None or source is not None else ()  # of a context the digest says all
        cache.add(ClassicRecord(parent.identity, parts, kept, identity, label, digest))
        return ClassicResult(label, outcome, identity, parts, sums, parent, source, nearest, may_be)

    def _refusal(self, instruction: Instruction, message: str) -> InputError:
        return InputError(message, self.build.dockerfile.path, instruction.line)

    def _apply_files(self, instruction: Instruction, copy: ClassicCopy | None, result: ClassicResult) -> None:
        """What the step leaves on disk, as the vertex that BuildKit would have for it."""
        vertex: Vertex | None = None
        if isinstance(instruction, Run):
            vertex = lone_vertex(ExecOp(instruction.command), self.vertex)
        elif copy is not None:
            vertex = copy.onto(self.vertex)
        elif isinstance(instruction, Workdir):
            vertex = lone_vertex(MkdirOp(self.config.workdir), self.vertex)
        if vertex is not None:
            self.build.identity_of[vertex] = result.identity
            self.vertex = vertex


def _compare(digest: Hashable, sums: FileSums, record: ClassicRecord) -> Match:
    """What a COPY takes now, against what a record has."""
    if digest is not None and record.digest is not None:
        return Match.YES if digest == record.digest else Match.NO
    if record.digest is not None and not record.sums:
        return Match.MAYBE
    return compare_sums(sums, record.sums)


def is_scratch(result: ClassicResult) -> bool:
    """Whether a stage ends as it began, without an image."""
    while result.label.is_from and result.parent is not None:
        result = result.parent
    return result.label.is_from and result.parts == ((BASE, "scratch"),)
