"""The documents of the machine interface: one JSON object per command, schema version 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from layerscope.answer import Assumption
from layerscope.report.json_text import json_text

if TYPE_CHECKING:
    from layerscope.analysis.answers.transfer import RebuiltLayers, SentContext
    from layerscope.analysis.price import Price

SCHEMA_VERSION = 1
Document = dict[str, Any]


def document(command: str, **fields: Any) -> Document:
    return {"schema_version": SCHEMA_VERSION, "command": command, **fields}


def dumps(value: Document) -> str:
    """The same bytes for the same document; a name that is no UTF-8 is escaped rather than refused."""
    return json_text(value) + "\n"


def assumption_rows(assumptions: Iterable[Assumption]) -> list[Document]:
    return [{"kind": a.kind, "subject": a.subject, "text": a.text} for a in assumptions]


def transfer_document(layers: RebuiltLayers) -> Document:
    return {
        "bytes": layers.least.bytes,
        "bytes_max": layers.most.bytes,
        "layers_reused": layers.least.layers_reused,
        "layers_sent": layers.least.layers_sent,
        "layers_sent_max": layers.most.layers_sent,
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
