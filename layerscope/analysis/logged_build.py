"""A build as its log tells it: rows by name whatever stood before it, and what each row stands on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from layerscope.cost.build_log import BuildLog, LoggedStep
from layerscope.docker.printed_for import printed_for, without_target
from layerscope.docker.step_names import base_digests, instruction_key, joined_name, parse_step_name
from layerscope.values import Value, replace

_FROM_FLAG = re.compile(r"--from=(\S+)|\bfrom=([^\s,]+)")
_AS = re.compile(r"\sAS\s+(\S+)\s*$", re.IGNORECASE)


class Row:
    """One step of a log. stage: as printed, or its number; None before the first. index: grows within the stage."""

    def __init__(self, step: LoggedStep, stage: str | None, index: int) -> None:
        name = without_target(step.name, step.targets)
        parsed = parse_step_name(name)
        self.step = step
        self.stage = stage
        self.index = index
        self.name = step.name
        self.key = joined_name(name)
        self.keyword = parsed.keyword
        self.is_from = parsed.is_from
        self.instruction = instruction_key(parsed.instruction)
        # One that is printed for another target or platform is told of there.
        self.is_own = len(step.targets) <= 1 and len(step.platforms) <= 1
        # A FROM row that is not cached was fetched; an ARG before FROM is printed, and never cached.
        self.ran = not step.cached and not step.skipped and not self.is_from and stage is not None


class LoggedBuild:
    """The rows of one log, and what can be told of them without any input."""

    def __init__(self, log: BuildLog) -> None:
        self.rows = _rows(log)
        self._by_key = {row.key: row for row in self.rows}

    def named(self, name: str) -> Row | None:
        """The row of that printed name."""
        return self._by_key.get(joined_name(name))

    def alike(self, row: Row) -> Row | None:
        """The row of another build that has the same instruction, in the same stage if there is one."""
        found = [other for other in self.rows if other.instruction == row.instruction]
        named = self._by_key.get(row.key)
        if named in found:
            return named
        return next((other for other in found if other.stage == row.stage), found[0] if found else None)

    def in_place_of(self, row: Row) -> Row | None:
        """The row that stands where a row of another build does."""
        return next((other for other in self.rows if (other.stage, other.index) == (row.stage, row.index)), None)

    def parent(self, row: Row) -> Row | None:
        """The row it stands on; None for the first of a stage, whose base no log tells."""
        above = [other for other in self.rows if other.stage == row.stage and other.index < row.index]
        return max(above, key=lambda other: other.index) if above else None

    def sources(self, row: Row) -> list[Row]:
        """The last rows of the stages it copies from or mounts."""
        found: list[Row] = []
        for names in _FROM_FLAG.findall(row.instruction):
            stage = (names[0] or names[1]).lower()
            rows = [other for other in self.rows if (other.stage or "").lower() in {stage, f"stage-{stage}"}]
            found += rows[-1:]
        return found

    def base(self, row: Row) -> tuple[str, str] | None:
        """The base image of a row's stage with its digest, where the log tells it."""
        for other in self.rows:
            if other.stage == row.stage and other.is_from:
                return next(iter(base_digests(other.name).items()), None)
        return None


class BuildPart(Value):
    """What a log tells of one target and platform, "" where it is of one alone.

    log: the rows of its own, of it alone, and those that it shares with others, which remain of several.
    """

    log: BuildLog
    target: str = ""
    platform: str = ""

    @property
    def label(self) -> str:
        """What tells it from others of the log."""
        return " ".join(filter(None, (self.target, self.platform)))


def parts_of(log: BuildLog) -> tuple[BuildPart, ...]:
    """A build for each target and platform of a log."""
    targets = sorted({target for step in log.steps for target in step.targets}) or [""]
    return tuple(part for target in targets for part in of_target(log, target))


def of_target(log: BuildLog, target: str) -> tuple[BuildPart, ...]:
    """What a log of several targets tells of one, for each platform; "" is a log's only one."""
    steps = [step for step in log.steps if not target or target in step.targets]
    platforms = sorted({platform for step in steps for platform in step.platforms})
    return tuple(
        BuildPart(replace(log, steps=tuple(_steps_of(steps, target, platform))), target, platform)
        for platform in (platforms if len(platforms) > 1 else [""])
    )


def _steps_of(steps: Iterable[LoggedStep], target: str, platform: str) -> Iterator[LoggedStep]:
    for step in steps:
        printed = printed_for(step.name, step.targets)
        if platform and platform not in step.platforms:
            continue
        own = printed.target == target and (not platform or printed.platform == platform)
        if own:
            yield replace(step, targets=(target,) if target else (), platforms=(platform,) if platform else ())
        else:
            yield step


def _rows(log: BuildLog) -> list[Row]:
    rows: list[Row] = []
    stage: str | None = None
    for step in log.steps:
        parsed = parse_step_name(without_target(step.name, step.targets))
        if parsed.position is not None:
            rows.append(Row(step, parsed.stage, parsed.position.number))
            continue
        if parsed.is_from:
            named = _AS.search(parsed.instruction)
            stage = named[1] if named else f"stage-{sum(row.is_from for row in rows)}"
        rows.append(Row(step, stage, len(rows)))
    return rows
