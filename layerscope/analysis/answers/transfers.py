"""What a build's log tells beside its steps, as rows: exports, pushes, exports and imports of cache."""

from __future__ import annotations

from layerscope.answer import Column
from layerscope.figures import seconds

TRANSFERS = (
    Column("name", header="besides", is_name=True, most=80),
    Column("kind", header="kind", plain=lambda moved: moved.kind.value),
    Column("seconds", lambda moved: seconds(moved.seconds), "seconds", right=True),
    Column("within"),
)
