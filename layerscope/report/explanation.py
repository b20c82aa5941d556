"""`explain` as a page and as the machine interface's document."""

from __future__ import annotations

from layerscope.analysis.explain import Explanation, Explanations
from layerscope.graph.outcomes import Outcome
from layerscope.report.assumptions import assumption_notes
from layerscope.report.json_document import Document, assumption_rows, document
from layerscope.report.page import Page, Table
from layerscope.report.units import counted, shortened


def explanation_document(answer: Explanations) -> Document:
    return document(
        "explain", assumptions=assumption_rows(answer.assumptions), steps=[_step(each) for each in answer.steps]
    )


def _step(each: Explanation) -> Document:
    difference = each.difference
    return {
        "name": each.name,
        "outcome": each.outcome.value,
        "chain": [{"name": link.name, "because": list(link.because)} for link in each.chain],
        "difference": None
        if difference is None
        else {"part": difference.part, "before": difference.before, "after": difference.after},
        "text": each.text,
    }


def explanation_page(answer: Explanations) -> Page:
    if not answer.steps:
        return Page("Nothing re-runs: every step is taken from the cache.")
    if len(answer.steps) == 1:
        (only,) = answer.steps
        return Page(only.text, _details(only), _notes(answer))
    rerun = sum(each.outcome != Outcome.CACHED for each in answer.steps)
    headline = f"{counted(rerun, 'step')} not taken from the cache." if rerun else "All of these are cached."
    return Page(headline, notes=_notes(answer), paragraphs=tuple(each.text for each in answer.steps))


def _details(each: Explanation) -> tuple[Table, ...]:
    tables: list[Table] = []
    if each.chain:
        rows = tuple((shortened(link.name, 70), ", ".join(link.because)) for link in each.chain)
        tables.append(Table(("step", "struck by"), "ll", rows, "The chain to the root cause"))
    difference = each.difference
    if difference is not None:
        row = (difference.part, difference.before or "", difference.after or "")
        tables.append(Table(("part of the key", "before", "after"), "lll", (row,), "The first difference"))
    return tuple(tables)


def _notes(answer: Explanations) -> tuple[str, ...]:
    return tuple(assumption_notes(answer.assumptions))
