"""Seconds per step over many builds, and how to find a step's among them when its number or builder changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter

from layerscope.cost.build_log import BuildLog, LogWriter, Timing, TimingSource
from layerscope.cost.model import UNKNOWN_COST, Bytes, Cost, unknown_bytes
from layerscope.docker.step_names import flagless_key, instruction_key, parse_step_name, without_base_digest
from layerscope.docker.truncation import shown_beginning
from layerscope.figures import Source
from layerscope.values import Value


class Sample(Value):
    """One step's seconds in one build. `build` tells builds apart, so that none is counted twice."""

    name: str
    source: TimingSource
    build: str
    seconds: float


_order = attrgetter(*Sample.__struct_fields__)


class Timings:
    """What builds taught about the seconds of steps; a value, combined with `merged`.

    A step found in the cache, cancelled or failed tells nothing, so it is no sample.
    """

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        """Samples of one build and step name count once, the greatest of them."""
        greatest: dict[tuple[str, TimingSource, str], Sample] = {}
        for sample in samples:
            key = (sample.name, sample.source, sample.build)
            greatest[key] = max(sample, greatest.get(key, sample), key=_order)
        self._samples = tuple(sorted(greatest.values(), key=_order))
        self._by_name = _grouped(self._samples, TimingSource.LOG, without_base_digest)
        self._by_instruction = _grouped(
            self._samples, TimingSource.LOG, lambda name: instruction_key(_instruction(name))
        )
        self._cut = [name for name in self._by_name if shown_beginning(name) is not None]
        self._by_history = _grouped(self._samples, TimingSource.HISTORY, lambda name: flagless_key(_instruction(name)))

    @classmethod
    def of_builds(cls, builds: Mapping[str, BuildLog]) -> Timings:
        """The timings of build logs, each under the key that tells its build apart from others."""
        return cls(
            Sample(without_base_digest(step.name), _source_of(log.builder), build, step.seconds)
            for build, log in builds.items()
            for step in log.steps
            if step.seconds is not None and not step.cached and step.error is None
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timings) and self._samples == other._samples

    def __hash__(self) -> int:
        return hash(self._samples)

    def __bool__(self) -> bool:
        return bool(self._samples)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Every sample, sorted by step, source and build."""
        return self._samples

    def merged(self, *others: Timings) -> Timings:
        """The samples of all; a build that is in several counts once."""
        return Timings(sample for timings in (self, *others) for sample in timings.samples)

    def rows(self) -> tuple[Timing, ...]:
        """One Timing for each step name and source, sorted by name."""
        groups: dict[tuple[str, TimingSource], list[Sample]] = {}
        for sample in self._samples:
            groups.setdefault((sample.name, sample.source), []).append(sample)
        return tuple(_timing(name, members) for (name, _), members in groups.items())

    def find(self, name: str) -> Timing | None:
        """What is known of the step that a builder prints as `name`, from the surest source there is.

        In this order: the same printed name, also the only one that a log cut and that it begins with; the same
        instruction in a stage of that name (the numbers moved), else in any (also from another builder's log, blanks
        apart), over all its samples; the image history's figure for the instruction, flags apart. `None` if there is
        nothing.
        """
        if exact := self._by_name.get(without_base_digest(name)):
            return _timing(name, exact)
        begun = [cut for cut in self._cut if name.startswith(shown_beginning(cut) or cut)]
        if len(begun) == 1:
            return _timing(name, self._by_name[begun[0]])
        step = parse_step_name(name)
        if alike := self._by_instruction.get(instruction_key(step.instruction)):
            same_stage = [s for s in alike if step.stage and parse_step_name(s.name).stage == step.stage]
            return _timing(name, same_stage or alike)
        if weak := self._by_history.get(flagless_key(step.instruction)):
            return _timing(name, weak)
        return None

    def cost(self, name: str, _handled: Bytes = unknown_bytes, /) -> Cost:
        """The measured cost of a step by its printed name (`Costs`); `UNKNOWN_COST` if none was measured."""
        timing = self.find(name)
        return Cost(timing.seconds, Source.MEASURED) if timing else UNKNOWN_COST


def _source_of(writer: LogWriter) -> TimingSource:
    return TimingSource.HISTORY if writer is LogWriter.HISTORY else TimingSource.LOG


def _instruction(name: str) -> str:
    return parse_step_name(name).instruction


def _grouped(samples: Iterable[Sample], source: TimingSource, key: Callable[[str], str]) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.source == source:
            groups.setdefault(key(sample.name), []).append(sample)
    return groups


def _timing(name: str, samples: list[Sample]) -> Timing:
    figures = _of_separate_runs(sorted(sample.seconds for sample in samples))
    return Timing(
        name=name,
        instruction=_instruction(name),
        seconds=_median(figures),
        spread=round(figures[-1] - figures[0], 6),
        count=len(figures),
        source=samples[0].source,
    )


def _of_separate_runs(figures: list[float]) -> list[float]:
    """Builds at the same time share the run of a step: finer than a tenth, the same seconds are the same run."""
    return [
        figure
        for index, figure in enumerate(figures)
        if index == 0 or figure != figures[index - 1] or figure == round(figure, 1)
    ]


def _median(figures: list[float]) -> float:
    # In place of `statistics`, whose import costs more than reading a log.
    middle = len(figures) // 2
    if len(figures) % 2:
        return figures[middle]
    return round((figures[middle - 1] + figures[middle]) / 2, 6)
