"""A fixed share of the generated cases, built on a real engine; `python -m tests.differential` runs the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.differential.__main__ import run_seed
from tests.differential.prediction import Store
from tests.differential.real_builds import BuilderName
from tests.engine.engine import Engine

CHOSEN: list[tuple[int, BuilderName, Store]] = [
    *[(seed, "buildkit", "overlay2") for seed in range(1, 9)],
    *[(seed, "buildkit", "containerd") for seed in range(9, 16)],
    *[(seed, "classic", "overlay2") for seed in range(1, 6)],
]


@pytest.mark.engine
@pytest.mark.xdist_group("differential")  # one engine after the other: each case empties its engine's cache
@pytest.mark.parametrize(("seed", "builder", "store"), CHOSEN)
def test_the_engine_does_what_is_predicted(
    seed: int, builder: BuilderName, store: Store, start_engine: Callable[[Store], Engine]
) -> None:
    _, found = run_seed(seed, start_engine(store), builder, store)
    assert found.lines == []
