"""One seed: its case, what the engine did with it in one or more worlds, and where the prediction is wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.differential.case import Case
from tests.differential.comparison import Comparison, compare, decided
from tests.differential.generator import Generated, generate
from tests.differential.images import WORLDS, in_world
from tests.differential.prediction import Predicted, Store, predict_all
from tests.differential.real_builds import Actual, BuilderName, Laboratory, build_all
from tests.differential.results import Results

ALWAYS_IN_ALL_WORLDS = 1  # of ten seeds; the others only where a step is called open


class Judge:
    """Compares seed by seed, by the rules of the version that the results are of.

    laboratory: what builds the cases that the results do not hold; None builds nothing. made: what makes a seed's case.
    """

    def __init__(
        self,
        builder: BuilderName,
        store: Store,
        results: Results,
        laboratory: Laboratory | None,
        made: Callable[[int], Generated] | None = None,
    ) -> None:
        self.builder = builder
        self.store = store
        self.results = results
        self.laboratory = laboratory
        self.made = made or partial(generate, buildkit=builder == "buildkit")
        self.engine = "" if laboratory is None else laboratory.version

    def judge(self, seed: int) -> tuple[Case, Comparison] | None:
        """The case of a seed and its comparison; None if it was never built and is not built now."""
        generated = self.made(seed)
        case = generated.case
        # One world a seed: what the inputs decide must come out so in each of them.
        world = WORLDS[seed % len(WORLDS)]
        found = self._compare(case, world, generated.paths)
        if found is None:
            return None
        comparison, said, actual = found
        if comparison.open_steps or seed % 10 < ALWAYS_IN_ALL_WORLDS:
            # What is called open must come out both ways, if the commands that run again are made to.
            others = [self._compare(case, other, generated.paths) for other in WORLDS if other != world]
            if not _hangs_on_images(case):
                runs = [actual, *(other[2] for other in others if other is not None)]
                comparison.one_way += decided(said, runs)
            for other in filter(None, others):
                comparison.add(other[0], steps=False)
        return case, comparison

    def _compare(
        self, case: Case, world: str, paths: tuple[str, ...]
    ) -> tuple[Comparison, list[Predicted], list[Actual]] | None:
        case = in_world(case, world, paths)
        actual = self.results.get(case, world)
        if actual is None:
            if self.laboratory is None:
                return None
            actual = build_all(case, self.laboratory, self.builder)
            self.results.put(case, world, self.engine, actual)
        said = predict_all(case, self.builder, self.store, self.results.release)
        return compare(said, actual), said, actual


def _hangs_on_images(case: Case) -> bool:
    """Whether bytes of images or fetched files may be in doubt, which are the same in all worlds."""
    first = case.builds[0]
    return any(
        (build.images, build.contexts) != (first.images, first.contexts) or "://" in build.dockerfile
        for build in case.builds
    )
