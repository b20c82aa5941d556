"""Choosing, of samples that may be a step's, those of the build that is asked about: its platform, its target.

A log of several platforms, bake targets or compose services has one step's seconds several times, and no build took
their mean.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from layerscope.answer import Assumption
from layerscope.cost.build_log import TimingSource
from layerscope.docker.platforms import DEFAULT_PLATFORM
from layerscope.docker.printed_for import PrintedFor, printed_for, without_target
from layerscope.docker.step_names import joined_name
from layerscope.values import Value

_KIND = "timings"
_SHARED = "the log has some steps under another name alone: they are taken as steps that all share, run once"


class Sample(Value):
    """One step's seconds in one build. `build` tells builds apart, so that none is counted twice.

    platforms, targets: whose step it is, as far as its log tells (`LoggedStep`).
    """

    name: str
    source: TimingSource
    build: str
    seconds: float
    platforms: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def own_name(self) -> str:
        """The name that the step has in a log of its platform and target alone."""
        return joined_name(without_target(self.name, self.targets))

    @property
    def printed_for(self) -> PrintedFor:
        """The target and platform under which its row is printed."""
        return printed_for(self.name, self.targets)


class Chosen(Value):
    """The samples that count, and what it takes for granted that they are the step's."""

    samples: tuple[Sample, ...]
    assumption: Assumption | None = None


class Whose:
    """Chooses by target and platform. targets: all that logs are of; target: the one asked for, "" where none is."""

    def __init__(self, targets: Collection[str], target: str) -> None:
        self._targets = targets
        self._target = target

    def choose(self, samples: Sequence[Sample], platform: str) -> Chosen | Assumption | None:
        """Those that count; an Assumption says why none does. platform: that is built for, "" where nobody knows."""
        ours = self._of_target(samples)
        if not isinstance(ours, Chosen):
            return ours
        on = _of_platform(ours.samples, platform)
        if not isinstance(on, Chosen):
            return on
        return Chosen(on.samples, ours.assumption or on.assumption)

    def _of_target(self, samples: Sequence[Sample]) -> Chosen | Assumption | None:
        if self._target:
            return _first(
                [s for s in samples if self._target in s.targets and s.printed_for.target in {self._target, ""}],
                [s for s in samples if self._target in s.targets],
                [s for s in samples if not s.targets],
                Assumption(_KIND, self._target, _SHARED),
            )
        told = [sample for sample in samples if sample.targets]
        if not told or len(self._targets) == 1:
            return Chosen(tuple(samples))
        among = ", ".join(sorted(self._targets))
        common = frozenset.intersection(*(frozenset(sample.targets) for sample in told))
        if not common or len(told) < len(samples):
            text = "several of them have a step that may be meant, so its seconds are unknown"
            return Assumption(_KIND, among, f"{text}; --timings-target says whose they are")
        text = "seconds are taken from the one of them that has the step; --timings-target says whose they are"
        return Chosen(tuple(samples), Assumption(_KIND, among, text))


def _of_platform(samples: Sequence[Sample], platform: str) -> Chosen | Assumption | None:
    told = {each for sample in samples for each in sample.platforms}
    if not told:
        if not platform or platform == str(DEFAULT_PLATFORM) or samples[0].source is TimingSource.HISTORY:
            return Chosen(tuple(samples))
        text = "the logs do not name their platform: their seconds are taken as those of this one"
        return Chosen(tuple(samples), Assumption(_KIND, platform, text))
    among = ", ".join(sorted(told))
    if not platform:
        if all(told == set(sample.platforms) for sample in samples):
            return Chosen(tuple(samples))
        return Assumption(_KIND, among, "which of these platforms is asked about is not known, so seconds are unknown")
    found = _first(
        [s for s in samples if platform in s.platforms and s.printed_for.platform in {platform, ""}],
        [s for s in samples if platform in s.platforms],
        [s for s in samples if not s.platforms],
        Assumption(_KIND, platform, _SHARED),
    )
    text = f"some steps have no seconds on it, only on {among}; --platform chooses"
    return found or Assumption(_KIND, platform, text)


def _first(
    own: Sequence[Sample], shared: Sequence[Sample], untold: Sequence[Sample], assumption: Assumption
) -> Chosen | None:
    """The surest there are. shared: rows that the log has under another name, which an assumption says."""
    if own:
        return Chosen(tuple(own))
    if shared:
        return Chosen(tuple(shared), assumption)
    return Chosen(tuple(untold)) if untold else None
