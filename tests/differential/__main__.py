"""`python -m tests.differential`: generated builds against a real engine.

    python -m tests.differential --seeds 1..200 --builder buildkit --store overlay2 [--engine NAME] [--results DIR]
    python -m tests.differential --seeds 1..200 --builder buildkit --store overlay2 --results DIR --rejudge
    python -m tests.differential --seeds 1..200 --buildkit ADDRESS --registry HOST:PORT

Each seed is a case of its own. A line per seed that differs, what was changed and where the two disagree; with
--keep its contexts, too. The engine is one of tests/engine/engine.py, started if it does not run; its build
cache is emptied before every case, by a restart where something still holds a part of it. --results keeps what the
engine did: a run that was stopped goes on where it was, and --rejudge asks the code of today again, without an engine.
--buildkit builds on a buildkitd that runs already, of any version, in place of an engine (daemon.py says how it must be
configured). --kind makes cases of one kind; --syntax names a frontend that has COPY --parents, where the builder's own
has not. What is built is predicted by the rules of the version that engine or daemon tell.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import get_args

from tests.differential.attributes import with_attributes
from tests.differential.case import Case, lay_out_build
from tests.differential.comparison import Comparison
from tests.differential.generator import Generated, generate
from tests.differential.judgement import Judge
from tests.differential.lists import generate_lists
from tests.differential.parents import generate_parents
from tests.differential.place import add_place, check_place, opened
from tests.differential.real_builds import BuilderName
from tests.differential.results import Results, releases


def main() -> int:
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended, too
    with _judge(asked) as judge:
        return _run(asked, judge)


@contextmanager
def _judge(asked: argparse.Namespace) -> Iterator[Judge]:
    folder = Path(asked.results) if asked.results else None
    if asked.rejudge:
        results = Results(folder, asked.builder, asked.store, asked.builder_version)
        yield Judge(asked.builder, asked.store, results, None, _made(asked))
        return
    with opened(asked) as lab:
        results = Results(folder, asked.builder, asked.store, lab.release)
        yield Judge(asked.builder, asked.store, results, lab, _made(asked))


def _made(asked: argparse.Namespace) -> Callable[[int], Generated]:
    """What makes a seed's case."""
    usual = partial(generate, buildkit=asked.builder == "buildkit")
    if asked.kind == "lists":
        return generate_lists
    if asked.kind == "parents":
        return partial(generate_parents, syntax=asked.syntax)
    return (lambda seed: with_attributes(usual(seed), seed)) if asked.kind == "attributes" else usual


def _run(asked: argparse.Namespace, judge: Judge) -> int:
    first, _, last = asked.seeds.partition("..")
    total = Comparison()
    cases = differing = failing = refused = unknown = 0
    start = time.monotonic()
    for seed in range(int(first), int(last or first) + 1):
        try:
            judged = judge.judge(seed)
        except Exception as error:  # a fault in either half is a finding: the seeds after it still run
            print(f"seed {seed}: {type(error).__name__}: {error}", flush=True)
            differing += 1
            continue
        if judged is None:
            unknown += 1
            continue
        case, found = judged
        cases += 1
        failing += found.ran_into
        refused += found.refused
        total.add(found)
        if found.differs or (asked.show_open and found.open_steps):
            differing += found.differs
            print(f"seed {seed}: {' | '.join(case.changes)}")
            shown = [
                *found.lines,
                *(f"open: {line}" for line in [*found.open_steps, *found.one_way] if asked.show_open),
            ]
            print("".join(f"    {line}\n" for line in shown), end="", flush=True)
            if asked.keep and found.differs:
                _keep(case, Path(asked.keep))
    print(
        f"{asked.builder} {judge.results.release} on {asked.store}, seeds {asked.seeds}: {cases} cases "
        f"({failing} ran into a failing command, "
        f"{refused} were refused by both), {total.steps} steps, {len(total.wrong)} wrong, "
        f"{len(total.names)} names wrong, "
        f"{len(total.refusals)} refusals wrong, {len(total.open_steps)} open, {len(total.needless)} of them without "
        f"need, {len(total.one_way)} came out one way in all worlds, {differing} seeds differ"
        + (f", {unknown} not in the results" if unknown else "")
        + f"; {time.monotonic() - start:.0f} s"
    )
    return 1 if differing else 0


def _keep(case: Case, folder: Path) -> None:
    for number, state in enumerate(case.builds):
        lay_out_build(state, folder / case.name / str(number))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1..50", help="FIRST..LAST, or one")
    parser.add_argument("--builder", choices=get_args(BuilderName), default="buildkit")
    add_place(parser)
    parser.add_argument(
        "--kind", choices=("usual", "lists", "parents", "attributes"), default="usual",
        help="of what wildcards and --exclude pick, of COPY --parents, or the usual cases with extended attributes",
    )  # fmt: skip
    parser.add_argument("--syntax", metavar="IMAGE", help="the frontend of parents, where the builder's own has none")
    parser.add_argument("--results", help="keep what the engine does in this directory, and do not ask it twice")
    parser.add_argument("--rejudge", action="store_true", help="only compare with what --results holds: no engine")
    parser.add_argument("--builder-version", metavar="V", help="which results, where there are those of several")
    parser.add_argument("--keep", help="write the contexts of differing seeds below this directory")
    parser.add_argument("--show-open", action="store_true", help="print output_dependent rows, too")
    asked = parser.parse_args()
    if asked.rejudge and not asked.results:
        parser.error("--rejudge needs --results")
    check_place(parser, asked)
    if asked.rejudge and not asked.builder_version:
        found = releases(Path(asked.results), asked.builder, asked.store)
        if len(found) != 1:
            parser.error(f"--rejudge needs --builder-version, one of: {', '.join(found) or 'none is there'}")
        asked.builder_version = found[0]
    return asked


if __name__ == "__main__":
    sys.exit(main())
