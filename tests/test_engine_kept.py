"""Short histories with caches that are exported or pruned; `python -m tests.differential.kept` runs long ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from layerscope.graph.caches.policy import parse_policy
from tests.differential.chains import generate_chain
from tests.differential.kept import KeptLaboratory, judge, opened
from tests.differential.prediction import Store
from tests.differential.results import Results
from tests.engine import engine as engines

StartLaboratory = Callable[[Store], KeptLaboratory]
CHOSEN: list[tuple[int, str, Store]] = [
    (9, "registry,mode=max", "containerd"),
    (25, "local,mode=min", "containerd"),
    (14, "inline", "containerd"),
    (38, "gha,mode=max", "containerd"),
    (1, "last", "overlay2"),
]


@pytest.fixture(scope="module")
def start_kept(start_engine: Callable[[Store], engines.Engine]) -> Iterator[StartLaboratory]:
    """Makes an engine of its own for a store: it is emptied before each build."""
    with ExitStack() as stack:
        started: dict[Store, KeptLaboratory] = {}

        def start(store: Store) -> KeptLaboratory:
            if store not in started:
                start_engine(store)  # skips, or fails, where there is none
                name = f"pytest-{os.getpid()}-kept-{store}"
                stack.callback(engines.down, name)
                started[store] = opened(stack, name, store)
            return started[store]

        yield start


@pytest.mark.engine
@pytest.mark.parametrize(("seed", "policy", "store"), CHOSEN)
def test_the_engine_does_what_is_said_of_a_kept_cache(
    seed: int, policy: str, store: Store, start_kept: StartLaboratory
) -> None:
    case = generate_chain(seed, commits=3)
    found = judge(case, parse_policy(policy), store, start_kept(store), Results(None, "kept", store))
    assert found is not None
    assert found.steps
    assert found.lines == []
