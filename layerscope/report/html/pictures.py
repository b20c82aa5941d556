"""What an answer's page may show beside the tables that every page has: tiles and charts."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.report.html.page import Section
from layerscope.values import Value


class Pictures(Value):
    """Parts of a page, by where they stand.

    above: before the tables. beside: in a table's own section, before its rows, by the table's name. below: after the
    tables. folded: names of tables that a picture tells as well, so that they are folded.
    """

    above: tuple[Section, ...] = ()
    beside: Mapping[str, Section] = {}
    below: tuple[Section, ...] = ()
    folded: frozenset[str] = frozenset()
