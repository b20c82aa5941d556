"""Hand-written histories for caches that are exported or pruned; `python -m tests.differential.kept_cases` records.

Open rows of a recorded case are those of which its case.json says so: what `RUN` wrote, and what was kept for that.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from layerscope.graph.caches.policy import parse_policy
from tests.differential.case import Build, Case, Rule, file
from tests.differential.comparison import compare
from tests.differential.kept import KeptLaboratory, opened, predicted
from tests.differential.prediction import Store
from tests.differential.recorded import save_actual, save_case

CASES = Path(__file__).parents[1] / "cases"
_CONST = """FROM busybox AS build
WORKDIR /b
COPY package.json ./
RUN cat package.json > /deps
COPY src ./src
RUN mkdir /out && echo const > /out/app
FROM busybox
RUN echo runtime > /rt
COPY --from=build /out/app /app
RUN echo done > /done
"""
_PLAIN = """FROM busybox AS build
COPY src /src
FROM busybox
COPY --from=build /src/util.c /u
RUN echo done > /done
"""
_TARGETS = """FROM busybox AS build
COPY src /src
RUN echo const > /out
FROM build AS test
RUN echo test > /report
FROM busybox
COPY --from=build /out /out
"""
_PRUNED = """FROM busybox AS build
RUN echo tools > /tools
COPY src /src
FROM busybox
COPY --from=build /src /src
COPY conf /conf
"""
_EXPORTS = "moby/buildkit solver/exporter.go addBacklinks"


@dataclass(frozen=True)
class KeptCase:
    """A history, the rule it shows, and the policies that it is recorded with."""

    case: Case
    rule: Rule
    policies: tuple[str, ...]
    store: Store = "containerd"


def kept_cases() -> list[KeptCase]:
    """All of them."""
    exported = ("registry,mode=min", "registry,mode=max", "inline", "gha,mode=max")
    return [
        KeptCase(
            _history("kept-const-and-back", _CONST, ("main", "other", "other", "third", "third", "main"), edited=4),
            Rule(
                "An exported cache keeps the links that lead to what is used, so a revert comes back to them.",
                (_EXPORTS,),
            ),
            exported,
        ),
        KeptCase(
            _history("kept-copied-and-back", _PLAIN, ("main", "other", "other", "main"), edited=3),
            Rule(
                "Where equal bytes led to a record, both stages' keys are exported, the older without result.",
                (_EXPORTS, "moby/buildkit solver/exporter.go exporter.ExportTo"),
            ),
            exported,
        ),
        KeptCase(
            _history(
                "kept-targets",
                _TARGETS,
                ("main", "main", "other", "other", "main"),
                targets=("test", "", "", "test", ""),
            ),
            Rule(
                "Results that were imported are exported again as long as they are used, in mode=min, too.", (_EXPORTS,)
            ),
            exported[:2],
        ),
        KeptCase(
            _history("kept-by-use", _PRUNED, ("main", "main", "main", "other"), conf=("1", "1", "2", "2")),
            Rule(
                "A stage that is passed by is not used: its results are pruned, its keys stay as long as they lead on.",
                ("moby/buildkit cache/manager.go cacheManager.pruneOnce",),
            ),
            ("last", "days=2.5"),
            "overlay2",
        ),
    ]


def _history(
    name: str,
    dockerfile: str,
    sources: tuple[str, ...],
    *,
    edited: int = 99,
    targets: tuple[str, ...] = (),
    conf: tuple[str, ...] = (),
) -> Case:
    """A build for each of the sources. edited: from which build on the last command is another."""
    builds = []
    for number, source in enumerate(sources):
        text = dockerfile.replace("echo done", "echo Done") if number >= edited else dockerfile
        files = {"Dockerfile": file(text), "package.json": file("{}\n"), "src/main.c": file(f"{source}\n")}
        files |= {"src/util.c": file("util\n"), "conf": file(conf[number] if conf else "1")}
        builds.append(Build(files, target=(targets[number] or None) if targets else None))
    return Case(name, tuple(builds), tuple(f"src/main.c is {source}" for source in sources[1:]))


def main() -> None:
    with ExitStack() as stack:
        labs: dict[Store, KeptLaboratory] = {}
        for one in kept_cases():
            lab = labs.get(one.store) or opened(stack, f"kept-{one.store}", one.store)
            labs[one.store] = lab
            version = lab.lab.engine.docker("version", "--format", "{{.Server.Version}}").partition("+")[0].strip()
            folder = CASES / one.case.name
            open_steps: set[str] = set()
            for policy in one.policies:
                actual = lab.build(one.case, parse_policy(policy))
                found = compare(predicted(one.case, parse_policy(policy), one.store), actual)
                open_steps |= {row.partition(": ")[2] for row in found.open_steps}
                print(f"{one.case.name}, {policy}: {found.steps} steps", *found.lines, sep="\n    ", flush=True)
                save_actual(folder, "buildkit", one.store, version, actual, policy)
            save_case(Case(one.case.name, one.case.builds, one.case.changes, frozenset(open_steps)), folder, one.rule)


if __name__ == "__main__":
    main()
