"""Stages whose copies have one key: what one takes from the context, others take from it or from each other."""

from __future__ import annotations

import posixpath
import random

from tests.differential.case import Entry, file
from tests.differential.draft import Draft, DraftStage

FIRST = "k0"
GROUNDS = ("FROM scratch", "FROM scratch", "FROM busybox", "FROM busybox")
PLACES = ("/", "/t/", "/t/u/")
FOLDER = "once"
CHANGING = f"{FOLDER}/f"
OF_A_RUN = f"{FOLDER}/run"


def add_stages_of_one_key(rng: random.Random, draft: Draft) -> None:
    """Put them before the last stage, and let that one read some of them.

    The name of what is copied is in the key, where it lay is not: each copy keeps the name.
    """
    ground, place, name = rng.choice(GROUNDS), rng.choice(PLACES), FOLDER
    link = "--link " if rng.random() < 0.2 else ""
    run = ground != "FROM scratch"
    before = [f"RUN echo {rng.randrange(3)} > /before"] if run and rng.random() < 0.3 else []
    stages = [DraftStage(f"{ground} AS {FIRST}", [*before, f"COPY {link}{name} {place}{name}"], FIRST, not run)]
    for number in range(1, rng.randint(2, 5)):
        source = rng.choice(stages).name
        own = list(before)
        if rng.random() < 0.2:
            origin, path = f"FROM {source} AS k{number}", f"/v{number}/{name}"  # on it, and somewhere else
        else:
            origin, path = f"{ground} AS k{number}", f"{place}{name}"
        copied = f"COPY {link}--from={source} {place}{name} {path}"
        if run and rng.random() < 0.15:
            copied = f"RUN --mount=type=bind,from={source},source={place}{name},target=/m cp -r /m /taken"
        stages.append(DraftStage(origin, [*own, copied, *_following(rng, run)], f"k{number}", not run))
    stages[0].instructions += _following(rng, run)
    last = draft.stages[-1]
    for stage in rng.sample(stages[1:], rng.randint(1, len(stages) - 1)):
        last.instructions.append(f"COPY --from={stage.name} / /of-{stage.name}/")
        last.known[posixpath.join("/of-" + stage.name)] = True
    draft.stages[-1:-1] = stages


def files_of_one_key(draft: Draft) -> dict[str, Entry]:
    """What such stages copy; nothing where a Dockerfile has none.

    One file is another in every run: BuildKit keeps keys whose results were pruned, and a step that was found under one
    asks for no result of its own build any more.
    """
    if not any(stage.name == FIRST for stage in draft.stages):
        return {}
    return {CHANGING: file("once\n"), OF_A_RUN: file("a run\n")}


def _following(rng: random.Random, run: bool) -> list[str]:
    """What stands after a copy: the same few things in each stage."""
    choice = rng.random()
    if choice < 0.4:
        return []
    if choice < 0.7 or not run:
        return ["WORKDIR /after"]
    return [rng.choice(("RUN echo after > /after-it", "RUN sleep 0.3"))]
