"""How an outcome is told, in every format: its words, its sign and its colours, written down once."""

from __future__ import annotations

from layerscope.graph.outcomes import Outcome
from layerscope.report.page import Style
from layerscope.values import Value


class Look(Value):
    """word: in tables and graphs. style: of a terminal. sign: beside the word, for who sees no colours.

    fill: of a node in a graph. hue: of a mark on a page, a name of its style sheet; open ones are hatched.
    """

    word: str
    style: Style
    sign: str
    fill: str
    hue: str
    hatched: bool = False


OUTCOMES = {
    Outcome.CACHED: Look("cached", "good", "✓", "#d9efe1", "blue"),
    Outcome.REBUILT: Look("re-runs", "bad", "↻", "#f6d5c9", "orange"),
    Outcome.OUTPUT_DEPENDENT: Look("may re-run", "open", "?", "#f8ecc4", "violet", hatched=True),
}
