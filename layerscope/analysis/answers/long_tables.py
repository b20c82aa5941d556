"""Tables of very many rows: those that tell something stand first, and the others only where there is room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from layerscope.answer import Cut, Rows
from layerscope.values import replace

_LONG = 120  # rows that still are read one by one
_SHOWN = 60


def telling_first(rows: Rows, tells: Callable[[Any], bool], title: str) -> Rows:
    """Rows as they are, or, where they are too many to read, those that tell something before the others.

    title: what such a table is called; a page folds what a terminal leaves out.
    """
    if len(rows.items) <= _LONG:
        return rows
    first = [item for item in rows.items if tells(item)]
    others = [item for item in rows.items if not tells(item)]
    cut = Cut(max(1, min(_SHOWN, len(first))), "{} of {} rows")
    return replace(rows, items=(*first, *others), cut=cut, title=title)
