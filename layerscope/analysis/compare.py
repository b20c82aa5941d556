"""Before against after: two build contexts or two images; steps, scenarios, what a host must fetch."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from operator import attrgetter

from layerscope.analysis.answers.comparison import ComparedSide, Comparison
from layerscope.analysis.answers.image import ImageCost
from layerscope.analysis.answers.instruction_cost import InstructionCost
from layerscope.analysis.answers.scenarios import Scenario
from layerscope.analysis.answers.simulation import Simulation, StepOutcome
from layerscope.analysis.answers.step_changes import ComparedRow, StepChange
from layerscope.analysis.answers.transfer import Transfer
from layerscope.analysis.edited_side import edited_side
from layerscope.analysis.file_changes import file_changes
from layerscope.analysis.scenarios import chosen_changes
from layerscope.analysis.side import Side
from layerscope.analysis.simulate import simulate
from layerscope.analysis.transfer import push_of, rebuilt_layers, transfer_of
from layerscope.analysis.verdicts import Change
from layerscope.answer import Assumption
from layerscope.cost.model import Costs, no_costs
from layerscope.errors import InputError
from layerscope.values import Value

_ALIKE = 0.5  # texts at least so much alike are one instruction that was edited
_COMPARED = 2000  # characters of an instruction that its likeness is measured by
_WINDOW = 50  # rows around its place in which an edited instruction is looked for
_NO_LAYER = ""
_LayerOf = Callable[[InstructionCost], "str | None"]
_ONE_OF_A_KIND = frozenset({"FROM", "WORKDIR", "CMD", "ENTRYPOINT", "USER", "SHELL"})


class ContextSide(Value):
    """A build context to compare, with what is known of its costs and its image."""

    side: Side
    costs: Costs = no_costs
    image: ImageCost | None = None


def compare_contexts(
    before: ContextSide,
    after: ContextSide,
    changes: Sequence[Sequence[str]] | None = None,
    *,
    count_context: bool = False,
) -> Comparison:
    """Compare two contexts step by step, and what each re-runs under some changes.

    changes: one list of paths per scenario; None lets Layerscope choose at most ten. count_context: also look what
    each sends of its context. Raises InputError where a side would not build or a path is on neither side.
    """
    cold_before, cold_after = _cold(before, count_context), _cold(after, count_context)
    rows_before, rows_after = _step_rows(cold_before), _step_rows(cold_after)
    wanted = chosen_changes(before.side, after.side) if changes is None else changes
    scenarios = tuple(
        Scenario(tuple(paths), _changed(before, paths, after.side), _changed(after, paths, before.side))
        for paths in wanted
    )
    transfer, estimated = _transfer(before, after)
    assumptions = dict.fromkeys((*cold_before.assumptions, *cold_after.assumptions, *estimated))
    return Comparison(
        _context_side(before, cold_before),
        _context_side(after, cold_after),
        _changes(rows_before, rows_after),
        scenarios,
        transfer,
        tuple(assumptions),
        changes is None,
    )


def compare_images(before: ImageCost, after: ImageCost, *, chains: bool = False) -> Comparison:
    """Compare two images instruction by instruction and file by file, and what a pull would fetch.

    chains: as for `transfer_of`. Raises InputError where a layer that must be read is damaged.
    """
    layer_of, told = _layers_told_by(before, after)
    return Comparison(
        ComparedSide(before.reference, before.size, before.layers, None, before.base_size),
        ComparedSide(after.reference, after.size, after.layers, None, after.base_size),
        _changes(_image_rows(before, layer_of), _image_rows(after, layer_of)),
        transfer=transfer_of(before, after, chains=chains),
        push=push_of(before, after),
        files=file_changes(before.layer_listings, after.layer_listings)
        if before.layer_listings is not None and after.layer_listings is not None
        else None,
        assumptions=tuple(dict.fromkeys((*before.assumptions, *after.assumptions, *told))),
    )


def _transfer(before: ContextSide, after: ContextSide) -> tuple[Transfer | None, tuple[Assumption, ...]]:
    """Between the images of both; where only the second's is known, what building it on the first would make anew."""
    if after.image is None:
        return None, ()
    if before.image is not None:
        return transfer_of(before.image, after.image, chains=not after.side.options.merge), ()
    rebuilt = rebuilt_layers(simulate(before.side, after.side).steps, after.image)
    if rebuilt is None:
        return None, ()
    text = "an estimate: what the builder would take from the cache of the first build counts as there already"
    return rebuilt.most, (Assumption("transfer", after.image.reference, text),)


def _cold(given: ContextSide, count_context: bool) -> Simulation:
    """The build from nothing: every step of it, with its cost."""
    return simulate(given.side, given.side, given.costs, given.image, cold=True, count_context=count_context)


def _changed(given: ContextSide, paths: Iterable[str], other: Side) -> Simulation:
    here = []
    for path in paths:
        try:
            edited_side(given.side, change=[path])
        except InputError:
            edited_side(other, change=[path])  # a path of the other side alone changes nothing here
            continue
        here.append(path)
    changed, paths_here = edited_side(given.side, change=here)
    return simulate(given.side, changed, given.costs, given.image, paths_here)


def _context_side(given: ContextSide, cold: Simulation) -> ComparedSide:
    image = given.image
    return ComparedSide(
        given.side.reference,
        image.size if image else None,
        image.layers if image else None,
        cold.summary.rebuild_seconds,
        image.base_size if image else None,
        cold.summary.cost_source,
        cold.context,
    )


def _step_rows(simulation: Simulation) -> list[ComparedRow]:
    def row(step: StepOutcome) -> ComparedRow:
        works = step.counted and not step.link
        return ComparedRow(
            step.name, step.line, step.text, step.size, step.cost.seconds, whole_text=step.whole_text, works=works
        )

    return [row(step) for step in simulation.steps]


