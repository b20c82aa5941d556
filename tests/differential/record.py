"""`python -m tests.differential.record`: write cases to tests/cases, with what real engines do with them.

    python -m tests.differential.record --store overlay2 [--engine NAME] [NAME-OR-SEED ...]
    python -m tests.differential.record --buildkit ADDRESS --registry HOST:PORT NAME
    python -m tests.differential.record --store overlay2 --rule SENTENCE. [--source "REPOSITORY PATH NAME" ...] NAME

Without names all hand-written cases are recorded anew; a number is a seed of the generator, `c38` a classic one. A
case keeps the rule that its case.json says; one that is new must be given the rule it shows.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from tests.differential.case import Case, Rule
from tests.differential.comparison import compare
from tests.differential.copied import copied
from tests.differential.found import found
from tests.differential.generator import generate
from tests.differential.git_cases import git_cases
from tests.differential.newer import newer
from tests.differential.options import options
from tests.differential.place import add_place, check_place, opened
from tests.differential.prediction import predict_all
from tests.differential.real_builds import build_all
from tests.differential.recorded import Recording, load_case, load_rule, save_actual, save_case
from tests.differential.same_key_traps import same_keys
from tests.differential.traps import BUILDKIT, CLASSIC, Trap, traps

CASES = Path(__file__).parents[1] / "cases"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.differential.record")
    parser.add_argument("names", nargs="*")
    add_place(parser)
    parser.add_argument("--rule", help="what the case shows, in one sentence")
    parser.add_argument("--source", action="append", default=[], help="REPOSITORY PATH NAME of a function that does it")
    asked = parser.parse_args()
    check_place(parser, asked)
    chosen = _chosen(asked.names)
    try:
        given = Rule(asked.rule or "", tuple(asked.source)) if asked.rule or asked.source else None
        rules = rules_of([one.case for one in chosen], CASES, given)
    except ValueError as error:
        parser.error(str(error))
    with opened(asked) as lab:
        for one in chosen:
            folder = CASES / one.case.name
            if not _is_recorded(one.case, folder):
                shutil.rmtree(folder, ignore_errors=True)
            save_case(one.case, folder, rules[one.case.name])
            for builder in one.builders:
                if builder == "classic" and (asked.buildkit or asked.store != "overlay2"):
                    continue
                actual = build_all(one.case, lab, builder)
                if any(real.ran_into for real in actual):
                    print(f"{one.case.name} ({builder}): not recorded: {actual[-1].refusal}", flush=True)
                    continue
                save_actual(folder, lab.version, Recording(builder, asked.store, lab.release, actual))
                compared = compare(predict_all(one.case, builder, asked.store, lab.release), actual)
                for line in [*compared.lines, *(f"open: {name}" for name in compared.open_steps)]:
                    print(f"{one.case.name} ({builder}): {line}", flush=True)


def _is_recorded(case: Case, folder: Path) -> bool:
    """Whether recordings of this very case are there, which other builders' may stand beside."""
    return (folder / "case.json").exists() and load_case(folder) == case


def rules_of(cases: list[Case], recorded: Path, given: Rule | None) -> dict[str, Rule]:
    """The rule of each case by its name: the one given, which is for one case, else the one it was recorded with."""
    if given is not None:
        if len(cases) != 1:
            raise ValueError("a rule is what one case shows: name that case")
        return {cases[0].name: given}
    new = [case.name for case in cases if not (recorded / case.name / "case.json").exists()]
    if new:
        raise ValueError(f"a new case needs --rule, what it shows: {', '.join(new)}")
    return {case.name: load_rule(recorded / case.name) for case in cases}


def _chosen(names: list[str]) -> list[Trap]:
    hand_written = (
        *(*traps(), *found(), *newer(), *copied()),
        *(*same_keys(), *git_cases(), *options()),
    )
    known = {one.case.name: one for one in hand_written}
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
