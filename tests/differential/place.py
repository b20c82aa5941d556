"""Where generated cases are built: options of the programs here, and the laboratory they ask for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from tests.differential.daemon import connected
from tests.differential.prediction import Store
from tests.differential.real_builds import Laboratory, daemon_laboratory, laboratory
from tests.differential.remote import served
from tests.engine import engine as engines


def add_place(parser: argparse.ArgumentParser) -> None:
    """An engine of tests/engine/engine.py, or a buildkitd that runs already."""
    parser.add_argument("--store", choices=get_args(Store), default="overlay2")
    parser.add_argument("--engine", help="name of the engine (default: differential-STORE)")
    parser.add_argument(
        "--buildkit", metavar="ADDRESS", help="build on a running buildkitd, as tests/differential/daemon.py says"
    )
    parser.add_argument("--registry", metavar="HOST:PORT", help="the registry that it pulls docker.io from")
    parser.add_argument("--restart", metavar="COMMAND", help="what starts that buildkitd anew, on what it holds")


def check_place(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> None:
    """What cannot be is refused; a buildkitd has a store of its own, which merges layers."""
    if asked.buildkit:
        if not asked.registry:
            parser.error("--buildkit needs --registry")
        asked.store = "containerd"


@contextmanager
def opened(asked: argparse.Namespace) -> Iterator[Laboratory]:
    """The laboratory that was asked for; an engine is started if it does not run."""
    with served() as remote:
        if asked.buildkit:
            with (
                connected(asked.buildkit, asked.registry, asked.restart) as daemon,
                daemon_laboratory(daemon, remote) as lab,
            ):
                yield lab
            return
        engine = engines.up(asked.engine or f"differential-{asked.store}", asked.store)
        engines.base(engine.name)
        with laboratory(engine, remote) as lab:
            yield lab
