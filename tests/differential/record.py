"""`python -m tests.differential.record`: write cases to tests/cases, with what real engines do with them.

    python -m tests.differential.record --store overlay2 [--engine NAME] [NAME-OR-SEED ...]

Without names all hand-written cases are recorded anew; a number is a seed of the generator, `c38` a classic one.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import get_args

from tests.differential.comparison import compare
from tests.differential.found import found
from tests.differential.generator import generate
from tests.differential.prediction import Store, predict_all
from tests.differential.real_builds import build_all, laboratory
from tests.differential.recorded import save_actual, save_case
from tests.differential.remote import served
from tests.differential.traps import BUILDKIT, CLASSIC, Trap, traps
from tests.engine import engine as engines

CASES = Path(__file__).parents[1] / "cases"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.differential.record")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--store", choices=get_args(Store), default="overlay2")
    parser.add_argument("--engine")
    asked = parser.parse_args()
    engine = engines.up(asked.engine or f"differential-{asked.store}", asked.store)
    engines.base(engine.name)
    version = engine.docker("version", "--format", "{{.Server.Version}}").partition("+")[0].strip()
    with served() as remote, laboratory(engine, remote) as lab:
        for one in _chosen(asked.names):
            folder = CASES / one.case.name
            if asked.store == "overlay2":
                shutil.rmtree(folder, ignore_errors=True)
            save_case(one.case, folder)
            for builder in one.builders:
                if builder == "classic" and asked.store != "overlay2":
                    continue
                actual = build_all(one.case, lab, builder)
                if any(real.ran_into for real in actual):
                    print(f"{one.case.name} ({builder}): not recorded: {actual[-1].refusal}", flush=True)
                    continue
                save_actual(folder, builder, asked.store, version, actual)
                compared = compare(predict_all(one.case, builder, asked.store), actual)
                for line in [*compared.lines, *(f"open: {name}" for name in compared.open_steps)]:
                    print(f"{one.case.name} ({builder}): {line}", flush=True)


def _chosen(names: list[str]) -> list[Trap]:
    known = {one.case.name: one for one in (*traps(), *found())}
    chosen: list[Trap] = []
    for name in names or known:
        if name in known:
            chosen.append(known[name])
        elif name.startswith("c"):
            case = generate(int(name[1:]), buildkit=False).case
            chosen.append(Trap(case, CLASSIC))
        else:
            chosen.append(Trap(generate(int(name)).case, BUILDKIT))
    return chosen


if __name__ == "__main__":
    main()
