"""Ties the history of an image to the lines of a Dockerfile: as the builder noted, else by order and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerscope.docker.created_by import CreatedBy
from layerscope.dockerfile.instructions import Copy, Instruction, Run, Workdir
from layerscope.dockerfile.stages import Dockerfile, Stage
from layerscope.values import Value


class LineTies(Value):
    """lines: per history entry (oldest first) its Dockerfile line, None where it is the base's or unclear.

    base_entries: how many of the oldest entries belong to the base image. exact: whether every instruction of the
    target found its entry, and says the same. base_line: of the FROM that names the base, None without a Dockerfile.
    """

    lines: tuple[int | None, ...]
    base_entries: int
    exact: bool
    base_line: int | None = None


def tie_lines(
    created: Sequence[CreatedBy],
    dockerfile: Dockerfile,
    target: str | None = None,
    known: Mapping[int, Sequence[int]] | None = None,
) -> LineTies:
    """Align the tail of a history with the target's instructions, stages below it included.

    Every instruction makes one entry, so the two run in step from the end; where a keyword differs the alignment
    looks on for the next entry that fits (another tool's entries, triggers of a base) and is not exact.

    known: the lines that are certain by the number of their entry, none for one of the base. What lies between two of
    these is aligned between them.
    """
    chain = _chain(dockerfile, target)
    wanted = [instruction for stage in chain for instruction in stage.instructions]
    known = known or {}
    lines = [_chosen(known[n], wanted) if n in known else None for n in range(len(created))]
    entry_of = {line: n for n, line in enumerate(lines) if line is not None}
    at = len(created) - 1
    exact = True
    for instruction in reversed(wanted):
        found = entry_of.get(instruction.line)
        if found is None:
            found = _fitting(created, instruction, at, known)
        if found is None or found > at:
            exact = False
            continue
        exact = exact and found == at and (found in known or _agrees(created[found], instruction))
        lines[found] = instruction.line
        at = found - 1
    return LineTies(tuple(lines), at + 1, exact, chain[0].origin.line)


def _chosen(lines: Sequence[int], wanted: Sequence[Instruction]) -> int | None:
    """Of equal instructions in several stages that became one step, the target's own."""
    own = [instruction.line for instruction in wanted if instruction.line in lines]
    return own[-1] if own else lines[0] if lines else None


def _fitting(
    created: Sequence[CreatedBy], instruction: Instruction, at: int, known: Mapping[int, Sequence[int]]
) -> int | None:
    """The entry at or before a position that fits, not going past one whose line is known."""
    while at >= 0 and at not in known:
        if _fits(created[at], instruction):
            return at
        at -= 1
    return None


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


def _fits(entry: CreatedBy, instruction: Instruction) -> bool:
    if entry.keyword != instruction.keyword:
        return False
    if not isinstance(instruction, Run):
        return True
    ours = _dense(" ".join(instruction.command))
    theirs = _dense(entry.words)
    if entry.truncated:
        return _agrees(entry, instruction)
    # A comment or a heredoc may stand differently in the two: the end of the text decides.
    shorter = min(len(ours), len(theirs), 12)
    return ours[-shorter:] == theirs[-shorter:] or "<<" in ours


def _agrees(entry: CreatedBy, instruction: Instruction) -> bool:
    """Whether an entry says of its layer what the instruction says, as far as both are plain text."""
    if isinstance(instruction, Run):
        if instruction.heredocs:
            return True
        # With the shell: an exec form that runs one is worded as a command that SHELL runs.
        said, ours = _dense(entry.shell + entry.words), _dense(" ".join(instruction.command))
        if entry.truncated:
            return any(ours.startswith(said[n:]) for n in range(len(said) - 8)) or len(_dense(entry.words)) <= 8
        return said.endswith(ours)
    if isinstance(instruction, Copy):
        words = (*instruction.sources, instruction.destination)
        copied = entry.copied
        if (
            entry.truncated
            or copied is None
            or instruction.documents
            or any("$" in word or "\\" in word for word in words)
        ):
            return True
        if copied.hashed:
            return not words[-1].startswith("/") or copied.destination.strip("/") == words[-1].strip("/")
        return [*copied.sources, copied.destination] == " ".join(words).split()
    if isinstance(instruction, Workdir) and instruction.path.startswith("/") and "$" not in instruction.path:
        return entry.truncated or entry.words.rstrip("/") == instruction.path.rstrip("/")
    return True


def _dense(text: str) -> str:
    return "".join(text.split())
