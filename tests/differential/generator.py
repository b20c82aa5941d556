"""Seeded random cases: a context with a Dockerfile, and one or two changes to either, each built."""

from __future__ import annotations

import copy
import random

from tests.differential.case import Build, Case, Entry, file
from tests.differential.changes import change_draft
from tests.differential.contexts import change_files, random_files
from tests.differential.dockerfiles import NAMES, random_draft
from tests.differential.draft import Draft


def generate(seed: int, *, buildkit: bool = True) -> Case:
    """The case of a seed. buildkit: whether the features that the classic builder lacks may be used."""
    rng = random.Random(f"{'buildkit' if buildkit else 'classic'} {seed}")
    state = _State(rng, buildkit)
    builds = [state.build()]
    changes: list[str] = []
    changes.append(state.change())
    builds.append(state.build())
    if rng.random() < 0.12:
        first = builds[0]
        # Everything put back as it was, written anew: old entries must hit.
        builds.append(
            Build(first.files, first.file, first.target, first.build_args, first.options, frozenset(first.files))
        )
        changes.append("all put back")
    elif rng.random() < 0.15:
        changes.append(state.change())
        builds.append(state.build())
    return Case(f"seed-{seed}", tuple(builds), tuple(changes))


class _State:
    """The directory between builds."""

    def __init__(self, rng: random.Random, buildkit: bool) -> None:
        self.rng = rng
        self.buildkit = buildkit
        self.files: dict[str, Entry] = random_files(rng)
        self.draft: Draft = random_draft(rng, self.files, buildkit=buildkit)
        self.file = rng.choice((None, None, None, None, None, "docker/App.Dockerfile"))
        self.target = self._target() if rng.random() < 0.15 else None
        self.build_args: dict[str, str] = {}
        for name in rng.sample(NAMES, rng.choice((0, 0, 1, 2))):
            self.build_args[name] = rng.choice(("1", "arg", ""))
        self.touched: set[str] = set()
        self.options: tuple[str, ...] = ()

    def build(self) -> Build:
        files = {**self.files, self.file or "Dockerfile": file(self.draft.text())}
        touched = frozenset(self.touched & files.keys())
        self.touched = set()
        args = tuple(sorted(self.build_args.items()))
        return Build(files, self.file, self.target, args, self.options, touched)

    def change(self) -> str:
        rng = self.rng
        self.draft = copy.deepcopy(self.draft)
        self.files = dict(self.files)
        done: list[str] = []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            kind = rng.random()
            if kind < 0.5:
                done.append(change_files(rng, self.files, self.touched))
            elif kind < 0.9:
                done.append(change_draft(rng, self.draft, self.files, buildkit=self.buildkit))
            elif kind < 0.93:
                self.options = rng.choice(((), ("--no-cache",), ("--no-cache-filter=s",), ("--no-cache-filter=build",)))
                self.options = self.options if self.buildkit or "filter" not in "".join(self.options) else ()
                done.append(" ".join(self.options))
            elif kind < 0.97:
                name = rng.choice(NAMES)
                self.build_args[name] = rng.choice(("1", "changed"))
                done.append(f"--build-arg {name}={self.build_args[name]}")
            else:
                self.target = None if self.target else self._target()
                done.append(f"--target {self.target}")
        return "; ".join(done)

    def _target(self) -> str | None:
        names = [stage.name for stage in self.draft.stages if stage.name]
        return self.rng.choice(names) if names else None
