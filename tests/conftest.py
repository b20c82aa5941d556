"""Real engines for the tests that are marked `engine`; a user who is not root; no skips where all must run."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.engine import engine as engines
from tests.engine import registry as registries

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so, and what is started here would inherit it: a test that interrupts
    # something would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)

StartEngine = Callable[[engines.Store], engines.Engine]


@pytest.fixture(scope="session", autouse=True)
def _own_memory(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests remember between runs is nobody else's, and nobody else's is used."""
    os.environ["LAYERSCOPE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


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
        # An engine may die of a fault of its own between two tests (28.5.2 does, listing builds that are just removed).
        if store in started and not started[store].answers():
            engines.down(started.pop(store).name)
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


@pytest.fixture(scope="session")
def registry_program() -> Path:
    """A real registry's program. It is fetched where engines may be; without it tests are skipped, or fail."""
    wanted = os.environ.get("LAYERSCOPE_ENGINE", "off")
    if (program := registries.installed()) is not None:
        return program
    if wanted not in {"auto", "required"}:
        pytest.skip("no docker-registry here; set LAYERSCOPE_ENGINE=required or auto to fetch it")
    try:
        return registries.fetch()
    except engines.EngineError as error:
        if wanted == "required":
            pytest.fail(f"LAYERSCOPE_ENGINE=required, but there is no registry: {error}")
        pytest.skip(f"no registry can be run here: {error}")


@pytest.fixture
def as_somebody() -> Iterator[Path]:
    """A folder of somebody who is not root, for the time of a test: root may read everything."""
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0:
            yield Path(folder)
            return
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where the engine is required nothing may be left out: a skip is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if os.environ.get("LAYERSCOPE_ENGINE") == "required" and skipped:
        print(f"\nLAYERSCOPE_ENGINE=required, but {len(skipped)} tests were skipped")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
