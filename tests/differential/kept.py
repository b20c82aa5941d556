"""Histories whose cache is kept as a policy says: generated, predicted, and built commit by commit on an engine.

    python -m tests.differential.kept --seeds 1..100 --policy registry,mode=max --store containerd --results DIR

An exported cache is imported by a builder that begins with nothing at all; one that is pruned (`last`, `days=N.5`: a
day a build) is pruned between builds by what was used since. Both take a second or two for each build.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.parse
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import get_args

from layerscope.analysis.kept_solver import KeptSolver
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named
from layerscope.graph.caches.policy import CachePolicy, PolicyKind, parse_policy
from tests.differential.case import Case
from tests.differential.chains import generate_chain
from tests.differential.comparison import Comparison, compare
from tests.differential.prediction import Predicted, Store, outcomes_of, sides_of, twins_of, unreliable
from tests.differential.real_builds import Actual, Laboratory, ask, build_once, laboratory
from tests.differential.remote import served
from tests.differential.results import Results
from tests.engine import engine as engines
from tests.engine import registry as registries
from tests.engine.actions_cache import served_cache

_DAY = 86_400.0
_RELEASED = 2.5  # seconds until a build has let go of what it used, and until another whole second has begun


def predicted(case: Case, policy: CachePolicy, store: Store) -> list[Predicted]:
    """What is said of each build, a day after the one before it, up to the first that is refused."""
    found: list[Predicted] = []
    with sides_of(case, "buildkit", store) as sides:
        kept = KeptSolver(policy)
        for number, side in enumerate(sides):
            try:
                steps = kept.build(builder_named("buildkit"), side.build_input, number * _DAY).steps
            except InputError as error:
                found.append(Predicted({}, refusal=str(error)))
                break
            found.append(Predicted(outcomes_of(steps), unreliable(steps, "buildkit"), twins_of(steps)))
    return found


class KeptLaboratory:
    """An engine whose cache is kept. services: what an exported cache is written to, as far as they are needed."""

    def __init__(self, lab: Laboratory, registry: str = "", actions: str = "") -> None:
        self.lab = lab
        self.registry = registry
        self.actions = actions

    def build(self, case: Case, policy: CachePolicy) -> list[Actual]:
        """Build all states of a case, the first with an empty cache, up to the first that fails."""
        actual: list[Actual] = []
        started: list[float] = []
        with tempfile.TemporaryDirectory(prefix=f"{case.name}-") as folder:
            for state in case.builds:
                if policy.is_exported or not started:
                    engines.restart(self.lab.engine.name, empty=True)
                else:
                    self._prune(policy, started)
                self.lab.images.call(state.images)
                started.append(time.time())
                words = (
                    self._words(policy, f"{case.name}-{int(started[0])}", Path(folder)) if policy.is_exported else ()
                )
                told = replace(state, options=(*state.options, *words))
                actual.append(build_once(told, Path(folder) / "build", self.lab, "buildkit"))
                if actual[-1].refusal is not None:
                    break
        return actual

    def _words(self, policy: CachePolicy, name: str, folder: Path) -> tuple[str, ...]:
        mode = f",mode={policy.mode.value}"
        match policy.kind:
            case PolicyKind.LOCAL:
                read = ("--cache-from", f"type=local,src={folder}/cache") if (folder / "cache").exists() else ()
                return (*read, "--cache-to", f"type=local,dest={folder}/cache{mode}")
            case PolicyKind.INLINE:
                image = f"{self.registry}/{name}:image"
                pushed = "--output", f"type=image,name={image},push=true"
                return ("--cache-from", f"type=registry,ref={image}", "--cache-to", "type=inline", *pushed)
            case PolicyKind.GHA:
                where = f"type=gha,{self.actions},scope={name}"
                return ("--cache-from", where, "--cache-to", where + mode)
            case _:
                where = f"type=registry,ref={self.registry}/{name}:cache"
                return ("--cache-from", where, "--cache-to", where + mode)

    def _prune(self, policy: CachePolicy, started: list[float]) -> None:
        """Drop what was not used since the last build that counts began."""
        builds = 1 if policy.most_days is None else int(policy.most_days)
        time.sleep(_RELEASED)
        if len(started) >= builds:
            until = json.dumps({"until": {f"{time.time() - started[-builds]:.3f}s": True}})
            ask(self.lab.engine, "POST", f"/build/prune?all=1&filters={urllib.parse.quote(until)}")


def judge(
    case: Case, policy: CachePolicy, store: Store, lab: KeptLaboratory | None, results: Results
) -> Comparison | None:
    """Where prediction and engine disagree; None if it was never built and there is nothing to build it with."""
    actual = results.get(case, str(policy))
    if actual is None:
        if lab is None:
            return None
        actual = lab.build(case, policy)
        results.put(case, str(policy), "", actual)
    return compare(predicted(case, policy, store), actual)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.differential.kept", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--seeds", default="1..20", help="FIRST..LAST, or one")
    parser.add_argument("--policy", action="append", help="as --cache takes it; several go in turn by the seed")
    parser.add_argument("--store", choices=get_args(Store), default="containerd")
    parser.add_argument("--engine", help="name of the engine (default: kept-STORE)")
    parser.add_argument("--results", help="keep what the engine does in this directory, and do not ask it twice")
    parser.add_argument("--rejudge", action="store_true", help="only compare with what --results holds: no engine")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("..")
    policies = [parse_policy(text) for text in asked.policy or ("registry,mode=max",)]
    results = Results(Path(asked.results) if asked.results else None, "kept", asked.store)
    totals = {str(policy): Comparison() for policy in policies}
    differing = 0
    with ExitStack() as stack:
        lab = None if asked.rejudge else opened(stack, asked.engine or f"kept-{asked.store}", asked.store)
        for seed in range(int(first), int(last or first) + 1):
            policy = policies[seed % len(policies)]
            case = generate_chain(seed)
            found = judge(case, policy, asked.store, lab, results)
            if found is None:
                continue
            totals[str(policy)].add(found)
            if found.differs:
                differing += 1
                print(f"seed {seed}, {policy}: {' | '.join(case.changes)}")
                print("".join(f"    {line}\n" for line in found.lines), end="", flush=True)
    for name, total in totals.items():
        print(f"{name}: {total.steps} steps, {len(total.wrong)} wrong, {len(total.open_steps)} open")
    return 1 if differing else 0


def opened(stack: ExitStack, name: str, store: Store) -> KeptLaboratory:
    """An engine of its own with the services that a cache is exported to, as long as the stack is open."""
    engine = engines.up(name, store)
    engines.base(name)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kept-")))
    registry = stack.enter_context(
        registries.running(registries.fetch(), folder / "registry", storage=folder / "blobs")
    )
    lab = stack.enter_context(laboratory(engine, stack.enter_context(served())))
    return KeptLaboratory(lab, registry, stack.enter_context(served_cache()))


if __name__ == "__main__":
    sys.exit(main())
