"""What engines did with generated cases, kept as one line of JSON per case, so that later code can be judged by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.differential.case import Build, Case, fingerprint
from tests.differential.real_builds import Actual, fails_at_run_time


class Results:
    """The lines of one builder, store and release of BuildKit. folder: where they lie; None keeps them in memory."""

    def __init__(self, folder: Path | None, builder: str, store: str, release: str) -> None:
        self.release = release
        self.path = folder / f"{builder}-{store}-{release}.jsonl" if folder is not None else None
        self.lines: dict[tuple[str, str], dict[str, Any]] = {}
        if self.path is not None and self.path.exists():
            for text in self.path.read_text().splitlines():
                line = json.loads(text)
                self.lines[line["name"], line["world"]] = line

    def get(self, case: Case, world: str) -> list[Actual] | None:
        """What was done with this very case; None if it was not built, or the generator made another of it then."""
        line = self.lines.get((case.name, world))
        if line is None or line["case"] != fingerprint(case):
            return None
        return [_actual(build, state) for build, state in zip(line["builds"], case.builds, strict=False)]

    def outdated(self, case: Case, world: str) -> bool:
        return (case.name, world) in self.lines and self.get(case, world) is None

    def put(self, case: Case, world: str, engine: str, actual: list[Actual]) -> None:
        builds = [{"steps": real.steps, "refusal": real.refusal} for real in actual]
        line = {"name": case.name, "world": world, "case": fingerprint(case), "engine": engine, "builds": builds}
        self.lines[case.name, world] = line
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a") as file:
                file.write(json.dumps(line, ensure_ascii=True) + "\n")


def releases(folder: Path, builder: str, store: str) -> list[str]:
    """The releases of which results lie in a folder."""
    start = f"{builder}-{store}-"
    return sorted(path.stem.removeprefix(start) for path in folder.glob(f"{start}*.jsonl"))


def _actual(build: dict[str, Any], state: Build) -> Actual:
    refusal = build["refusal"]
    return Actual(build["steps"], refusal, refusal is not None and fails_at_run_time(refusal, state))
