"""The classic builder (DOCKER_BUILDKIT=0): every instruction is a step, matched by parent image and config.

A step hits where the store has a child of the very parent image whose config equals the one this instruction
would give. After the first miss of a stage nothing more is looked up until the next FROM.
"""

from __future__ import annotations

import posixpath
from collections.abc import Hashable

from layerscope.answer import Assumption
from layerscope.context.globs import check_glob, has_wildcard
from layerscope.context.tree import Directory, cleaned
from layerscope.dockerfile.expand import ExpansionError, expand
from layerscope.dockerfile.instructions import Add, Arg, Copy, Instruction, Run
from layerscope.dockerfile.parse import parse_trigger
from layerscope.dockerfile.stages import Dockerfile, Stage
from layerscope.errors import InputError
from layerscope.graph.buildkit.copy_operation import remote_operation
from layerscope.graph.classic.cache import ClassicCache, ClassicRecord, ClassicResult
from layerscope.graph.classic.config import ClassicConfig, classic_probe
from layerscope.graph.classic.hash import Entries, compare_entries, entries_name, hashed_entries
from layerscope.graph.files.content import MissingSource, matched_paths
from layerscope.graph.files.filesystem import Match, Opaque, Tree
from layerscope.graph.files.vertex_files import files_of
from layerscope.graph.names import normalized, unknown_base, unmoved, unmoved_source
from layerscope.graph.operations import Label, Operation, Placement, Selector, Vertex
from layerscope.graph.options import BaseImage, BuildOptions
from layerscope.graph.outcomes import Outcome
from layerscope.graph.value_checks import check_platform
from layerscope.values import Entity


class _Built(Entity):
    """A stage that is done: its config, its last result and its files."""

    config: ClassicConfig
    result: ClassicResult
    vertex: Vertex | None


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
        self.built: list[_Built] = []
        self.trees: dict[Vertex, Tree] = {}
        self.identity_of: dict[Vertex, int] = {}
        self.context_vertex = Vertex(Operation("context", (), tree=context), None, (), None)
        self.assumptions: dict[Assumption, None] = {}
        self.global_args = self._global_args()

    def run(self, *, lenient: bool = False) -> list[ClassicResult]:
        """lenient: stop quietly where a source is missing (the build that would have failed there)."""
        for arg in self.dockerfile.global_args:
            self.results.append(ClassicResult(self._label(arg, "", 0), Outcome.CACHED, 0, ()))
        try:
            for stage in self.stages:
                self.built.append(_StageBuild(self, stage).run())
            if _is_scratch(self.built[-1].result):
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

    def _label(self, instruction: Instruction, stage: str, index: int) -> Label:
        self.number += 1
        name = f"Step {self.number}/{self.total} : {instruction.text}"
        return Label(name, stage, index, self.number, instruction, instruction.keyword, self.number)

    def label(self, instruction: Instruction, stage: Stage) -> Label:
        return self._label(instruction, stage.origin.name or f"stage-{stage.index}", stage.index)

    def stage_named(self, name: str) -> _Built | None:
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
            self.assumptions[tag] = None
        if is_base and not (image and image.known):
            self.assumptions[unknown_base(name)] = None
        return image or BaseImage(full)

    def files(self, vertex: Vertex) -> Tree:
        if vertex not in self.trees:
            self.trees[vertex] = files_of(vertex, self.identity_of.get(vertex, 0), self.files)
        return self.trees[vertex]


