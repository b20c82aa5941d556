"""How members of closed sets are told, in every format: their words, signs and colours, written down once."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache

from layerscope.answer import Tone
from layerscope.graph.outcomes import Outcome
from layerscope.values import Value


class Look(Value):
    """word: in tables and graphs. past: the same of builds that are over. tone: how it is meant.

    sign: beside the word, for who sees no colours. fill: of a node in a graph. hue: of a mark on a page, a name of its
    style sheet; open ones are hatched.
    """

    word: str
    tone: Tone
    sign: str
    fill: str = ""
    hue: str = ""
    hatched: bool = False
    past: str = ""


OUTCOMES: Mapping[Enum, Look] = {
    Outcome.CACHED: Look("cached", Tone.GOOD, "✓", "#d9efe1", "blue", past="cached"),
    Outcome.REBUILT: Look("re-runs", Tone.BAD, "↻", "#f6d5c9", "orange", past="re-run"),
    Outcome.OUTPUT_DEPENDENT: Look("may re-run", Tone.OPEN, "?", "#f8ecc4", "violet", hatched=True, past="either"),
}


def look_of(member: Enum) -> Look:
    """How a member is told; one without a look of its own by its word in the machine interface."""
    looks = OUTCOMES if isinstance(member, Outcome) else looks_of_questions().get(type(member), {})
    return looks.get(member) or Look(str(member.value), Tone.PLAIN, "")


@cache
def looks_of_questions() -> Mapping[type[Enum], Mapping[Enum, Look]]:
    """What other questions answer in: read only where one is shown, since most tables tell of outcomes alone."""
    from layerscope.analysis.verdicts import Change, FileChange, Ran, Verdict
    from layerscope.docker.push_log import LayerState

    return {
        Change: {
            Change.SAME: Look("same", Tone.QUIET, "="),
            Change.MOVED: Look("moved", Tone.OPEN, "↕"),
            Change.EDITED: Look("edited", Tone.OPEN, "✎"),
            Change.ADDED: Look("added", Tone.GOOD, "+"),
            Change.REMOVED: Look("removed", Tone.BAD, "\u2212"),
            Change.REFILLED: Look("refilled", Tone.OPEN, "⟳"),
        },
        FileChange: {
            FileChange.ADDED: Look("added", Tone.GOOD, "+"),
            FileChange.CHANGED: Look("changed", Tone.OPEN, "✎"),
            FileChange.REMOVED: Look("removed", Tone.BAD, "\u2212"),
        },
        Verdict: {
            Verdict.AGREES: Look("agrees", Tone.GOOD, "✓"),
            Verdict.DIFFERS: Look("differs", Tone.BAD, "✗"),
            Verdict.NOT_PRINTED: Look("not printed", Tone.BAD, "✗"),
            Verdict.NOT_PREDICTED: Look("not predicted", Tone.BAD, "✗"),
        },
        Ran: {
            Ran.CACHED: Look("cached", Tone.GOOD, "✓"),
            Ran.RAN: Look("ran", Tone.PLAIN, "↻"),
            Ran.FAILED: Look("failed", Tone.BAD, "✗"),
            Ran.CANCELED: Look("canceled", Tone.OPEN, "■"),
            Ran.SKIPPED: Look("skipped", Tone.OPEN, "?"),
        },
        LayerState: {
            LayerState.PUSHED: Look("pushed", Tone.PLAIN, "↑"),
            LayerState.EXISTS: Look("exists", Tone.PLAIN, "✓"),
            LayerState.MOUNTED: Look("mounted", Tone.PLAIN, "✓"),
            LayerState.FOREIGN: Look("foreign", Tone.PLAIN, "·"),
            LayerState.UNAVAILABLE: Look("unavailable", Tone.PLAIN, "?"),
            LayerState.UNFINISHED: Look("unfinished", Tone.PLAIN, "?"),
        },
    }
