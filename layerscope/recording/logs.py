"""Opens two logs to be held against each other, with the inputs that were recorded of their builds."""

from __future__ import annotations

from pathlib import Path

from layerscope.analysis.log_pairs import LogPair
from layerscope.analysis.logged_build import BuildPart, of_target, parts_of
from layerscope.analysis.side import Side
from layerscope.cost.build_log import BuildLog, LogWriter
from layerscope.cost.logs.open import read_log
from layerscope.cost.timings_file import is_timings_file
from layerscope.errors import InputError
from layerscope.inputs.snapshot import open_snapshots
from layerscope.inputs.snapshot_mark import is_snapshot
from layerscope.recording.store import Recording, find_recording, recording_of
from layerscope.values import Value, replace

_RECORD = "layerscope timings record -o FILE -- docker build … keeps both"


class Logged(Value):
    """A log with what it tells, by target and platform, and the files of what was recorded of the inputs."""

    name: str
    builds: dict[str, BuildPart]
    snapshots: dict[str, Path]


def open_logs(
    before: str,
    after: str,
    sides: tuple[Side, Side] | None = None,
) -> tuple[LogPair, ...]:
    """The builds of two logs that belong together, one pair for each target.

    before, after: recordings, timings files (`FILE` their newest build, `FILE~1` the one before it), or logs of any
    kind. sides: what they started from, in place of what was recorded. Raises InputError.
    """
    was, now = _open(before), _open(after)
    pairs: list[LogPair] = []
    for first, second in _paired(was, now):
        old, new = was.builds[first], now.builds[second]
        _same_builder(old.log, new.log, after)
        recorded = None
        if old.target in was.snapshots and new.target in now.snapshots:
            recorded = open_snapshots(str(was.snapshots[old.target]), str(now.snapshots[new.target]))
        started = sides or recorded
        on = (_on(started[0], old.platform), _on(started[1], new.platform)) if started is not None else None
        pairs.append(LogPair(new.target, old.log, new.log, on, new.platform))
    return tuple(pairs)


def _on(side: Side, platform: str) -> Side:
    """What the build for one platform started from."""
    return replace(side, options=replace(side.options, platform=platform)) if platform else side


def _open(name: str) -> Logged:
    recording = find_recording(name)
    if recording is None and is_timings_file(name):
        recording = recording_of(name)
    if recording is not None:
        return _recorded(recording, name)
    if is_snapshot(name):
        raise InputError("is a snapshot of inputs and no log: name it with --snapshots", name)
    parts = _numbered(_read(Path(name), name))
    snapshot = _beside(Path(name))
    return Logged(name, {part.label: part for part in parts}, {parts[0].target: snapshot} if snapshot else {})


def _recorded(recording: Recording, name: str) -> Logged:
    parts: list[BuildPart] = []
    for target, path in recording.logs.items():
        read = _read(path, name)
        if target:
            parts += [replace(part, target=target) for part in of_target(read[-1], "")]
        elif recording.snapshots:
            parts += [part for each in recording.snapshots for part in of_target(read[-1], each)]
        else:
            parts += _numbered(read)
    return Logged(name, {part.label: part for part in parts}, recording.snapshots)


def _read(path: Path, name: str) -> tuple[BuildLog, ...]:
    builds = tuple(build for build in read_log(path, name) if build.builder is not LogWriter.HISTORY)
    if not builds:
        raise InputError("is an image's history: it does not tell which steps ran and which were cached", name)
    if any(build.builder is LogWriter.KANIKO for build in builds):
        told = "layerscope read shows which steps ran"
        raise InputError(f"is a log of kaniko: it tells no stages, nor what a step stands on; {told}", name)
    return builds


def _numbered(builds: tuple[BuildLog, ...]) -> list[BuildPart]:
    """The builds of a log, by number where it names no targets."""
    return [
        part if part.target else replace(part, target=str(number))
        for number, build in enumerate(builds, 1)
        for part in parts_of(build)
    ]


def _beside(path: Path) -> Path | None:
    """The snapshot beside a log that was taken out of a recording."""
    snapshot = path.with_name(path.name.removesuffix(".log.gz") + ".snapshot")
    return snapshot if path.name.endswith(".log.gz") and is_snapshot(str(snapshot)) else None


def _paired(was: Logged, now: Logged) -> list[tuple[str, str]]:
    if len(was.builds) == 1 and len(now.builds) == 1:
        return [(next(iter(was.builds)), next(iter(now.builds)))]
    both = [target for target in now.builds if target in was.builds]
    if not both:
        text = f"builds {', '.join(now.builds)}, and {was.name} {', '.join(was.builds)}: none is in both"
        raise InputError(text, now.name)
    return [(target, target) for target in both]


def _same_builder(before: BuildLog, after: BuildLog, name: str) -> None:
    if before.builder != after.builder:
        raise InputError(
            f"is a log of {after.builder}, the one before of {before.builder}: neither has the other's cache", name
        )