class _StageBuild:
    def __init__(self, build: ClassicBuild, stage: Stage) -> None:
        self.build = build
        self.stage = stage
        self.config = ClassicConfig()
        self.vertex: Vertex | None = None
        self.result: ClassicResult | None = None
        self.open_parents: set[int] = set()  # images the parent may turn out to be
        self.state = Outcome.CACHED  # of the last step: after a miss nothing is looked up

    def run(self) -> _Built:
        for trigger in self._begin():
            self._step(trigger, numbered=False)
        for instruction in self.stage.instructions:
            self._step(instruction, numbered=True)
        assert self.result is not None
        return _Built(self.config, self.result, self.vertex)

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
            self.result = ClassicResult(label, changed, below.result.identity, (("base", name),), parent=below.result)
            self.open_parents = set(below.result.may_be)
            triggers = below.config.onbuild
        else:
            image = build.image(name) if name != "scratch" else BaseImage("scratch", known=True, empty=True)
            known = image.identity in build.cache.bases
            identity = build.cache.bases.setdefault(image.identity, build.cache.new_identity())
            self.config = ClassicConfig.of_image(image)
            if not image.empty:
                self.vertex = Vertex(Operation("image", (("image", image.identity),)), None, (), None)
            self.result = ClassicResult(
                label, Outcome.CACHED if known else Outcome.REBUILT, identity, (("base", image.identity),)
            )
            triggers = image.onbuild
        build.results.append(self.result)
        return [parse_trigger(text, origin.line, origin.end_line, build.dockerfile.path) for text in triggers]

    def _word(self, text: str, values: dict[str, str]) -> str:
        try:
            return expand(text, values, escape=self.build.dockerfile.directives.escape)
        except ExpansionError as error:
            raise InputError(str(error), self.build.dockerfile.path, self.stage.origin.line) from None

    def _step(self, instruction: Instruction, *, numbered: bool) -> None:
        build = self.build
        label = build.label(instruction, self.stage) if numbered else self.result_label(instruction)
        entries: Entries = ()
        source: ClassicResult | None = None
        try:
            parts = classic_probe(instruction, self.config, build.dockerfile.directives.escape)
            if isinstance(instruction, Arg):
                self.config.declare(instruction, build.options.build_args, build.global_args)
            if isinstance(instruction, Copy):
                entries, source = self._copy(instruction)
        except MissingSource:
            raise  # told by whoever asked for the build
        except ValueError as error:
            raise InputError(str(error), build.dockerfile.path, instruction.line) from None
        result = self._look_up(label, parts, entries, source)
        self._apply_files(instruction, result)
        self.result = result
        if numbered:
            build.results.append(result)

    def result_label(self, instruction: Instruction) -> Label:
        assert self.result is not None
        below = self.result.label
        return Label(below.name, below.stage, below.stage_index, below.position, instruction, instruction.keyword)

    def _look_up(
        self, label: Label, parts: tuple[tuple[str, Hashable], ...], entries: Entries, source: ClassicResult | None
    ) -> ClassicResult:
        cache, parent = self.build.cache, self.result
        assert parent is not None
        outcome, nearest = Outcome.REBUILT, None
        if self.build.options.no_cache:
            self.state = Outcome.REBUILT
        parents = {parent.identity} | self.open_parents
        possible: list[ClassicRecord] = []
        name = entries_name(entries) if cache.named else None
        for record in cache.newest_first(parents):  # of several children of one config the newest is taken
            if record.probe != parts:
                continue
            if name is not None and record.name is not None:
                found = Match.YES if name == record.name else Match.NO
            elif record.name is not None and not record.entries:
                found = Match.MAYBE
            else:
                found = compare_entries(entries, record.entries)
            nearest = nearest or record
            if found is Match.YES and self.state == Outcome.CACHED and record.parent == parent.identity:
                self.open_parents = set()
                return ClassicResult(label, Outcome.CACHED, record.identity, parts, entries, parent, source, record)
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
        kept = entries if name is None or source is not None else ()  # of a context the name says all
        cache.add(ClassicRecord(parent.identity, parts, kept, identity, label, name))
        return ClassicResult(label, outcome, identity, parts, entries, parent, source, nearest, may_be)

    def _copy(self, copy: Copy) -> tuple[Entries, ClassicResult | None]:
        # It passes over --link, --exclude and heredocs.
        if self.config.word(copy.chmod, self.build.dockerfile.directives.escape):
            raise self._refusal(copy, "the --chmod option requires BuildKit")
        if copy.parents:
            raise self._refusal(copy, "unknown flag: --parents")
        if copy.from_name == "scratch":
            raise self._refusal(copy, "invalid from flag value scratch: 'scratch' is a reserved name")
        if copy.chown.count(":") > 1:
            raise self._refusal(copy, f"invalid chown string format: {copy.chown}")
        origin, source = self._origin(copy)
        entries: list[tuple[str, Tree | None]] = []
        root = self.build.files(origin) if origin is not None else Directory(0o755, children={})
        escape = self.build.dockerfile.directives.escape
        found = 0
        for text in copy.sources:
            word = self.config.word(text, escape)
            if isinstance(copy, Add) and _is_url(word):
                self.build.assumptions[unmoved_source(word)] = None
                entries.append((word, Opaque(("remote", word))))
                found += 1
                continue
            path = word.strip("/")
            if ".." in path.split("/"):
                raise self._refusal(copy, f"{copy.keyword} failed: forbidden path outside the build context: {path}")
            if not check_glob(path):
                raise self._refusal(copy, f"{copy.keyword} failed: syntax error in pattern {path}")
            selector = Selector(path if path != "." else "", has_wildcard(path))
            hashed = hashed_entries(root, selector)
            entries += hashed
            found += len(matched_paths(root, selector)[0]) or bool(hashed)
        if found == 0:
            raise self._refusal(copy, f"{copy.keyword} failed: no source files were specified")
        if found > 1 and not self.config.word(copy.destination, escape).endswith("/"):
            message = f"{copy.keyword} of more than one source file: the destination must end with a /"
            raise self._refusal(copy, message)
        return tuple(entries), source

    def _refusal(self, instruction: Instruction, message: str) -> InputError:
        return InputError(message, self.build.dockerfile.path, instruction.line)

    def _origin(self, copy: Copy) -> tuple[Vertex | None, ClassicResult | None]:
        if copy.from_name is None:
            return self.build.context_vertex, None
        below = self.build.stage_named(copy.from_name)
        if below is not None:
            return below.vertex, below.result
        if copy.from_name.isdecimal():
            raise self._refusal(copy, f"invalid from flag value {copy.from_name}: index out of bounds")
        named = self.build.options.named_contexts.get(copy.from_name)
        if named is not None and named.unknown is not None:
            definition = (("name", copy.from_name), ("state", named.unknown))
            return Vertex(Operation("unknown", definition), None, (), None), None
        image = self.build.image(copy.from_name, is_base=False)
        return Vertex(Operation("image", (("image", image.identity),)), None, (), None), None

    def _apply_files(self, instruction: Instruction, result: ClassicResult) -> None:
        """What the step leaves on disk, as the vertex that BuildKit would have for it."""
        vertex: Vertex | None = None
        if isinstance(instruction, Run):
            vertex = Vertex(Operation("exec", ()), self.vertex, (), None)
        elif isinstance(instruction, Copy):
            origin, _ = self._origin(instruction)
            vertex = self._copied(instruction, origin)
        elif instruction.keyword == "WORKDIR":
            operation = Operation("mkdir", (), directory=self.config.workdir)
            vertex = Vertex(operation, self.vertex, (), None)
        if vertex is not None:
            self.build.identity_of[vertex] = result.identity
            self.vertex = vertex

    def _copied(self, copy: Copy, origin: Vertex | None) -> Vertex | None:
        if origin is None:
            return None
        escape = self.build.dockerfile.directives.escape
        written = self.config.word(copy.destination, escape)
        destination = cleaned(posixpath.join("/", self.config.workdir, written))
        if written.endswith("/"):
            destination += "/"
        chown = self.config.word(copy.chown, escape)
        inputs: list[tuple[Vertex, tuple[Selector, ...]]] = [(origin, ())]
        placements: list[Placement] = []
        for text in copy.sources:
            word = self.config.word(text, escape)
            if isinstance(copy, Add) and _is_url(word):
                remote, name = remote_operation(word, copy)
                placements.append(Placement(len(inputs), Selector(name), destination, False, chown))
                inputs.append((Vertex(remote, None, (), None), ()))
                continue
            path = word.strip("/")
            selector = Selector(path if path != "." else "", has_wildcard(path))
            unpack = copy.keyword == "ADD"
            placements.append(Placement(0, selector, destination, unpack, chown, owns_parents=False))
        operation = Operation("copy", (), placements=tuple(placements))
        return Vertex(operation, self.vertex, tuple(inputs), None)


def _is_url(source: str) -> bool:
    """What the classic builder downloads; of git repositories it knows nothing."""
    return source.startswith(("http://", "https://"))


def _is_scratch(result: ClassicResult) -> bool:
    """Whether a stage ends as it began, without an image."""
    while result.label.keyword == "FROM" and result.parent is not None:
        result = result.parent
    return result.label.keyword == "FROM" and result.parts == (("base", "scratch"),)
