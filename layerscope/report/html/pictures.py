"""What some answers' pages show beside the tables that every page has: tiles and charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from layerscope.answer import Answer
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


def pictures_of(answer: Answer) -> Pictures:
    """The pictures of an answer; none for most."""
    draw = _registered().get(type(answer))
    return Pictures() if draw is None else draw(answer)


def _registered() -> dict[type[Answer], Callable[[Any], Pictures]]:
    """Who draws for which answer: an answer that wants pictures has its line here."""
    from layerscope.analysis.answers.comparison import Comparison
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.answers.replay import Replay, ReplayedCosts
    from layerscope.analysis.answers.simulation import Simulation
    from layerscope.report.html.comparison import comparison_pictures
    from layerscope.report.html.image import image_pictures
    from layerscope.report.html.replay import replay_pictures
    from layerscope.report.html.simulation import simulation_pictures

    return {
        Comparison: comparison_pictures,
        ImageCost: image_pictures,
        Replay: replay_pictures,
        ReplayedCosts: replay_pictures,
        Simulation: simulation_pictures,
    }
