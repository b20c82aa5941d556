"""Random extended attributes of the files of a case."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.differential.case import Build, Entry, Files
from tests.differential.contexts import plain_files
from tests.differential.generator import Generated

# Of those that do not count security.selinux stands for all.
_NAMES = ("user.layer", "user.mime_type", "trusted.by", "security.selinux", "user.layer")
_VALUES = ("", "1", "2", "text/plain", "\x00\x01")


def with_attributes(generated: Generated, seed: int) -> Generated:
    """The case with attributes of some files, which change between its builds now and then.

    A file that gets another one is written anew: without another time it would not be noticed.
    """
    rng = random.Random(f"attributes {seed}")
    case = generated.case
    paths = sorted({path for build in case.builds for path in plain_files(build.files)})
    given = {path: _some(rng) for path in paths if rng.random() < 0.3}
    builds: list[Build] = []
    changes: list[str] = []
    for build in case.builds:
        if builds and paths and rng.random() < 0.7:
            path = rng.choice(paths)
            given[path] = _some(rng)
            changes.append(f"{path} has {', '.join(f'{name}={value}' for name, value in given[path]) or 'none'}")
        builds.append(replace(build, files=_given(build.files, given)))
    return replace(generated, case=replace(case, builds=tuple(builds), changes=(*case.changes, *changes)))


def _some(rng: random.Random) -> tuple[tuple[str, str], ...]:
    names = sorted(set(rng.choices(_NAMES, k=rng.choice((0, 1, 1, 2)))))
    return tuple((name, rng.choice(_VALUES)) for name in names)


def _given(files: Files, given: dict[str, tuple[tuple[str, str], ...]]) -> dict[str, Entry]:
    return {
        path: replace(entry, attributes=given[path]) if path in given and entry.kind == "file" else entry
        for path, entry in files.items()
    }
