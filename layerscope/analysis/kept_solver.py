"""One builder after the other, or one alone, with what a policy leaves of the cache between builds."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.graph.builder import Builder, Solver
from layerscope.graph.caches.policy import CachePolicy
from layerscope.graph.caches.retention import Retention
from layerscope.graph.steps import BuildInput, BuiltSteps


class KeptSolver:
    """A solver whose cache is kept as a policy says. solver: None before the first build."""

    def __init__(self, policy: CachePolicy, sizes: Mapping[str, int] | None = None) -> None:
        """sizes: bytes of a step's result by its text, for a cache that is bounded by size."""
        self.policy = policy
        self.solver: Solver | None = None
        self.retention = Retention(policy, sizes or {}) if policy.is_pruned else None

    def build(self, builder: Builder, given: BuildInput, time: float) -> BuiltSteps:
        """time: seconds of any clock. Raises InputError where the build cannot be done."""
        if self.solver is None or self.policy.forgets_all:
            self.solver = builder.solver(named=True)
        if self.retention is not None:
            self.retention.before_build(time)
        built = self.solver.build(given)
        if self.retention is not None:
            self.retention.after_build(self.solver.used())
        if self.policy.is_exported:
            self.solver.keep_exported(self.policy)
        return built

    @property
    def unsized(self) -> set[str]:
        """The texts of steps whose sizes were asked for and are not known."""
        return self.retention.unsized if self.retention is not None else set()
