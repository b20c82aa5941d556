"""Seconds per step over many builds, and how to find a step's among them when its number or builder changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from layerscope.answer import Assumption
from layerscope.cost.build_log import BuildLog, LogWriter, Timing, TimingSource
from layerscope.cost.model import UNKNOWN_COST, Bytes, Cost, unknown_bytes
from layerscope.cost.whose import Chosen, Sample, Whose
from layerscope.docker.platforms import printed_platform
from layerscope.docker.printed_for import printed_for
from layerscope.docker.step_names import (
    flagless_key,
    instruction_key,
    joined_name,
    parse_step_name,
    without_base_digest,
)
from layerscope.docker.truncation import shown_beginning
from layerscope.errors import InputError
from layerscope.figures import Source

_order = attrgetter(*Sample.__struct_fields__)
_Group = tuple[str, TimingSource, tuple[str, ...], tuple[str, ...]]


class Timings:
    """What builds taught about the seconds of steps; a value, combined with `merged`.

    A step found in the cache, cancelled or failed tells nothing, so it is no sample.
    """

    def __init__(self, samples: Iterable[Sample] = (), target: str = "") -> None:
        """Samples of one build and step name count once, the greatest of them. target: whose seconds are asked for."""
        greatest: dict[tuple[str, TimingSource, str], Sample] = {}
        for sample in samples:
            key = (sample.name, sample.source, sample.build)
            greatest[key] = max(sample, greatest.get(key, sample), key=_order)
        self._samples = tuple(sorted(greatest.values(), key=_order))
        self._target = target
        self._by_name = _grouped(self._samples, TimingSource.LOG, attrgetter("own_name"))
        self._by_instruction = _grouped(
            self._samples, TimingSource.LOG, lambda s: instruction_key(_instruction(s.name))
        )
        self._cut = [name for name in self._by_name if shown_beginning(name) is not None]
        self._by_history = _grouped(self._samples, TimingSource.HISTORY, _flagless_key)
        self._whose = Whose(frozenset(name for sample in self._samples for name in sample.targets), target)

    @classmethod
    def of_builds(cls, builds: Mapping[str, BuildLog]) -> Timings:
        """The timings of build logs, each under the key that tells its build apart from others."""
        return cls(
            Sample(
                without_base_digest(step.name),
                _source_of(log.builder),
                build,
                step.seconds,
                step.platforms,
                step.targets,
            )
            for build, log in builds.items()
            for step in log.steps
            if step.seconds is not None and not step.cached and step.error is None
        )

    def of_target(self, target: str) -> Timings:
        """The same, asked of one target of those that the logs are of. Raises InputError where it is none of them."""
        known = sorted({name for sample in self._samples for name in sample.targets})
        if target not in known:
            among = f"there is {', '.join(known)}" if known else "the logs name none"
            raise InputError(f"no timings of the target {target}: {among}")
        return Timings(self._samples, target)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timings) and (self._samples, self._target) == (other._samples, other._target)

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
        return Timings([sample for timings in (self, *others) for sample in timings.samples], self._target)

    def rows(self) -> tuple[Timing, ...]:
        """One Timing for each step name and source, and whose they are; sorted by name."""
        groups: dict[_Group, list[Sample]] = {}
        for sample in self._samples:
            groups.setdefault((sample.name, sample.source, sample.platforms, sample.targets), []).append(sample)
        return tuple(_timing(name, members) for (name, *_), members in groups.items())

    def find(self, name: str, platform: str = "") -> Timing | Assumption | None:
        """What is known of the step that a builder prints as `name`, from the surest source there is.

        In this order: the same printed name, also the only one that a log cut and that it begins with; the same
        instruction in a stage of that name (the numbers moved), else in any (also from another builder's log, blanks
        apart), over all its samples; the image history's figure for the instruction, flags apart. Each only as far as
        it is of the platform and target that are asked for; where the logs are of others, or do not tell which of
        several fits, an Assumption says so. `None` if there is nothing.
        """
        found = self._found(name, platform)
        return found if isinstance(found, Assumption) or found is None else _timing(name, found.samples)

    def cost(self, name: str, _handled: Bytes = unknown_bytes, platform: str = "", /) -> Cost:
        """The measured cost of a step by its printed name (`Costs`); `UNKNOWN_COST` if none was measured."""
        found = self._found(name, platform)
        if found is None:
            return UNKNOWN_COST
        if isinstance(found, Assumption):
            return Cost(None, Source.NONE, found)
        return Cost(_timing(name, found.samples).seconds, Source.MEASURED, found.assumption)

    def _found(self, name: str, platform: str) -> Chosen | Assumption | None:
        on = printed_platform(platform) if platform else printed_for(name, ()).platform
        others: Assumption | None = None
        for samples in self._alike(name):
            chosen = self._whose.choose(samples, on)
            if isinstance(chosen, Chosen):
                return chosen
            others = others or chosen
        return others

    def _alike(self, name: str) -> Iterator[Sequence[Sample]]:
        """Samples that may be a step's, the surest first."""
        if exact := self._by_name.get(joined_name(name)):
            yield exact
        begun = [cut for cut in self._cut if joined_name(name).startswith(shown_beginning(cut) or cut)]
        if len(begun) == 1:
            yield self._by_name[begun[0]]
        step = parse_step_name(name)
        if alike := self._by_instruction.get(instruction_key(step.instruction)):
            if same_stage := [s for s in alike if step.stage and parse_step_name(s.own_name).stage == step.stage]:
                yield same_stage
            yield alike
        if weak := self._by_history.get(flagless_key(step.instruction)):
            yield weak


def _source_of(writer: LogWriter) -> TimingSource:
    return TimingSource.HISTORY if writer is LogWriter.HISTORY else TimingSource.LOG


def _instruction(name: str) -> str:
    return parse_step_name(name).instruction


def _flagless_key(sample: Sample) -> str:
    return flagless_key(_instruction(sample.name))


def _grouped(samples: Iterable[Sample], source: TimingSource, key: Callable[[Sample], str]) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.source == source:
            groups.setdefault(key(sample), []).append(sample)
    return groups


def _timing(name: str, samples: Sequence[Sample]) -> Timing:
    figures = _of_separate_runs(sorted(sample.seconds for sample in samples))
    return Timing(
        name=name,
        instruction=_instruction(name),
        seconds=_median(figures),
        spread=round(figures[-1] - figures[0], 6),
        count=len(figures),
        source=samples[0].source,
        platforms=samples[0].platforms,
        targets=samples[0].targets,
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
