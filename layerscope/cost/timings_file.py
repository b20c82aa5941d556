"""The timings file that `layerscope timings import` writes and `--timings` reads.

One JSON document in the form of the interface (section 7), each step with its `samples` by build, so that
later builds are combined exactly and none is counted twice. Same timings, same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TypeGuard

from layerscope.cost.build_log import BuildLog, TimingSource
from layerscope.cost.logs.open import decode, is_layout, parse_log, read_bytes, read_log
from layerscope.cost.logs.several import kept_apart
from layerscope.cost.timings import Timings
from layerscope.cost.whose import Sample
from layerscope.docker.printed_for import printed_for, printed_targets
from layerscope.errors import InputError
from layerscope.files import write_whole
from layerscope.values import Value

_MARK = '"timings"'
_SOURCES = {source.value: source for source in TimingSource}


def load_timings(paths: Iterable[Path | str]) -> Timings:
    """The timings of any mixture of timings files, logs, histories and build records, each known by content.

    The same build named twice, as a log and within a timings file too, counts once. Raises InputError naming
    the file that cannot be read.
    """
    return load_builds(paths).timings


class Loaded(Value):
    """What files tell: the seconds of steps, and the builds of those that are no timings file."""

    timings: Timings
    builds: tuple[BuildLog, ...]


def load_builds(paths: Iterable[Path | str]) -> Loaded:
    """`load_timings`, with the builds."""
    loaded = [_load(str(path)) for path in paths]
    builds = tuple(build for each in loaded for build in each.builds)
    return Loaded(Timings().merged(*(each.timings for each in loaded)), builds)


def timings_of_log(data: bytes, builds: Iterable[BuildLog]) -> Timings:
    """The timings of a log's builds; a build is known by its log's content, whatever the file is called."""
    digest = hashlib.sha256(data).hexdigest()[:16]
    return Timings.of_builds({f"{digest}/{number}": build for number, build in enumerate(kept_apart(builds), 1)})


def timings_text(timings: Timings) -> str:
    """The timings file's whole text."""
    samples: dict[tuple[object, ...], dict[str, float]] = {}
    for sample in timings.samples:
        whose = (sample.name, sample.source, sample.platforms, sample.targets)
        samples.setdefault(whose, {})[sample.build] = sample.seconds
    rows = timings.rows()
    weak = [
        {
            "kind": "history-times",
            "subject": row.name,
            "text": "seconds are the gap between created times in an image's history: a weak figure",
        }
        for row in rows
        if row.source is TimingSource.HISTORY
    ]
    steps = [
        {
            "name": row.name,
            "instruction": row.instruction,
            "seconds": row.seconds,
            "spread": row.spread,
            "count": row.count,
            "source": row.source,
            "platforms": list(row.platforms),
            "targets": list(row.targets),
            "samples": samples[row.name, row.source, row.platforms, row.targets],
        }
        for row in rows
    ]
    document = {"schema_version": 1, "command": "timings", "assumptions": weak, "steps": steps}
    # Hostile names may hold lone surrogates: ASCII output can always be written.
    return json.dumps(document, indent=1) + "\n"


def write_timings(path: Path | str, timings: Timings, *, force: bool = False, merge: bool = False) -> Timings:
    """Write the timings file and return what it now holds.

    force: replace a file that is there. merge: add its timings to these; it must be a timings file.
    With neither, an existing file is an InputError. The file is replaced at once or not at all, and
    concurrent writers wait for each other, so with `merge` none loses what another wrote.
    """
    target = Path(os.path.realpath(path))
    name = str(path)
    try:
        if not target.parent.is_dir():
            raise InputError("the folder to write to does not exist", name)
        if target.exists() and not target.is_file():
            raise InputError("is no regular file: timings cannot be written there", name)
        with _lock(target):
            if target.exists():
                if merge:
                    timings = _read_timings_file(target, name).merged(timings)
                elif not force:
                    raise InputError("exists already (--force replaces it)", name)
            write_whole(target, [timings_text(timings).encode("ascii")], as_it_was=True, durable=True)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", name) from None
    return timings


