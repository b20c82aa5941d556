"""Random Dockerfiles over the whole language, for one given context."""

from __future__ import annotations

import random

from tests.differential.case import Files
from tests.differential.draft import Draft, DraftStage
from tests.differential.metadata import NAMES
from tests.differential.same_keys import add_stages_of_one_key
from tests.differential.writer import Writer

HEADS = ("# a comment", "# escape=\\", "# check=skip=all", "# escape=`", "#check=error=false", "# Escape = `")


def random_draft(rng: random.Random, files: Files, outer: dict[str, DraftStage], *, buildkit: bool) -> Draft:
    """outer: what `from=` may name besides stages. buildkit: whether what the classic builder lacks may be used."""
    draft = Draft([], [], outer)
    if rng.random() < 0.15:
        draft.head.append(rng.choice(HEADS))
    if rng.random() < 0.3:
        draft.head.append(f"ARG {rng.choice(NAMES)}={rng.choice(('1', 'g'))}")
    if rng.random() < 0.15:
        draft.head.append("ARG BASE=busybox")
    if rng.random() < 0.03:
        draft.line_end = "\r\n"
    count = rng.choices((1, 2, 3, 4, 5), (4, 6, 4, 2, 1))[0]
    for index in range(count):
        draft.stages.append(_begin_stage(rng, draft, index, last=index == count - 1, buildkit=buildkit))
        writer = Writer(rng, draft, draft.stages[-1], files, buildkit)
        for _ in range(rng.choice((0, 1, *range(2, 8), *range(2, 8)))):
            writer.write_one()
    if rng.random() < 0.15:
        _repeat_a_stage(rng, draft)
    if buildkit and rng.random() < 0.08:
        add_stages_of_one_key(rng, draft)
    return draft


def _begin_stage(rng: random.Random, draft: Draft, index: int, *, last: bool, buildkit: bool) -> DraftStage:
    name = rng.choice(("build", "deps", "Base", "s", "t-1"))
    used = {stage.name.lower() for stage in draft.stages}
    if name.lower() in used or rng.random() < (0.6 if last else 0.15):
        name = ""
    below = [stage for stage in draft.stages if stage.name]
    kind = rng.random()
    platform = ""
    if below and kind < 0.3:
        base = rng.choice(below)
        stage = DraftStage(f"FROM {base.name.lower()}", [], name, base.scratch, dict(base.known), base.directory)
    elif index and kind < 0.5:
        stage = DraftStage("FROM scratch", [], name, True)
    else:
        image = rng.choice(("$BASE", "${BASE:-none}")) if "ARG BASE=busybox" in draft.head else "busybox"
        others = [other for other in draft.outer if other in {"app", "other"}]
        image = rng.choice((image, image, "busybox:latest", "docker.io/library/busybox", *others, *others))
        known = draft.outer[image].known if image in draft.outer else IN_BUSYBOX
        if rng.random() < 0.05:
            variables = ("--platform=$BUILDPLATFORM ", "--platform=$TARGETPLATFORM ") if buildkit else ()
            platform = rng.choice(("--platform=linux/amd64 ", *variables))
        stage = DraftStage(f"FROM {platform}{image}", [], name, known=dict(known))
    if name:
        stage.origin += f" AS {name}"
    return stage


def _repeat_a_stage(rng: random.Random, draft: Draft) -> None:
    """A later stage that begins as an earlier one does: the steps that are equal in both are one to BuildKit."""
    earlier = rng.randrange(len(draft.stages))
    stage = draft.stages[earlier]
    again = DraftStage(
        stage.origin.partition(" AS ")[0],
        stage.instructions[: rng.randint(1, 4)],
        "again" if rng.random() < 0.7 else "",
        stage.scratch,
        dict(stage.known),
        stage.directory,
    )
    if again.name:
        again.origin += " AS again"
    at = rng.randint(earlier + 1, len(draft.stages))
    if all("from=" not in line or "COPY" in line for line in again.instructions):
        draft.stages.insert(at, again)


IN_BUSYBOX = {"/etc/passwd": False, "/etc": True, "/tmp": True}
