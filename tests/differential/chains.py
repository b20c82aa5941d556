"""Generated histories of chained stages, for caches that forget: few files of few values, so that all comes back.

Their commands write what their inputs decide, mostly always the same, so that steps are found by what they copy.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field

from tests.differential.case import Build, Case, Files, file

FILES = ("f1", "f2", "src/a", "src/b")
VALUES = ("1\n", "2\n", "3\n")
STAGES = ("base", "build", "test")


@dataclass
class _Stage:
    """One stage. outputs: paths that its commands or copies have written."""

    name: str
    origin: str
    lines: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def generate_chain(seed: int, *, commits: int = 8) -> Case:
    """The history of a seed; every state may come again, and some builds are of another target."""
    rng = random.Random(f"chain {seed}")
    files: dict[str, str] = dict.fromkeys(FILES, VALUES[0])
    stages = _stages(rng)
    targets = [None, *(stage.name for stage in stages if stage.name)] if rng.random() < 0.3 else [None]
    kept: list[tuple[dict[str, str], list[_Stage]]] = []
    builds: list[Build] = []
    changes: list[str] = []
    for number in range(commits):
        if number:
            files, stages, said = _change(rng, files, stages, kept)
            changes.append(said)
        kept.append((files, stages))
        target = rng.choice(targets)
        builds.append(Build(_laid_out(files, stages), target=target))
    return Case(f"chain-{seed}", tuple(builds), tuple(changes))


def _laid_out(files: dict[str, str], stages: list[_Stage]) -> Files:
    text = "".join(f"{stage.origin}\n" + "".join(f"{line}\n" for line in stage.lines) for stage in stages)
    return {"Dockerfile": file(text), ".dockerignore": file("Dockerfile\n"), **{p: file(t) for p, t in files.items()}}


def _stages(rng: random.Random) -> list[_Stage]:
    found: list[_Stage] = []
    for name in (*STAGES[: rng.choice((1, 1, 2, 2, 3))], ""):
        called = f" AS {name}" if name else ""
        same = rng.choice(found) if found and name and rng.random() < 0.1 else None
        if same is not None:
            found.append(_Stage(name, same.origin.partition(" AS ")[0] + called, [*same.lines], [*same.outputs]))
            continue
        under = rng.choice(found) if found and rng.random() < 0.25 else None
        origin = f"FROM {under.name if under is not None else 'busybox'}{called}"
        stage = _Stage(name, origin, outputs=[*under.outputs] if under is not None else [])
        for _ in range(rng.randint(1, 4)):
            _write(rng, stage, found)
        found.append(stage)
    if not any("from=" in line for line in found[-1].lines):
        _copy_from(rng, found[-1], found[:-1])
    return found


def _write(rng: random.Random, stage: _Stage, before: list[_Stage]) -> None:
    kinds = [_copy, _copy, _run, _run, _run, _other, _copy_from, _copy_from, _mounted]
    rng.choice(kinds)(rng, stage, before)


def _copy(rng: random.Random, stage: _Stage, _: list[_Stage]) -> None:
    link = rng.choice(("", "", "", "--link "))
    source = rng.choice((*FILES, "src", "src", "."))
    if source in FILES:
        place = f"/in/{source.rpartition('/')[2]}"
        stage.outputs.append(place)
    else:
        place = "/in/src/" if source == "src" else "/in/"
        stage.outputs.append("/in/src/a")
    stage.lines.append(f"COPY {link}{source} {place}")


def _run(rng: random.Random, stage: _Stage, _: list[_Stage]) -> None:
    output = f"/out/{rng.choice('xyz')}"
    read = rng.choice(("echo const", "echo const", "cat /in/f1", "cat /in/src/a", "cat /in/f1 /in/src/b", "echo A"))
    stage.lines.append(f"RUN mkdir -p /out && ({read} 2>/dev/null || true) > {output}")
    stage.outputs.append(output)


def _other(rng: random.Random, stage: _Stage, _: list[_Stage]) -> None:
    stage.lines.append(rng.choice(("WORKDIR /w", "WORKDIR /in", "ENV V=1", "RUN true", "USER 0")))


def _copy_from(rng: random.Random, stage: _Stage, before: list[_Stage]) -> None:
    sources = [each for each in before if each.outputs]
    if not sources:
        _run(rng, stage, before)
        return
    source = rng.choice(sources)
    path = rng.choice(source.outputs)
    place = f"/got/{rng.choice('xyz')}"
    stage.lines.append(f"COPY {rng.choice(('', '', '', '--link '))}--from={source.name} {path} {place}")
    stage.outputs.append(place)


def _mounted(rng: random.Random, stage: _Stage, before: list[_Stage]) -> None:
    sources = [each for each in before if each.outputs]
    output = f"/out/{rng.choice('mn')}"
    if sources and rng.random() < 0.6:
        source = rng.choice(sources)
        mount, read = f"from={source.name},target=/m", f"/m{rng.choice(source.outputs)}"
    else:
        mount, read = "source=src,target=/m", "/m/a"
    written = rng.choice((f"cat {read}", "echo const"))
    stage.lines.append(f"RUN --mount=type=bind,{mount} mkdir -p /out && {written} > {output}")
    stage.outputs.append(output)


def _change(
    rng: random.Random, files: dict[str, str], stages: list[_Stage], kept: list[tuple[dict[str, str], list[_Stage]]]
) -> tuple[dict[str, str], list[_Stage], str]:
    kind = rng.random()
    if kind < 0.15 and len(kept) > 1:
        back = rng.randrange(len(kept) - 1)
        return *kept[back], f"back to {back}"
    if kind < 0.3:
        stages = copy.deepcopy(stages)
        return files, stages, _edit(rng, stages)
    files = dict(files)
    for path in rng.sample(FILES, rng.choice((1, 1, 2))):
        files[path] = rng.choice(VALUES)
    return files, stages, " ".join(f"{path}={text.strip()}" for path, text in files.items())


def _edit(rng: random.Random, stages: list[_Stage]) -> str:
    """A step that nothing reads, at the end or somewhere: put in, taken out, or another in its place."""
    stage = rng.choice(stages)
    own = [line for line in stage.lines if line.startswith("RUN echo ")]
    if own and rng.random() < 0.5:
        stage.lines.remove(own[0])
        return f"without {own[0]}"
    line = f"RUN echo {rng.choice('pq')} > /note"
    stage.lines.insert(rng.choice((len(stage.lines), rng.randint(0, len(stage.lines)))), line)
    return f"with {line}"
