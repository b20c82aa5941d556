"""`python -m tests.differential`: generated builds against a real engine.

    python -m tests.differential --seeds 1..200 --builder buildkit --store overlay2 [--engine NAME] [--keep DIR]

Each seed is a case of its own. A line per seed that differs, what was changed and where the two disagree; with
--keep its contexts, too. The engine is one of tests/engine/engine.py, started if it does not run; its build
cache is emptied before every case.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import get_args

from tests.differential.case import Case, lay_out
from tests.differential.comparison import Comparison, compare
from tests.differential.generator import generate
from tests.differential.prediction import Store, predict_all
from tests.differential.real_builds import BuilderName, alone_on, build_all
from tests.engine import engine as engines


def run_seed(seed: int, engine: engines.Engine, builder: BuilderName, store: Store) -> tuple[Case, Comparison]:
    """Generate, build, predict and compare one case."""
    case = generate(seed, buildkit=builder == "buildkit")
    actual = build_all(case, engine, builder)
    return case, compare(predict_all(case, builder, store), actual)


def main() -> int:
    asked = _arguments()
    name = asked.engine or f"differential-{asked.store}"
    engine = engines.up(name, asked.store)
    engines.base(name)
    with alone_on(engine):
        return _run(asked, engine)


def _run(asked: argparse.Namespace, engine: engines.Engine) -> int:
    first, _, last = asked.seeds.partition("..")
    total = Comparison()
    cases = differing = failing = 0
    start = time.monotonic()
    for seed in range(int(first), int(last or first) + 1):
        try:
            case, found = run_seed(seed, engine, asked.builder, asked.store)
        except Exception as error:  # a fault in either half is a finding: the seeds after it still run
            print(f"seed {seed}: {type(error).__name__}: {error}", flush=True)
            differing += 1
            continue
        cases += 1
        failing += found.ran_into
        total.steps += found.steps
        total.open_steps += found.open_steps
        total.wrong += found.wrong
        total.names += found.names
        total.refusals += found.refusals
        if found.differs or (asked.show_open and found.open_steps):
            differing += found.differs
            print(f"seed {seed}: {' | '.join(case.changes)}")
            shown = [*found.lines, *(f"open: {line}" for line in found.open_steps if asked.show_open)]
            print("".join(f"    {line}\n" for line in shown), end="", flush=True)
            if asked.keep and found.differs:
                for number, state in enumerate(case.builds):
                    lay_out(state.files, Path(asked.keep) / case.name / str(number))
    print(
        f"{asked.builder} on {asked.store}, seeds {asked.seeds}: {cases} cases ({failing} ran into a failing command), "
        f"{total.steps} steps, {len(total.wrong)} wrong, {len(total.open_steps)} open, {len(total.names)} names wrong, "
        f"{len(total.refusals)} refusals wrong, {differing} seeds differ; {time.monotonic() - start:.0f} s"
    )
    return 1 if differing else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1..50", help="FIRST..LAST, or one")
    parser.add_argument("--builder", choices=get_args(BuilderName), default="buildkit")
    parser.add_argument("--store", choices=get_args(Store), default="overlay2")
    parser.add_argument("--engine", help="name of the engine (default: differential-STORE)")
    parser.add_argument("--keep", help="write the contexts of differing seeds below this directory")
    parser.add_argument("--show-open", action="store_true", help="print output_dependent rows, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
