"""How every page tells an outcome: one colour, one sign and one word each."""

from __future__ import annotations

from layerscope.report.html.charts import BLUE, ORANGE, Series
from layerscope.report.html.page import badge

_WORDS = {"cached": "cached", "rebuilt": "re-runs", "output_dependent": "may re-run"}
_ICONS = {"cached": "✓", "rebuilt": "↻", "output_dependent": "?"}
_SERIES = {
    "cached": Series("cached", BLUE),
    "rebuilt": Series("re-runs", ORANGE),
    "output_dependent": Series("may re-run", ORANGE, hatched=True),
}


def outcome_badge(outcome: str) -> str:
    return badge(outcome, _ICONS[outcome], _WORDS[outcome])


def outcome_series(outcome: str) -> Series:
    return _SERIES[outcome]


def outcome_word(outcome: str) -> str:
    return _WORDS[outcome]
