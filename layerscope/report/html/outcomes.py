"""An outcome on a page: as a badge, and as what a chart draws it with."""

from __future__ import annotations

from layerscope.graph.outcomes import Outcome
from layerscope.report.html.charts import HUES, Series
from layerscope.report.html.page import badge
from layerscope.report.outcomes import OUTCOMES


def outcome_badge(outcome: Outcome) -> str:
    look = OUTCOMES[outcome]
    return badge(outcome.value, look.sign, look.word)


def outcome_series(outcome: Outcome) -> Series:
    look = OUTCOMES[outcome]
    return Series(look.word, HUES[look.hue], look.hatched)


def outcome_word(outcome: Outcome) -> str:
    return OUTCOMES[outcome].word
