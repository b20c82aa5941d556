"""An answer as one document of the machine interface, schema version 1."""

from __future__ import annotations

from layerscope.answer import Document, Statement, document
from layerscope.report.json_text import json_text


def render_json(said: Statement) -> str:
    """The document of an answer."""
    return dumps(document(said))


def dumps(value: Document) -> str:
    """The same bytes for the same document; a name that is no UTF-8 is escaped rather than refused."""
    return json_text(value) + "\n"
