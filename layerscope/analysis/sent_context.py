"""What of a context is sent to the builder: all of it at first, later what the builder has no copy of."""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.analysis.answers.transfer import SentContext
from layerscope.analysis.totals import total
from layerscope.context.paths import files_below, lookup
from layerscope.context.tree import Directory, File, Node, differences


def sent_context(before: Directory, after: Directory, *, keeps_copy: bool) -> SentContext:
    """What the build of `after` sends where `before` was sent last."""
    everything = [node for _, node in files_below(after)]
    changed = everything
    if keeps_copy:
        nodes = (lookup(after, path) for path in differences(before, after))
        changed = [node for node in nodes if node is not None and not isinstance(node, Directory)]
    return SentContext(len(everything), _bytes(everything), len(changed), _bytes(changed))


def _bytes(nodes: Iterable[Node]) -> int | None:
    return total(node.size for node in nodes if isinstance(node, File))
