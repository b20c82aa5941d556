"""What the classic builder is, to whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from layerscope.graph.versions import BUILDKIT_RELEASES

if TYPE_CHECKING:
    from layerscope.graph.classic.solver import ClassicSolver
    from layerscope.graph.steps import Step
    from layerscope.packed import Kind


class Classic:
    """The builder of `DOCKER_BUILDKIT=0`. What it has built is images in the engine's store."""

    name = "classic"
    versions = BUILDKIT_RELEASES  # it has one set of rules in all of them
    networks: tuple[str, ...] = ()
    reads_own_ignore_file = False
    packs_context = True
    runs_stages_side_by_side = False
    keeps_context = False
    exports_cache = False
    can_resume = False

    def cache_kinds(self) -> tuple[Kind, ...]:
        return ()

    def image_identity(self, diff_ids: Sequence[str], image_id: str) -> str:
        """Its id: the parent of what is built on it."""
        return image_id

    def may_show_as_run(self, steps: Iterable[Step]) -> frozenset[str]:
        return frozenset()

    def solver(self, *, named: bool = False, cache: object = None) -> ClassicSolver:
        from layerscope.graph.classic.cache import ClassicCache
        from layerscope.graph.classic.solver import ClassicSolver

        return ClassicSolver(cache if isinstance(cache, ClassicCache) else ClassicCache(named))
