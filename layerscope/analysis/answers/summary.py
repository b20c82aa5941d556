"""What becomes of the steps of one build, counted and summed up."""

from __future__ import annotations

from layerscope.figures import Figure, Source, seconds
from layerscope.values import Value


class Summary(Value):
    """Counts and seconds. None where a step that counts has no known cost; the `_max` count the open steps, too.

    path: until all is done, as stages run side by side. cost_source: `estimated` as soon as one estimate is in a
    total, `none` where nothing is known; measured_seconds: the measured part of known_seconds.
    """

    cached: int
    rebuilt: int
    output_dependent: int
    rebuild_seconds: float | None
    known_seconds: float
    path_seconds: float | None
    rebuild_seconds_max: float | None
    path_seconds_max: float | None = None
    cost_source: Source = Source.NONE
    cost_source_max: Source = Source.NONE
    measured_seconds: float = 0.0

    @property
    def steps(self) -> int:
        """All that are counted."""
        return self.cached + self.rebuilt + self.output_dependent

    @property
    def seconds(self) -> Figure:
        """Of the steps that re-run; the known part of them, where one is not known."""
        return seconds(self.rebuild_seconds, self.cost_source, self.known_seconds)

    @property
    def widest_source(self) -> Source:
        """Of the figures with the open steps in them, and of those without."""
        return Source.ESTIMATED if self.cost_source is Source.ESTIMATED else self.cost_source_max
