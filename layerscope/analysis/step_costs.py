"""What a step costs if it runs: its measured seconds, or an estimate by the bytes it copies where one is wanted."""

from __future__ import annotations

from layerscope.context.tree import File
from layerscope.cost.model import UNKNOWN_COST, Cost, Costs
from layerscope.graph.steps import Step


def cost_of(step: Step, costs: Costs, size: int | None = None) -> Cost:
    """A FROM row and the LINK row of a copy cost nothing of their own. size: bytes of the step's layer, if known."""
    if step.label.is_from or step.link:
        return UNKNOWN_COST
    return costs(step.label.name, lambda: bytes_copied(step) if size is None else size)


def bytes_copied(step: Step) -> int | None:
    """Bytes a step reads of the context; None where it reads something else (a stage, an image, a URL), too."""
    if any(not (source.is_context or source.is_heredoc) for source in step.sources):
        return None
    files = [node for _, node in step.read_files() if isinstance(node, File)]
    if not files and not all(source.is_heredoc for source in step.sources or (step,)):
        return None
    total = 0
    for file in files:
        if file.size is None:
            return None
        total += file.size
    return total
