"""Ties the history of an image to the lines of a Dockerfile: as the builder noted, else by order and words.

A line is given only to an entry whose words do not contradict it, and none at all where too few of a Dockerfile's
instructions are in the history: it is then the file of another image, or of another version of this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from layerscope.docker.created_by import LAYER_KEYWORDS, CreatedBy
from layerscope.dockerfile.instructions import Instruction, Onbuild
from layerscope.dockerfile.stages import Dockerfile, Stage
from layerscope.graph.entry_words import Agreement, agreement
from layerscope.values import Value

_ENOUGH = 0.5  # of a Dockerfile's instructions, by weight, must be in the history
_MOST_PAIRS = 1 << 20  # of instructions and entries; no image has so many
_OF_A_LAYER, _OF_CONFIG = 4, 2  # what it weighs that an entry says what an instruction does
_OPEN_SHARE = 0.5  # of that where the words cannot tell
_PASSED_OVER = {True: 3.0, False: 0.5}  # what it costs to pass over an entry that makes a layer, and one that does not


class LineTies(Value):
    """lines: per history entry (oldest first) its Dockerfile line, None where it is the base's or unclear.

    base_entries: how many of the oldest entries belong to the base image, 0 where that is unclear. exact: whether
    every instruction of the target that makes a layer found its entry, and no such entry is left. base_line: of the
    FROM that names the base, None without a Dockerfile. absent: the instructions that no entry says, of `wanted` in
    all. refused: the Dockerfile is taken for another image's, or too long to be held against the history (none is
    absent then): nothing is tied.
    """

    lines: tuple[int | None, ...]
    base_entries: int
    exact: bool
    base_line: int | None = None
    absent: tuple[Instruction, ...] = ()
    wanted: int = 0
    refused: bool = False


def tie_lines(
    created: Sequence[CreatedBy],
    dockerfile: Dockerfile,
    target: str | None = None,
    known: Mapping[int, Sequence[int]] | None = None,
) -> LineTies:
    """Align the tail of a history with the target's instructions, stages below it included.

    known: the lines that are certain by the number of their entry, none for one of the base. What lies between two of
    these is aligned between them.
    """
    chain = _chain(dockerfile, target)
    wanted = [instruction for stage in chain for instruction in stage.instructions]
    base_line = chain[0].origin.line
    if known is not None:
        lines, at = _between_known(created, wanted, known)
        return LineTies(tuple(lines), at + 1, True, base_line)
    end = _same_at_the_end(created, wanted)
    if (len(created) - end) * (len(wanted) - end) > _MOST_PAIRS:
        return LineTies((None,) * len(created), 0, False, wanted=len(wanted), refused=True)
    return _by_words(created, wanted, end, base_line)


def _same_at_the_end(created: Sequence[CreatedBy], wanted: Sequence[Instruction]) -> int:
    """How many of the last entries say what the last instructions say."""
    pairs = zip(reversed(created), reversed(wanted), strict=False)
    return sum(1 for _ in takewhile(lambda pair: agreement(*pair) is Agreement.SAME, pairs))


def _by_words(created: Sequence[CreatedBy], wanted: Sequence[Instruction], end: int, base_line: int) -> LineTies:
    tied = _aligned(created[: len(created) - end], wanted[: len(wanted) - end])
    tied |= {len(wanted) - n: len(created) - n for n in range(1, end + 1)}
    absent = tuple(one for n, one in enumerate(wanted) if n not in tied and not isinstance(one, Onbuild))
    if wanted and _share(created, wanted, tied) < _ENOUGH:
        return LineTies((None,) * len(created), 0, False, None, absent, len(wanted), True)
    lines: list[int | None] = [None] * len(created)
    for number, entry in tied.items():
        lines[entry] = wanted[number].line
    begin = min(tied.values(), default=len(created))
    left = [entry for n, entry in enumerate(created) if n >= begin and lines[n] is None]
    unmatched = [one.keyword for one in absent] + [entry.keyword for entry in left]
    exact = not any(map(_makes_layer, unmatched))
    # Where an instruction that makes a layer is missing before the first that is tied, nothing tells the base's end.
    is_clear = not any(_makes_layer(one.keyword) for one in wanted[: min(tied, default=0)] if one in absent)
    return LineTies(tuple(lines), begin if is_clear else 0, exact, base_line, absent, len(wanted))


def _makes_layer(keyword: str) -> bool:
    """Whether an instruction may make a layer, or an entry, which another tool may have written (no keyword)."""
    return not keyword or keyword in LAYER_KEYWORDS


def _weight(instruction: Instruction) -> int:
    return _OF_A_LAYER if instruction.keyword in LAYER_KEYWORDS else _OF_CONFIG


def _gain(entry: CreatedBy, instruction: Instruction) -> float | None:
    """What tying the two is worth; None where they say different things."""
    said = agreement(entry, instruction)
    if said is Agreement.OTHER:
        return None
    return _weight(instruction) * (1.0 if said is Agreement.SAME else _OPEN_SHARE)


def _share(created: Sequence[CreatedBy], wanted: Sequence[Instruction], tied: Mapping[int, int]) -> float:
    """How much of a Dockerfile the history says. Not every builder writes an entry for ONBUILD."""
    whole = sum(_weight(one) for n, one in enumerate(wanted) if n in tied or not isinstance(one, Onbuild))
    found = sum(_gain(created[entry], wanted[number]) or 0 for number, entry in tied.items())
    return found / whole if whole else 0.0


def _aligned(created: Sequence[CreatedBy], wanted: Sequence[Instruction]) -> dict[int, int]:
    """The number of each instruction that has an entry, with that entry's: the worthiest ties that keep the order.

    What lies below the first of them is the base's and costs nothing; of equal ties the latest count, as the target's
    instructions end the history.
    """
    gains = [[_gain(entry, instruction) for entry in created] for instruction in wanted]
    passed = [_PASSED_OVER[_makes_layer(entry.keyword)] for entry in created]
    worth = [[0.0] * (len(created) + 1)]
    for row in gains:
        above, here = worth[-1], [worth[-1][0]]
        for j, gain in enumerate(row):
            kept = max(above[j + 1], here[j] - passed[j])
            here.append(kept if gain is None else max(kept, above[j] + gain))
        worth.append(here)
    tied: dict[int, int] = {}
    i, j = len(wanted), len(created)
    while i and j:
        gain = gains[i - 1][j - 1]
        if gain is not None and worth[i][j] == worth[i - 1][j - 1] + gain:
            i, j = i - 1, j - 1
            tied[i] = j
        elif worth[i][j] == worth[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return tied


def _between_known(
    created: Sequence[CreatedBy], wanted: Sequence[Instruction], known: Mapping[int, Sequence[int]]
) -> tuple[list[int | None], int]:
    """The lines of all entries, and the last entry of the base: what lies between known ones goes by its keyword."""
    lines = [_chosen(known[n], wanted) if n in known else None for n in range(len(created))]
    entry_of = {line: n for n, line in enumerate(lines) if line is not None}
    at = len(created) - 1
    for instruction in reversed(wanted):
        found = entry_of.get(instruction.line)
        if found is None:
            found = _fitting(created, instruction, at, known)
        if found is None or found > at:
            continue
        lines[found] = instruction.line
        at = found - 1
    return lines, at


def _chosen(lines: Sequence[int], wanted: Sequence[Instruction]) -> int | None:
    """Of equal instructions in several stages that became one step, the target's own."""
    own = [instruction.line for instruction in wanted if instruction.line in lines]
    return own[-1] if own else lines[0] if lines else None


def _fitting(
    created: Sequence[CreatedBy], instruction: Instruction, at: int, known: Mapping[int, Sequence[int]]
) -> int | None:
    """The entry at or before a position that says the instruction, not going past one whose line is known."""
    while at >= 0 and at not in known:
        if agreement(created[at], instruction) is not Agreement.OTHER:
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
