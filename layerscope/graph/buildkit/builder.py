"""What BuildKit is, to whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from layerscope.graph.versions import BUILDKIT_RELEASES

if TYPE_CHECKING:
    from layerscope.graph.buildkit.solver import BuildKitSolver
    from layerscope.graph.steps import Step
    from layerscope.packed import Kind


class BuildKit:
    """BuildKit with its Dockerfile frontend, as `docker build` and buildx have it."""

    name = "buildkit"
    versions = BUILDKIT_RELEASES
    networks = ("default", "none", "host")
    reads_own_ignore_file = True
    packs_context = False
    runs_stages_side_by_side = True
    keeps_context = True
    exports_cache = True
    can_resume = True

    def cache_kinds(self) -> tuple[Kind, ...]:
        from layerscope.graph.buildkit.cache_kinds import CACHE_KINDS

        return CACHE_KINDS

    def image_identity(self, diff_ids: Sequence[str], image_id: str) -> str:
        """Its layers: of the config nothing but what the stage takes over is in a key."""
        return ",".join(diff_ids)

    def may_show_as_run(self, steps: Iterable[Step]) -> frozenset[str]:
        from layerscope.graph.buildkit.printed import shown_as_run

        return shown_as_run(steps)

    def solver(self, *, named: bool = False, cache: object = None) -> BuildKitSolver:
        from layerscope.graph.buildkit.cache import BuildCache
        from layerscope.graph.buildkit.solver import BuildKitSolver

        return BuildKitSolver(cache if isinstance(cache, BuildCache) else BuildCache(named))
