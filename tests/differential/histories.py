"""Generated histories: committed to a repository and replayed, and built commit by commit on an engine.

Each build is sent the repository's own `.git` as it is at that commit, as `docker build` sends it.

python -m tests.differential.histories --seeds 1..100 --builder buildkit --store containerd
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from layerscope.analysis.replay_walk import CommitBuild, Walk
from layerscope.analysis.simulate import simulate
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.graph.caches.policy import UNBOUNDED
from layerscope.graph.steps import Step
from layerscope.inputs.commits import History
from layerscope.inputs.sides import StatedChange, open_sides
from tests.differential.case import Build, Case, Files, file, lay_out, read_back
from tests.differential.comparison import Comparison, compare
from tests.differential.generator import generate_history
from tests.differential.git_folders import with_git_steps
from tests.differential.place import add_place, check_place, opened
from tests.differential.prediction import Predicted, Store, options_of, outcomes_of, twins_of, unreliable
from tests.differential.real_builds import BuilderName, Laboratory, build_all

_WHO = {
    **{
        f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "n"), ("EMAIL", "e"))
    },
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


# What git puts there differs from machine to machine.
_TEMPLATE: Files = {
    "description": file("a repository\n"),
    "hooks/pre-push.sample": file("#!/bin/sh\n", 0o755),
    "info/exclude": file("# none\n"),
}


@dataclass(frozen=True)
class Committed:
    """A work tree at the last commit of a case; the case as it is built, with `.git` as each commit left it."""

    work: Path
    case: Case
    ids: tuple[str, ...]


def committed(case: Case, folder: Path) -> Committed:
    """A repository with a commit for each build of a case; some are merges, whose second parents nobody walks.

    HEAD is at the commits themselves, as continuous integration checks them out.
    """
    rng = random.Random(case.name)
    work = folder / "context"
    _git(folder, "init", "-q", "-b", "main", "--template=", "context")
    lay_out({**read_back(work / ".git"), **_TEMPLATE}, work / ".git")
    builds: list[Build] = []
    ids: list[str] = []
    for number, build in enumerate(case.builds):
        repository = work / ".git"
        aside = folder / "git"
        repository.rename(aside)  # what is not of the build would be taken away
        lay_out(build.files, work)
        aside.rename(repository)
        _git(work, "add", "-A", "-f")
        tree = _git(work, "write-tree")
        parents = [_git(work, "rev-parse", "HEAD")] if number else []
        if number and rng.random() < 0.3:
            parents.append(_git(work, "commit-tree", tree, "-p", parents[0], "-m", "aside", time=number))
        words = [word for parent in parents for word in ("-p", parent)]
        commit = _git(work, "commit-tree", tree, *words, "-m", f"build {number}", time=number)
        _git(work, "update-ref", "--no-deref", "-m", "commit", "HEAD", commit)
        kept = {f".git/{path}": entry for path, entry in read_back(repository).items()}
        builds.append(replace(build, files={**build.files, **kept}))
        ids.append(commit)
    return Committed(work, replace(case, builds=tuple(builds)), tuple(ids))


def predicted(made: Committed, builder: str, store: Store, release: str, folder: Path) -> list[Predicted]:
    """What a replay says of each commit, up to the first that is refused."""
    first = made.case.builds[0]
    for name, files in first.beside.items():
        lay_out(files, folder / name)
    work = made.work
    # Named contexts must be there now, whatever became of them: the working tree is that of the first commit.
    _git(work, "restore", f"--source={made.ids[0]}", "--no-overlay", "--", ".")
    try:
        options = options_of(first, folder, builder, store, release)
    except InputError as error:
        return [Predicted({}, refusal=str(error))]
    named = str(work / first.file) if first.file else None

    def history() -> History:
        return History(str(work), file=named, options=options)

    found: list[Predicted] = []
    solver = builder_named(builder).solver(named=True)
    for commit in history():
        refusal, steps = commit.error, ()
        try:
            if commit.side is not None:
                steps = solver.build(commit.side.build_input).steps
        except InputError as error:
            refusal = str(error)
        if refusal is not None:
            found.append(Predicted({}, refusal=refusal))
            break
        found.append(_told(steps, builder))
    _hold_to(found, history())
    return found


def since(made: Committed, builder: str, store: Store, release: str, folder: Path) -> list[Predicted]:
    """What `--since` says of the last commit after the one before it; both can be built."""
    first = made.case.builds[0]
    _git(made.work, "restore", f"--source={made.ids[-1]}", "--no-overlay", "--", ".")
    options = options_of(first, folder, builder, store, release)
    named = str(made.work / first.file) if first.file else None
    sides = open_sides(str(made.work), StatedChange(since=made.ids[-2]), file=named, options=options)
    simulate(sides.before, sides.after)  # its reasons and causes must hold, too
    solver = builder_named(builder).solver()
    return [_told(solver.build(side.build_input).steps, builder) for side in (sides.before, sides.after)]


def _told(steps: tuple[Step, ...], builder: str) -> Predicted:
    return Predicted(outcomes_of(steps), unreliable(steps, builder), twins_of(steps))


def _hold_to(found: list[Predicted], history: Iterable[CommitBuild]) -> None:
    """The replay itself must say the same."""
    walk = Walk(UNBOUNDED)
    for said, commit in zip(found, map(walk.build, history), strict=False):
        rows = {row.name: row.outcome for row in commit.steps if row.counted}
        if said.refusal is None and rows != said.steps:
            raise AssertionError(f"{commit.subject}: replay {rows}, builder {said.steps}")
        for row in commit.steps:
            if (row.outcome == "cached") != (row.causes == ()):
                raise AssertionError(f"{commit.subject}: {row.name} is {row.outcome} because of {row.causes}")


def judge(seed: int, builder: BuilderName, store: Store, lab: Laboratory) -> tuple[Case, Comparison]:
    """The history of a seed, and where replay and engine disagree, or `--since` and the engine."""
    buildkit = builder == "buildkit"
    case = with_git_steps(generate_history(seed, buildkit=buildkit).case, buildkit=buildkit)
    with tempfile.TemporaryDirectory(prefix=case.name) as folder:
        made = committed(case, Path(folder))
        said = predicted(made, builder, store, lab.release, Path(folder))
        whole = len(said) == len(made.ids) and said[-1].refusal is None
        last = since(made, builder, store, lab.release, Path(folder)) if whole else []
    found = compare(said, build_all(made.case, lab, builder))
    if whole:
        pair = replace(made.case, builds=made.case.builds[-2:])
        found.add(compare(last, build_all(pair, lab, builder)))
    return case, found


def _git(folder: Path, *words: str, time: int = 0) -> str:
    date = f"{1_700_000_000 + 86_400 * time} +0000"
    program = shutil.which("git") or "git"
    environment = {**os.environ, **_WHO, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    done = subprocess.run(
        [program, "-C", str(folder), *words], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.differential.histories", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--seeds", default="1..20", help="FIRST..LAST, or one")
    parser.add_argument("--builder", choices=get_args(BuilderName), default="buildkit")
    add_place(parser)
    asked = parser.parse_args()
    check_place(parser, asked)
    first, _, last = asked.seeds.partition("..")
    total, differing = Comparison(), 0
    with opened(asked) as lab:
        for seed in range(int(first), int(last or first) + 1):
            case, found = judge(seed, asked.builder, asked.store, lab)
            total.add(found)
            if found.differs:
                differing += 1
                print(f"seed {seed}: {' | '.join(case.changes)}")
                print("".join(f"    {line}\n" for line in found.lines), end="", flush=True)
    print(f"{total.steps} steps, {len(total.open_steps)} open, {differing} histories differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
