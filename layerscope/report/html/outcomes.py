"""Members of closed sets on a page: as a badge, and as what a chart draws an outcome with."""

from __future__ import annotations

from enum import Enum

from layerscope.graph.outcomes import Outcome
from layerscope.report.html.charts import HUES, Series
from layerscope.report.html.page import badge
from layerscope.report.outcomes import OUTCOMES, look_of


def member_badge(member: Enum) -> str:
    """A member told three ways: colour, sign and word."""
    look = look_of(member)
    return badge(member.name.lower(), look.sign, look.word)


def outcome_series(outcome: Outcome) -> Series:
    """What bars of this outcome have in common."""
    look = OUTCOMES[outcome]
    return Series(look.word, HUES[look.hue], look.hatched)
