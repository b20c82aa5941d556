"""Durations from an image's history: the gap between one entry's created time and the one before it.

Weak figures, marked `history` wherever they go: a cached layer keeps its old time, SOURCE_DATE_EPOCH and
many build tools give every layer the same one, and flags and stages are not told. So only the newest run of
entries counts that follow each other closely; everything before the last long pause is the base's or cached.
A copy out of another stage waits for it, so its gap is no duration. The history does not say which these are; an
absolute source is taken for one, and provenance, where it is attached, tells it and when the build began.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layerscope.cost.build_log import BuildLog, LoggedStep, LogWriter
from layerscope.cost.provenance_times import ProvenanceTimes
from layerscope.docker.created_by import CreatedBy, Dialect, parse_each_created_by
from layerscope.docker.model import HistoryEntry
from layerscope.docker.step_names import flagless_key
from layerscope.docker.times import nanoseconds, to_seconds
from layerscope.errors import InputError
from layerscope.values import Value

LONGEST_RUN = 6 * 3600 * 1_000_000_000
"""A gap longer than this many nanoseconds is a pause between builds, not a step's duration."""

LONGEST_COPY = 120 * 1_000_000_000
"""The same for COPY, ADD and WORKDIR: mostly the first step that ran again, after cached ones of an older day."""


class _TimedEntry(Value):
    """An entry with a time of its own, in nanoseconds since 1970."""

    created: int
    says: CreatedBy
    by_buildkit: bool

    @property
    def longest(self) -> int:
        return LONGEST_RUN if self.says.keyword == "RUN" else LONGEST_COPY


def history_build(history: Sequence[HistoryEntry], source: str, provenance: ProvenanceTimes | None = None) -> BuildLog:
    """The steps of an image's newest build by the times in its history, oldest first.

    Steps whose duration cannot be told have no seconds; metadata instructions are not listed. Raises InputError if a
    `created_by` was shortened, which `docker history --no-trunc` avoids.
    """
    if any(entry.truncated for entry in history):
        raise InputError("the history is shortened: write it with docker history --no-trunc --format json", source)
    instructions = parse_each_created_by(history)
    entries = [
        timed for entry, says in zip(history, instructions, strict=True) if (timed := _timed(entry, says)) is not None
    ]
    return BuildLog(LogWriter.HISTORY, tuple(_steps(entries, provenance)), None, source)


def _steps(entries: list[_TimedEntry], provenance: ProvenanceTimes | None) -> Iterable[LoggedStep]:
    began = provenance.began if provenance is not None and provenance.began is not None else 0
    begin = sum(entry.created < began for entry in entries)  # the base's, and what came from the cache
    for index in range(begin + 1, len(entries)):
        before, entry = entries[index - 1], entries[index]
        # Another builder made what goes before: the base.
        if before.by_buildkit != entry.by_buildkit or not 0 <= entry.created - before.created <= entry.longest:
            begin = index
    newest = entries[begin:]
    flattened = len({entry.created for entry in newest}) < 2
    for index, entry in enumerate(newest):
        if not entry.says.may_make_layer:
            continue
        timed = index > 0 and not flattened and not _waits(entry, provenance)
        gap = entry.created - newest[index - 1].created
        # `docker history` tells whole seconds: a gap of none is less than one, and how much is not known.
        known = timed and (gap > 0 or entry.created % 1_000_000_000 != 0)
        seconds = to_seconds(gap) if known else None
        yield LoggedStep(entry.says.text, False, seconds)


def _waits(entry: _TimedEntry, provenance: ProvenanceTimes | None) -> bool:
    """Whether it copies out of another stage, and so began when that was done."""
    if provenance is not None:
        return flagless_key(entry.says.text) in provenance.out_of_stages
    copied = entry.says.copied
    return entry.by_buildkit and copied is not None and any(source.startswith("/") for source in copied.sources[:1])


def _timed(entry: HistoryEntry, says: CreatedBy) -> _TimedEntry | None:
    instant = nanoseconds(entry.created) if entry.created is not None else None
    # Build tools write 1970 where no time is known.
    if instant is None or instant <= 0:
        return None
    # BuildKit stamps metadata with the time of the layer next to it, so these entries time nothing. The classic
    # builder's have times of their own.
    if says.is_metadata and says.dialect is not Dialect.CLASSIC:
        return None
    return _TimedEntry(instant, says, entry.by_buildkit)
