"""Durations from an image's history: the gap between one entry's created time and the one before it.

Weak figures, marked `history` wherever they go: a cached layer keeps its old time, SOURCE_DATE_EPOCH and
many build tools give every layer the same one, and flags and stages are not told. So only the newest run of
entries counts that follow each other closely; everything before the last long pause is the base's or cached.
A copy out of another stage waits for it, so its gap is no duration. The history does not say which these are; an
absolute source is taken for one, and provenance, where it is attached, tells it and when the build began.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from layerscope.cost.model import BuildLog, LoggedStep
from layerscope.cost.provenance import Provenance
from layerscope.docker.instants import nanoseconds, to_seconds
from layerscope.docker.step_names import flagless_key
from layerscope.errors import InputError
from layerscope.values import Value

LONGEST_RUN = 6 * 3600 * 1_000_000_000
"""A gap longer than this many nanoseconds is a pause between builds, not a step's duration."""

LONGEST_COPY = 120 * 1_000_000_000
"""The same for COPY, ADD and WORKDIR: mostly the first step that ran again, after cached ones of an older day."""

_CREATED = ("CreatedAt", "created", "Created")
_CREATED_BY = ("CreatedBy", "created_by")
_SHELL = re.compile(r"(?:\|\d+ .*?)?/bin/(?:ba|da|a)?sh (?:-o pipefail |-[a-z]+ )*?-[a-z]*c (.*)", re.DOTALL)
_NOP = re.compile(r"/bin/sh -c #\(nop\) +(.*)", re.DOTALL)
_ABSOLUTE = re.compile(r"(?:COPY|ADD) (?:--\S+ )*\[?\"?/")
_TIMED = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})
# BuildKit stamps metadata with the time of the layer next to it, so these entries time nothing. The classic
# builder's, marked `#(nop)`, have times of their own.
_METADATA = frozenset(
    {"ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD"}
    | {"SHELL", "STOPSIGNAL", "USER", "VOLUME"}
)


class _Entry(Value):
    created: int
    instruction: str
    buildkit: bool

    @property
    def longest(self) -> int:
        return LONGEST_RUN if self.instruction.startswith("RUN ") else LONGEST_COPY


def is_history(value: object) -> bool:
    """Whether a JSON value is an image's history: a list of its entries, or an OCI config that holds one."""
    entries = value.get("history") if isinstance(value, dict) else value
    return (
        isinstance(entries, list)
        and bool(entries)
        and all(isinstance(e, dict) for e in entries)
        and any(key in entry for entry in entries for key in _CREATED_BY)
    )


def parse_history(value: object, source: str, provenance: Provenance | None = None) -> BuildLog:
    """The steps of an image's newest build by the times in its history (a value `is_history` accepts).

    `docker history` and the engine list newest first, an OCI config oldest first. Steps whose duration
    cannot be told have no seconds; metadata instructions are not listed. Raises InputError if every
    `created_by` was shortened, which `docker history --no-trunc` avoids.
    """
    from_config = isinstance(value, dict)
    rows = value["history"] if isinstance(value, dict) else value
    assert isinstance(rows, list)
    if any(_created_by(row).endswith("…") for row in rows):
        raise InputError("the history is shortened: write it with docker history --no-trunc --format json", source)
    known = [entry for row in rows if (entry := _entry(row)) is not None]
    entries = known if from_config else known[::-1]
    return BuildLog("history", tuple(_steps(entries, provenance)), None, source)


def _steps(entries: list[_Entry], provenance: Provenance | None) -> Iterable[LoggedStep]:
    began = provenance.began if provenance is not None and provenance.began is not None else 0
    begin = sum(entry.created < began for entry in entries)  # the base's, and what came from the cache
    for index in range(begin + 1, len(entries)):
        before, entry = entries[index - 1], entries[index]
        # Another builder made what goes before: the base.
        if before.buildkit != entry.buildkit or not 0 <= entry.created - before.created <= entry.longest:
            begin = index
    newest = entries[begin:]
    flattened = len({entry.created for entry in newest}) < 2
    for index, entry in enumerate(newest):
        if entry.instruction.partition(" ")[0] not in _TIMED:
            continue
        timed = index > 0 and not flattened and not _waits(entry, provenance)
        gap = entry.created - newest[index - 1].created
        # `docker history` tells whole seconds: a gap of none is less than one, and how much is not known.
        known = timed and (gap > 0 or entry.created % 1_000_000_000 != 0)
        seconds = to_seconds(gap) if known else None
        yield LoggedStep(entry.instruction, False, seconds)


def _waits(entry: _Entry, provenance: Provenance | None) -> bool:
    """Whether it copies out of another stage, and so began when that was done."""
    if provenance is not None:
        return flagless_key(entry.instruction) in provenance.out_of_stages
    return entry.buildkit and _ABSOLUTE.match(entry.instruction) is not None


def _entry(row: dict[str, object]) -> _Entry | None:
    created = next((row[key] for key in _CREATED if key in row), None)
    if isinstance(created, bool) or not isinstance(created, int | str):
        return None
    instant = created * 1_000_000_000 if isinstance(created, int) else nanoseconds(created)
    # The engine gives 0, and build tools 1970 or 1980, where no time is known.
    if instant is None or instant <= 0:
        return None
    created_by = _created_by(row)
    if created_by.partition(" ")[0] in _METADATA:
        return None
    comment = str(row.get("Comment", row.get("comment", "")))
    return _Entry(instant, _instruction(created_by), comment.startswith("buildkit."))


def _created_by(row: dict[str, object]) -> str:
    text = next((row[key] for key in _CREATED_BY if key in row), "")
    return text if isinstance(text, str) else ""


def _instruction(created_by: str) -> str:
    """The instruction as the Dockerfile has it, as far as the history keeps it (flags are lost)."""
    text = created_by.removesuffix(" # buildkit").strip()
    if match := _NOP.fullmatch(text):
        return match[1].strip()
    keyword, _, rest = text.partition(" ")
    command = rest if keyword == "RUN" else text
    if match := _SHELL.fullmatch(command):
        return f"RUN {match[1].strip()}"
    return text
