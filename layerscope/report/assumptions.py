"""What an answer takes for granted, one line for each thing."""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.answer import Assumption


def assumption_notes(assumptions: Iterable[Assumption]) -> list[str]:
    """A line per subject, in order, with all that is taken for granted of it."""
    texts: dict[str, list[str]] = {}
    for assumption in assumptions:
        texts.setdefault(assumption.subject, []).append(assumption.text)
    return [f"Taken for granted: {subject}: {'. Also, '.join(said)}." for subject, said in texts.items()]
