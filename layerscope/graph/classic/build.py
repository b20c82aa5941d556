"""The classic builder (DOCKER_BUILDKIT=0): every instruction is a step, matched by parent image and config.

A step hits where the store has a child of the very parent image whose config equals the one this instruction
would give. After the first miss of a stage nothing more is looked up until the next FROM.
"""

from __future__ import annotations

from layerscope.answer import Assumption
from layerscope.context.tree import Directory
from layerscope.dockerfile.expand import ExpansionError, expand
from layerscope.dockerfile.instructions import Instruction
from layerscope.dockerfile.stages import Dockerfile, Stage
from layerscope.errors import InputError
from layerscope.graph.classic.cache import ClassicCache, ClassicResult
from layerscope.graph.classic.scope import Built
from layerscope.graph.classic.stage import StageBuild, is_scratch
from layerscope.graph.files.filesystem import Tree
from layerscope.graph.files.matches import MissingSource
from layerscope.graph.files.vertex_files import files_of
from layerscope.graph.names import normalized, unknown_base, unmoved
from layerscope.graph.operations import LocalSource
from layerscope.graph.options import BaseImage, BuildOptions
from layerscope.graph.outcomes import Outcome
from layerscope.graph.versions import BUILDKIT_RELEASES, version_assumption
from layerscope.graph.vertices import StepLabel, Vertex, lone_vertex


class ClassicBuild:
    """One build against a cache: `run` gives the results of all numbered steps up to the target."""

    def __init__(self, dockerfile: Dockerfile, context: Directory, options: BuildOptions, cache: ClassicCache) -> None:
        self.dockerfile = dockerfile
        self.context = context
        self.options = options
        self.cache = cache
        self.stages = self._up_to_target()
        count = len(dockerfile.global_args) + sum(1 + len(stage.instructions) for stage in self.stages)
        self.total = count
        self.number = 0
        self.results: list[ClassicResult] = []
        self.built: list[Built] = []
        self.trees: dict[Vertex, Tree] = {}
        self.identity_of: dict[Vertex, int] = {}
        self.context_vertex = lone_vertex(LocalSource(), tree=context)
        assumed = version_assumption(options.builder_version, BUILDKIT_RELEASES)
        self.assumptions: dict[Assumption, None] = {assumed: None} if assumed is not None else {}
        self.global_args = self._global_args()

    def run(self, *, lenient: bool = False) -> list[ClassicResult]:
        """lenient: stop quietly where a source is missing (the build that would have failed there)."""
        for arg in self.dockerfile.global_args:
            self.results.append(ClassicResult(self._label(arg, "", 0), Outcome.CACHED, 0, ()))
        try:
            for stage in self.stages:
                self.built.append(StageBuild(self, stage).run())
            if is_scratch(self.built[-1].result):
                message = "no image was generated: the last stage begins from scratch and does nothing"
                raise InputError(message, self.dockerfile.path, self.stages[-1].origin.line)
        except MissingSource:
            if not lenient:
                raise
        return self.results

    def _up_to_target(self) -> tuple[Stage, ...]:
        wanted = self.options.target
        if wanted is None:
            return self.dockerfile.stages
        for stage in self.dockerfile.stages:
            if wanted.lower() == stage.origin.name:
                return self.dockerfile.stages[: stage.index + 1]
        raise InputError(f"failed to reach build target {wanted} in Dockerfile", self.dockerfile.path)

    def _global_args(self) -> dict[str, str]:
        values: dict[str, str] = {}  # no ARG is predefined: TARGETARCH and the like are BuildKit's
        for arg in self.dockerfile.global_args:
            for name, default in arg.pairs:
                if name in self.options.build_args:
                    values[name] = self.options.build_args[name]
                elif default is not None:
                    try:
                        values[name] = expand(default, values, escape=self.dockerfile.directives.escape)
                    except ExpansionError as error:
                        raise InputError(str(error), self.dockerfile.path, arg.line) from None
        return values

    def _label(self, instruction: Instruction, stage: str, index: int) -> StepLabel:
        self.number += 1
        name = f"Step {self.number}/{self.total} : {instruction.text}"
        return StepLabel(name, stage, index, self.number, instruction, instruction.keyword, self.number)

    def label(self, instruction: Instruction, stage: Stage) -> StepLabel:
        return self._label(instruction, stage.origin.name or f"stage-{stage.index}", stage.index)

    def stage_named(self, name: str) -> Built | None:
        for stage, built in zip(self.stages, self.built, strict=False):
            if name.lower() == stage.origin.name or name == str(stage.index):
                return built
        return None

    def image(self, name: str, *, is_base: bool = True) -> BaseImage:
        """What is known of an image; one that was not given is taken as unmoved, and a base as plain."""
        full = normalized(name)
        image = self.options.bases.get(full)
        tag = unmoved(name, pull=self.options.pull) if image is None else None
        if tag is not None:
            self.assume(tag)
        if is_base and not (image and image.known):
            self.assume(unknown_base(name))
        return image or BaseImage(full)

    def assume(self, assumption: Assumption) -> None:
        self.assumptions[assumption] = None

    def files(self, vertex: Vertex) -> Tree:
        if vertex not in self.trees:
            self.trees[vertex] = files_of(vertex, self.identity_of.get(vertex, 0), self.files)
        return self.trees[vertex]
