"""`verify` as a page and as a document: the differences first."""

from __future__ import annotations

from layerscope.analysis.verification import Verification, VerifiedStep
from layerscope.graph.outcomes import Outcome
from layerscope.report.assumptions import assumption_notes
from layerscope.report.json_document import Document, assumption_rows, document
from layerscope.report.page import Cell, Page, Table
from layerscope.report.units import UNKNOWN, counted, shortened

# In the past tense: the builds are over.
_WORDS = {Outcome.CACHED: "cached", Outcome.REBUILT: "re-run", Outcome.OUTPUT_DEPENDENT: "either", None: UNKNOWN}


def verification_page(found: Verification) -> Page:
    rows = tuple(_row(step) for step in found.steps)
    table = Table(("step", "predicted", "in fact", ""), "llll", rows)
    return Page(headline(found), (table,), tuple(assumption_notes(found.assumptions)))


def headline(found: Verification) -> str:
    """`8 steps: all as predicted.`"""
    steps = counted(len(found.steps), "step")
    left_open = f" ({found.open} left open by the prediction)" if found.open else ""
    if not found.wrong:
        return f"{steps}: all as predicted{left_open}."
    return f"{found.wrong} of {steps} not as predicted{left_open}."


def verification_document(found: Verification) -> Document:
    return document(
        "verify",
        builder=found.builder,
        builder_version=found.builder_version,
        assumptions=assumption_rows(found.assumptions),
        steps=[
            {
                "name": step.name,
                "predicted": _value(step.predicted),
                "actual": _value(step.actual),
                "agrees": step.agrees,
            }
            for step in found.steps
        ],
        summary={"steps": len(found.steps), "wrong": found.wrong, "open": found.open},
    )


def _row(step: VerifiedStep) -> tuple[str | Cell, ...]:
    if step.agrees:
        verdict = Cell("agrees", "good")
    elif step.actual is None:
        verdict = Cell("not printed", "bad")
    elif step.predicted is None:
        verdict = Cell("not predicted", "bad")
    else:
        verdict = Cell("differs", "bad")
    return (shortened(step.name, 72), _WORDS[step.predicted], _WORDS[step.actual], verdict)


def _value(outcome: Outcome | None) -> str | None:
    return None if outcome is None else outcome.value
