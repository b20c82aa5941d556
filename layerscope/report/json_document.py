"""The documents of the machine interface: one JSON object per command, schema version 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from layerscope.analysis.simulate import Simulation, StepOutcome
from layerscope.answer import Assumption
from layerscope.report.json_text import json_text

if TYPE_CHECKING:
    from layerscope.analysis.price import Price
    from layerscope.analysis.sent_context import SentContext
    from layerscope.analysis.transfer import RebuiltLayers

SCHEMA_VERSION = 1
Document = dict[str, Any]


def document(command: str, **fields: Any) -> Document:
    return {"schema_version": SCHEMA_VERSION, "command": command, **fields}


def dumps(value: Document) -> str:
    """The same bytes for the same document; a name that is no UTF-8 is escaped rather than refused."""
    return json_text(value) + "\n"


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
        transfer=None if simulation.layers is None else transfer_document(simulation.layers),
        cost=_cost(simulation),
    )


def transfer_document(layers: RebuiltLayers) -> Document:
    return {
        "bytes": layers.least.bytes,
        "bytes_max": layers.most.bytes,
        "layers_reused": layers.least.layers_reused,
        "layers_sent": layers.least.layers_sent,
        "layers_sent_max": layers.most.layers_sent,
    }


def _cost(simulation: Simulation) -> Document:
    """What is known of costs beside the interface's summary; null where nothing tells it."""
    summary, context = simulation.summary, simulation.context
    return {
        "source": summary.cost_source,
        "source_max": summary.cost_source_max,
        "measured_seconds": summary.measured_seconds,
        "path_seconds_max": summary.path_seconds_max,
        "context": None if context is None else context_document(context),
        "export": None if simulation.layers is None else _export_document(simulation.layers),
        "price": None if simulation.price is None else _price_document(simulation, simulation.price),
    }


def context_document(context: SentContext) -> Document:
    return {
        "files": context.files,
        "bytes": context.bytes,
        "changed_files": context.changed_files,
        "changed_bytes": context.changed_bytes,
    }


def price_document(price: Price) -> Document:
    return {"per_minute": price.per_minute, "currency": f"{price.before}{price.after}".strip()}


def _export_document(layers: RebuiltLayers) -> Document:
    return {
        "bytes": layers.export_bytes,
        "bytes_max": layers.export_bytes_max,
        "push_bytes": layers.least.bytes,
        "push_bytes_max": layers.most.bytes,
    }


def _price_document(simulation: Simulation, price: Price) -> Document:
    summary = simulation.summary
    return {
        **price_document(price),
        "rebuild": price.of(summary.rebuild_seconds),
        "rebuild_max": price.of(summary.rebuild_seconds_max),
    }


def _step(step: StepOutcome) -> Document:
    return {
        "name": step.name,
        "stage": step.stage,
        "line": step.line,
        "also_lines": list(step.also_lines),
        "instruction": step.instruction,
        "outcome": step.outcome.value,
        "reason": step.reason,
        "because": list(step.because),
        "causes": [cause.to_dict() for cause in step.causes],
        "cost_seconds": step.cost.seconds,
        "cost_source": step.cost.source,
        "size": step.size,
    }