def _image_rows(image: ImageCost, layer_of: _LayerOf) -> list[ComparedRow]:
    def row(entry: InstructionCost) -> ComparedRow:
        layer = _NO_LAYER if entry.empty_layer else layer_of(entry)
        return ComparedRow(entry.created_by, entry.line, entry.text, entry.size, entry.cost.seconds, layer)

    return [row(entry) for entry in image.instructions]


def _layers_told_by(before: ImageCost, after: ImageCost) -> tuple[_LayerOf, tuple[Assumption, ...]]:
    """What tells the layers of two images apart: diff IDs, digests or at least their sizes; and what to say of it."""
    rows = [row for image in (before, after) for row in image.instructions if not row.empty_layer]
    if any(row.diff_id or row.layer_digest for row in rows):
        by_diff_id = all(row.diff_id or not row.layer_digest for row in rows)
        return (attrgetter("diff_id") if by_diff_id else attrgetter("layer_digest")), ()
    text = "nothing tells layers apart but their sizes: what is as large as before counts as the same"
    return _size_of_layer if before.size_source is after.size_source else _nothing_told, (
        Assumption("layers", after.reference, text),
    )


def _size_of_layer(row: InstructionCost) -> str | None:
    return None if row.size is None else f"{row.size} bytes"


def _nothing_told(row: InstructionCost) -> None:
    """Sizes of two kinds, as of tar headers and of what an engine counts, are not compared."""


def _changes(before: list[ComparedRow], after: list[ComparedRow]) -> tuple[StepChange, ...]:
    """Rows of the after side in order, each with its counterpart; rows that are gone stand where they were."""
    partner = _partners(before, after)
    in_order = _longest_rising([partner[j] for j in range(len(after)) if j in partner])
    gone = [i for i in range(len(before)) if i not in partner.values()]
    changes: list[StepChange] = []
    for j, row in enumerate(after):
        while gone and j in partner and gone[0] < partner[j]:
            changes.append(_change(Change.REMOVED, before[gone.pop(0)], None))
        if j not in partner:
            changes.append(_change(Change.ADDED, None, row))
            continue
        other = before[partner[j]]
        changes.append(_change(_kind(other, row, moved=partner[j] not in in_order), other, row))
    return (*changes, *(_change(Change.REMOVED, before[i], None) for i in gone))


def _kind(before: ComparedRow, after: ComparedRow, *, moved: bool) -> Change:
    if before.meaning != after.meaning:
        return Change.EDITED
    if moved:
        return Change.MOVED
    if before.layer == after.layer or before.layer is None or after.layer is None:
        return Change.SAME
    return Change.REFILLED if before.text else Change.EDITED  # nothing tells that it is the same instruction


def _partners(before: list[ComparedRow], after: list[ComparedRow]) -> dict[int, int]:
    """After index → before index: equal texts first, of these equal layers, then the most alike of the same keyword."""
    partner: dict[int, int] = {}
    free = set(range(len(before)))
    for with_layer in (True, False):
        for j, row in enumerate(after):
            same = [] if j in partner else [i for i in sorted(free) if before[i].meaning == row.meaning]
            if with_layer:
                same = [i for i in same if row.layer is not None and before[i].layer == row.layer]
            if same:
                partner[j] = same[0]
                free.discard(same[0])
    candidates = sorted(
        (
            (-_likeness(_arguments(before[i]), _arguments(row)), j, i)
            for j, row in enumerate(after)
            if j not in partner
            for i in _near(free, j)
            if _keyword(before[i]) == _keyword(row)
        ),
    )
    for unlikeness, j, i in candidates:
        alike = -unlikeness >= _ALIKE or _keyword(after[j]) in _ONE_OF_A_KIND
        if alike and j not in partner and i in free:
            partner[j] = i
            free.discard(i)
    return partner


def _near(free: set[int], j: int) -> list[int]:
    """The unpaired rows worth comparing with row `j`: those not too far from its place."""
    return sorted(i for i in free if abs(i - j) <= _WINDOW)


def _keyword(row: ComparedRow) -> str:
    return row.text.split(" ", 1)[0].upper()


def _arguments(row: ComparedRow) -> str:
    return row.meaning.partition(" ")[2]


def _likeness(a: str, b: str) -> float:
    """From 0 to 1; texts that cannot be alike enough are not looked at closely, long ones by their beginning."""
    matcher = SequenceMatcher(None, a[:_COMPARED], b[:_COMPARED], autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()


def _longest_rising(numbers: list[int]) -> set[int]:
    """The longest rising subsequence: what kept its order; the rest has moved."""
    tails: list[int] = []  # tails[k]: the position in `numbers` where the best sequence of k + 1 ends
    below: list[int | None] = []
    for position, number in enumerate(numbers):
        at = bisect_left(tails, number, key=numbers.__getitem__)
        below.append(tails[at - 1] if at else None)
        tails[at : at + 1] = [position]
    kept: set[int] = set()
    walker: int | None = tails[-1] if tails else None
    while walker is not None:
        kept.add(numbers[walker])
        walker = below[walker]
    return kept


def _change(kind: Change, before: ComparedRow | None, after: ComparedRow | None) -> StepChange:
    size = _delta(before, after, lambda row: row.size)
    cost = _delta(before, after, lambda row: row.seconds)
    return StepChange(kind, before, after, None if size is None else int(size), cost)


def _delta(
    before: ComparedRow | None, after: ComparedRow | None, figure: Callable[[ComparedRow], float | None]
) -> float | None:
    old = figure(before) if before is not None else 0
    new = figure(after) if after is not None else 0
    if old is None or new is None:
        return None
    return round(new - old, 3)