def is_timings_file(path: Path | str) -> bool:
    """Whether a file is one that `write_timings` writes; False for what cannot be read."""
    try:
        return _timings_document(read_bytes(path)) is not None
    except InputError:
        return False


def check_timings_file(path: Path | str) -> None:
    """Raise InputError where `write_timings(…, merge=True)` could not add to the file; nothing is written."""
    target = Path(os.path.realpath(path))
    name = str(path)
    try:
        if not target.parent.is_dir():
            raise InputError("the folder to write to does not exist", name)
        if target.exists():
            if not target.is_file():
                raise InputError("is no regular file: timings cannot be written there", name)
            _read_timings_file(target, name)
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise InputError("cannot be written: the folder may not be written to", name)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be written: {getattr(error, 'strerror', None) or error}", name) from None


def _load(name: str) -> Loaded:
    if is_layout(name):
        data, builds = read_bytes(Path(name, "index.json")), read_log(name)
    else:
        data = read_bytes(name)
        document = _timings_document(data)
        if document is not None:
            return Loaded(_parse(document, name), ())
        builds = parse_log(data, name)
    return Loaded(timings_of_log(data, builds), builds)


def _read_timings_file(target: Path, name: str) -> Timings:
    document = _timings_document(read_bytes(target))
    if document is None:
        raise InputError("is no timings file, so nothing can be added to it", name)
    return _parse(document, name)


def _timings_document(data: bytes) -> dict[str, object] | None:
    text = decode(data)
    if not text.lstrip().startswith("{") or _MARK not in text:
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and document.get("command") == "timings" else None


def _parse(document: dict[str, object], name: str) -> Timings:
    if document.get("schema_version") != 1:
        raise InputError("is a timings file of another version of Layerscope", name)
    steps = document.get("steps")
    if not isinstance(steps, list):
        raise InputError("this timings file has no list of steps", name)
    named = [step["name"] for step in steps if isinstance(step, dict) and isinstance(step.get("name"), str)]
    targets = printed_targets(named)
    return Timings(sample for number, step in enumerate(steps, 1) for sample in _samples(step, number, name, targets))


def _samples(step: object, number: int, name: str, printed: Collection[str]) -> list[Sample]:
    """One step's samples; a step written by hand may give `seconds` alone. printed: targets that names begin with."""
    if isinstance(step, dict) and isinstance(step.get("name"), str):
        word = step.get("source", "log")
        source = _SOURCES.get(word) if isinstance(word, str) else None
        figures = step.get("samples", {"given": step.get("seconds")})
        row = printed_for(step["name"], printed)
        platforms = _names(step.get("platforms", [row.platform] if row.platform else []))
        targets = _names(step.get("targets", [row.target] if row.target else []))
        if source is not None and platforms is not None and targets is not None and _are_durations(figures):
            name = step["name"]
            return [Sample(name, source, build, float(s), platforms, targets) for build, s in figures.items()]
    raise InputError(f"step {number} of this timings file has no name or no seconds that are a figure", name)


def _names(value: object) -> tuple[str, ...] | None:
    """A list of names; None where it is none."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return None
    return tuple(value)


def _are_durations(figures: object) -> TypeGuard[dict[str, float]]:
    return isinstance(figures, dict) and all(map(_is_duration, figures.values()))


def _is_duration(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value < 1e12


@contextlib.contextmanager
def _lock(target: Path) -> Iterator[None]:
    """Hold the file's lock, a `.lock` file beside it that is there only while a writer runs.

    The holder removes it, so a writer that waited for a removed one takes the lock anew. Where the system
    has no flock (Windows), replacing is still whole, but two merges at once may lose one.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    path = target.with_name(f".{target.name}.lock")
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_still(path, descriptor):
                yield
                path.unlink(missing_ok=True)
                return
        finally:
            os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
