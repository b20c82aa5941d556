"""The documents of the machine interface: one JSON object per command, schema version 1."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from layerscope.analysis.simulate import Simulation, StepOutcome
from layerscope.graph.options import Assumption

SCHEMA_VERSION = 1
Document = dict[str, Any]


def document(command: str, **fields: Any) -> Document:
    return {"schema_version": SCHEMA_VERSION, "command": command, **fields}


def dumps(value: Document) -> str:
    """The same bytes for the same document; a name that is no UTF-8 is escaped rather than refused."""
    return json.dumps(value, indent=1, ensure_ascii=True) + "\n"


def assumption_rows(assumptions: Iterable[Assumption]) -> list[Document]:
    return [{"kind": a.kind, "subject": a.subject, "text": a.text} for a in assumptions]


def simulation_document(simulation: Simulation) -> Document:
    summary = simulation.summary
    return document(
        "simulate",
        builder=simulation.builder,
        builder_version=simulation.builder_version,
        steps_from=simulation.steps_from,
        assumptions=assumption_rows(simulation.assumptions),
        steps=[_step(step) for step in simulation.steps],
        summary={
            "cached": summary.cached,
            "rebuilt": summary.rebuilt,
            "output_dependent": summary.output_dependent,
            "rebuild_seconds": summary.rebuild_seconds,
            "known_seconds": summary.known_seconds,
            "path_seconds": summary.path_seconds,
            "rebuild_seconds_max": summary.rebuild_seconds_max,
        },
    )


def _step(step: StepOutcome) -> Document:
    return {
        "name": step.name,
        "stage": step.stage,
        "line": step.line,
        "also_lines": list(step.also_lines),
        "instruction": step.instruction,
        "outcome": step.outcome,
        "reason": step.reason,
        "because": list(step.because),
        "cost_seconds": step.cost.seconds,
        "cost_source": step.cost.source,
        "size": step.size,
    }
