"""A fixed share of the generated cases, built on real engines; `python -m tests.differential` runs the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.differential.attributes import with_attributes
from tests.differential.generator import Generated, generate
from tests.differential.histories import judge as judge_history
from tests.differential.judgement import Judge
from tests.differential.prediction import Store
from tests.differential.real_builds import BuilderName, Laboratory, laboratory
from tests.differential.remote import served
from tests.differential.results import Results
from tests.engine.engine import Engine

CHOSEN: list[tuple[int, BuilderName, Store]] = [
    *[(seed, "buildkit", "overlay2") for seed in range(2001, 2029)],
    *[(seed, "buildkit", "containerd") for seed in range(2101, 2117)],
    *[(seed, "classic", "overlay2") for seed in range(2201, 2217)],
]
StartLaboratory = Callable[[Store], Laboratory]


@pytest.fixture(scope="module")
def start_laboratory(start_engine: Callable[[Store], Engine]) -> Iterator[StartLaboratory]:
    """Makes an engine of a store ready for cases, once."""
    with ExitStack() as stack:
        remote = None
        started: dict[Store, tuple[int, ExitStack, Laboratory]] = {}

        def start(store: Store) -> Laboratory:
            nonlocal remote
            engine = start_engine(store)
            process = engine.started()
            assert process is not None
            pid, held, lab = started.get(store, (0, None, None))
            if lab is None or pid != process.pid:  # an engine that was started anew may hold nothing
                if held is not None:
                    held.close()
                remote = remote or stack.enter_context(served())
                held = stack.enter_context(ExitStack())
                lab = held.enter_context(laboratory(engine, remote))
                started[store] = process.pid, held, lab
            return lab

        yield start


@pytest.mark.engine
@pytest.mark.xdist_group("differential")  # one engine after the other: each case empties its engine's cache
@pytest.mark.parametrize(("seed", "builder", "store"), CHOSEN)
def test_the_engine_does_what_is_predicted(
    seed: int, builder: BuilderName, store: Store, start_laboratory: StartLaboratory
) -> None:
    lab = start_laboratory(store)
    judged = Judge(builder, store, Results(None, builder, store, lab.release), lab).judge(seed)
    assert judged is not None
    assert judged[1].lines == []


ATTRIBUTES: list[tuple[int, BuilderName, Store]] = [
    *[(seed, "buildkit", "overlay2") for seed in (11, 12, 13)],
    *[(seed, "buildkit", "containerd") for seed in (14, 15)],
    (16, "classic", "overlay2"),
]


@pytest.mark.engine
@pytest.mark.xdist_group("differential")
@pytest.mark.parametrize(("seed", "builder", "store"), ATTRIBUTES)
def test_the_engine_does_what_is_predicted_of_extended_attributes(
    seed: int, builder: BuilderName, store: Store, start_laboratory: StartLaboratory
) -> None:
    def made(seed: int) -> Generated:
        return with_attributes(generate(seed, buildkit=builder == "buildkit"), seed)

    lab = start_laboratory(store)
    judged = Judge(builder, store, Results(None, builder, store, lab.release), lab, made).judge(seed)
    assert judged is not None
    assert judged[1].lines == []


HISTORIES: list[tuple[int, BuilderName, Store]] = [
    *[(seed, "buildkit", "containerd") for seed in (3, 8)],
    *[(seed, "buildkit", "overlay2") for seed in (5, 403)],
    (7, "classic", "overlay2"),
]


@pytest.mark.engine
@pytest.mark.xdist_group("differential")
@pytest.mark.parametrize(("seed", "builder", "store"), HISTORIES)
def test_the_engine_does_what_a_replay_says_of_each_commit(
    seed: int, builder: BuilderName, store: Store, start_laboratory: StartLaboratory
) -> None:
    found = judge_history(seed, builder, store, start_laboratory(store))[1]
    assert found.lines == []
    assert found.steps
