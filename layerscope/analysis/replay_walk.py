"""The commits of a history built in turn, in thought, by one builder with its cache."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.analysis.answers.replayed_commits import BuiltCommit, Group, ReplayedStep, instant
from layerscope.analysis.cause import Cause
from layerscope.analysis.causes import Causes
from layerscope.analysis.kept_solver import KeptSolver
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.dockerfile.stages import Dockerfile
from layerscope.errors import InputError
from layerscope.graph.builder import Builder, builder_named
from layerscope.graph.caches.policy import CachePolicy
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step
from layerscope.values import Value


class CommitBuild(Value):
    """One commit as a build. side: None where it cannot be built; error says why."""

    id: str
    time: str
    subject: str
    side: Side | None
    error: str | None = None


class Walk:
    """The builder, and the last build that it did."""

    def __init__(self, policy: CachePolicy, sizes: Mapping[str, int] | None = None) -> None:
        """sizes: bytes of a step's result by its text, for a bounded cache."""
        self.kept = KeptSolver(policy, sizes)
        self.before: Side | None = None
        self.layout: tuple[ReplayedStep, ...] = ()
        self.assumptions: tuple[Assumption, ...] = ()  # of that Dockerfile, as the layout is
        self.places: dict[int, Group] = {}  # by instruction, of the Dockerfile before
        self.files: dict[tuple[str, str], Cause] = {}  # the causes that files are, by context and path

    @property
    def unsized(self) -> tuple[Assumption, ...]:
        """What a cache bounded by size could not count."""
        text = "how large its result is is not known: it counts for nothing in the cache's size"
        return tuple(Assumption("cache-size", step, text) for step in sorted(self.kept.unsized))

    def resume(self, builder: Builder, cache: object) -> None:
        """Go on with the cache of another walk: the next commit to build is the last one that it built."""
        self.kept.solver = builder.solver(named=True, cache=cache)

    @property
    def cache(self) -> object:
        """What there is to resume with; None before the first build."""
        solver = self.kept.solver
        return solver.cache if solver is not None else None

    def build(self, commit: CommitBuild) -> BuiltCommit:
        side = commit.side
        if side is None:
            return BuiltCommit(commit.id, commit.time, commit.subject, commit.error)
        builder, time = builder_named(side.options.builder), instant(commit.time).timestamp()
        try:
            built = self.kept.build(builder, side.build_input, time)
        except InputError as error:
            return BuiltCommit(commit.id, commit.time, commit.subject, str(error))
        if self.before is None or self.before.dockerfile is not side.dockerfile:
            self.places, self.assumptions = _places(side.dockerfile), built.assumptions
            self.layout = tuple([self._row(step) for step in built.steps])
        causes = Causes(self.before or side, side, parts=False, files=self.files)
        self.before = side
        ran = tuple(
            [
                (place, row.run(step.outcome, causes.roots(step)))
                for place, (row, step) in enumerate(zip(self.layout, built.steps, strict=True))
                if step.outcome != Outcome.CACHED
            ]
        )
        return BuiltCommit(commit.id, commit.time, commit.subject, None, self.layout, ran, self.assumptions)

    def _row(self, step: Step) -> ReplayedStep:
        """The step where it is cached."""
        label = step.label
        instruction = label.instruction
        place = self.places.get(id(instruction))
        stage, text, nth = place if place is not None else (label.stage, instruction.whole_text, 0)
        return ReplayedStep(
            label.name,
            instruction.line,
            Outcome.CACHED,
            (),
            (stage, f"LINK {text}" if step.link else text, nth),
            step.is_counted,
            not step.link,
        )


def _places(dockerfile: Dockerfile) -> dict[int, Group]:
    """What makes an instruction the same over renumbering."""
    places: dict[int, Group] = {}
    for stage in dockerfile.stages:
        name = stage.origin.name or f"stage-{stage.index}"
        counts: dict[str, int] = {}
        for instruction in (stage.origin, *stage.instructions):
            text = instruction.whole_text
            nth = counts[text] = counts.get(text, -1) + 1
            places[id(instruction)] = name, text, nth
    return places
