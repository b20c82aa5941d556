"""An answer as one document of the machine interface, schema version 1."""

from __future__ import annotations

import json

from layerscope.answer import Document, Statement, document


def render_json(said: Statement) -> str:
    """The document of an answer."""
    return dumps(document(said))


def dumps(value: Document) -> str:
    """The same bytes for the same document; a name that is no UTF-8 is escaped rather than refused."""
    return json.dumps(value, indent=1, ensure_ascii=True) + "\n"
