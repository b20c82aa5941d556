"""Ties the history of an image to the lines of a Dockerfile, by the order and the words of its entries."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.dockerfile.instructions import Instruction
from layerscope.dockerfile.stages import Dockerfile, Stage
from layerscope.graph.created_by import parse_created_by
from layerscope.values import Value


class LineTies(Value):
    """lines: per history entry (oldest first) its Dockerfile line, None where it is the base's or unclear.

    base_entries: how many of the oldest entries belong to the base image. exact: whether every instruction of the
    target found its entry. base_line: of the FROM that names the base.
    """

    lines: tuple[int | None, ...]
    base_entries: int
    exact: bool
    base_line: int


def tie_lines(created_by: Sequence[str], dockerfile: Dockerfile, target: str | None = None) -> LineTies:
    """Align the tail of a history with the target's instructions, stages below it included.

    Every instruction makes one entry, so the two run in step from the end; where a keyword differs the alignment
    looks on for the next entry that fits (another tool's entries, triggers of a base) and is not exact.
    """
    chain = _chain(dockerfile, target)
    wanted = [instruction for stage in chain for instruction in stage.instructions]
    lines: list[int | None] = [None] * len(created_by)
    at = len(created_by) - 1
    exact = True
    for instruction in reversed(wanted):
        found = next((i for i in range(at, -1, -1) if _fits(created_by[i], instruction)), None)
        if found is None:
            exact = False
            continue
        exact = exact and found == at
        lines[found] = instruction.line
        at = found - 1
    return LineTies(tuple(lines), at + 1, exact, chain[0].origin.line)


def _chain(dockerfile: Dockerfile, target: str | None) -> list[Stage]:
    """The target's stage, after those it stands on."""
    by_name = {stage.origin.name: stage for stage in dockerfile.stages if stage.origin.name}
    stage: Stage | None = dockerfile.stages[-1]
    if target is not None:
        stage = by_name.get(target.lower(), dockerfile.stages[-1])
    chain: list[Stage] = []
    while stage is not None and stage not in chain:
        chain.insert(0, stage)
        below = by_name.get(stage.origin.base)
        stage = below if below is not None and below.index < stage.index else None
    return chain


def _fits(created_by: str, instruction: Instruction) -> bool:
    entry = parse_created_by(created_by)
    if entry.keyword != instruction.keyword:
        return False
    if entry.keyword != "RUN":
        return True
    ours = "".join(instruction.text.partition(" ")[2].split())
    theirs = "".join(entry.text.partition(" ")[2].split())
    # Flags of RUN are not in the entry, variables stand as the shell saw them: the end of the text decides.
    shorter = min(len(ours), len(theirs), 12)
    return ours[-shorter:] == theirs[-shorter:] or "<<" in ours or "$" in ours or ours.startswith(("[", "--"))
