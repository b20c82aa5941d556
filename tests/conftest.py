"""Real engines for the tests that are marked `engine`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.engine import engine as engines

StartEngine = Callable[[engines.Store], engines.Engine]


@pytest.fixture(scope="session")
def start_engine() -> Iterator[StartEngine]:
    """Starts an engine of a store, once per run, with `busybox:latest` in it; all are stopped in the end.

    LAYERSCOPE_ENGINE: `auto` runs the tests where an engine can run, `required` fails where none can, `off` (or
    nothing) skips them.
    """
    wanted = os.environ.get("LAYERSCOPE_ENGINE", "off")
    started: dict[engines.Store, engines.Engine] = {}

    def start(store: engines.Store) -> engines.Engine:
        if wanted not in {"auto", "required"}:
            pytest.skip("set LAYERSCOPE_ENGINE=required or auto to run engine tests")
        if store not in started:
            reason = engines.available()
            if reason is None:
                try:
                    started[store] = engines.up(f"pytest-{os.getpid()}-{store}", store)
                    engines.base(started[store].name)
                except engines.EngineError as error:
                    reason = str(error)
            if reason is not None and wanted == "required":
                pytest.fail(f"LAYERSCOPE_ENGINE=required, but no engine runs: {reason}")
            if reason is not None:
                pytest.skip(f"no engine runs here: {reason}")
        return started[store]

    yield start
    for engine in started.values():
        engines.down(engine.name)


@pytest.fixture(scope="session")
def engine(start_engine: StartEngine) -> str:
    """The DOCKER_HOST of an engine with the overlay2 store."""
    return start_engine("overlay2").docker_host
