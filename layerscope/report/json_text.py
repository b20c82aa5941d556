"""JSON as documents are printed: one member a line, an indent of one blank.

The bytes are those of `json.dumps(value, indent=1)`, which knows no indent in its fast encoder and takes four times as
long: a document of a history has hundreds of thousands of values.
"""

from __future__ import annotations

import json
from typing import Any

from msgspec import DecodeError
from msgspec.json import format as indented


def json_text(value: Any) -> str:
    """The same text for the same value; a name that is no UTF-8 is escaped rather than refused."""
    try:
        return indented(json.dumps(value), indent=1)
    except DecodeError:  # an escape that is half a character
        return json.dumps(value, indent=1)
