"""What of a build context each step reads, what the ignore rules leave out, and what nothing needs."""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.analysis.answers.context_use import Amount, ContextUse, Ignored, LargeEntry, StepUse
from layerscope.analysis.build_pair import build_pair
from layerscope.analysis.file_costs import file_costs
from layerscope.analysis.side import Side
from layerscope.context.paths import files_below
from layerscope.context.tree import Directory, File, Node
from layerscope.cost.model import Costs, no_costs
from layerscope.graph.steps import Step


def context_use(side: Side, costs: Costs = no_costs) -> ContextUse:
    """Ask every step of the target what it reads. Raises InputError where the build would fail."""
    built = build_pair(None, side).built
    sent = dict(files_below(side.sent))
    steps = tuple(use for use in map(_use, built.steps) if use.amount.files)
    read = {path for use in steps for path in use.paths}
    everything = dict(files_below(side.tree))
    left_out = [path for path in everything if path not in sent]
    return ContextUse(
        side.reference,
        side.dockerfile.path,
        side.ignore_file,
        _amount(sent.values()),
        _amount(everything[path] for path in left_out),
        steps,
        tuple(path for path in sent if path not in read),
        _rules(side, left_out, everything),
        _largest(side.sent),
        file_costs(
            side, {use.name: use.paths for use in steps}, costs, stages=any(step.sources for step in built.steps)
        ),
        built.assumptions,
    )


def _use(step: Step) -> StepUse:
    read = dict(step.read_files())
    return StepUse(step.label.name, step.label.instruction.line, _amount(read.values()), tuple(read))


def _amount(nodes: Iterable[Node]) -> Amount:
    files = total = 0
    for node in nodes:
        files += 1
        total += (node.size or 0) if isinstance(node, File) else 0
    return Amount(files, total)


def _rules(side: Side, left_out: Iterable[str], everything: dict[str, Node]) -> tuple[Ignored, ...]:
    """Per line of the ignore file, what it was the last to decide."""
    kept_out: dict[int, list[Node]] = {}
    for path in left_out:
        decided = side.ignore.deciding(path)
        if decided is not None:
            kept_out.setdefault(decided.line, []).append(everything[path])
    return tuple(
        Ignored(pattern.source, pattern.line, _amount(kept_out.get(pattern.line, ())))
        for pattern in side.ignore.patterns
        if not pattern.negated
    )


def _largest(sent: Directory) -> tuple[LargeEntry, ...]:
    """The entries of the context's root, largest first: where the bytes are."""
    entries = [
        LargeEntry(name, _amount(node for _, node in files_below(child))) for name, child in sent.children.items()
    ]
    return tuple(sorted(entries, key=lambda entry: (-entry.amount.bytes, entry.path)))
