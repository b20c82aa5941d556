"""The engine's build cache: which records were there before a run, and the removal of those the run added."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import docker.errors

from layerscope.values import Value

_ROUNDS = 100
_PAUSE_SECONDS = 0.1
_OF_AN_IMAGE = ("from local", "pulled from")  # descriptions of an image's own layers; empty with containerd's store


class Record(Value):
    """One entry of the build cache."""

    parents: tuple[str, ...]
    of_an_image: bool


Records = Mapping[str, Record]  # by id


def cache_records(api: Any) -> Records:
    """All records of the engine's build cache. api: a client of its API."""
    found: list[dict[str, Any]] = api.df().get("BuildCache") or []
    return {record["ID"]: _record(record) for record in found}


def merges_layers(api: Any) -> bool:
    """Whether the engine's store merges layers (`COPY --link`): containerd's does."""
    status = api.info().get("DriverStatus") or []
    return any(row[1:] == ["io.containerd.snapshotter.v1"] for row in status)


def _record(told: dict[str, Any]) -> Record:
    # The engine's API spells the field with a blank before it.
    parents = told.get("Parents") or told.get(" Parents") or ()
    description = told.get("Description") or ""
    return Record(tuple(parents), not description or description.startswith(_OF_AN_IMAGE))


def prune_added(api: Any, before: Records) -> None:
    """Remove the records that have come since, but for those that others built on what was there."""
    for round_number in range(_ROUNDS):
        now = cache_records(api)
        added = [record for record in now if record not in before and not _of_others(record, now, before)]
        if not added:
            return
        inner = {parent for record in added for parent in now[record].parents}
        for record in sorted(added, key=lambda record: record in inner):
            _prune(api, record)
        if round_number:
            time.sleep(_PAUSE_SECONDS)  # a build that was interrupted holds its records a little longer


def _of_others(record: str, now: Records, before: Records) -> bool:
    """Whether it stands on an older record. Layers of images that are new are the run's, and so is all on them."""
    stack = [record]
    while stack:
        found = stack.pop()
        if found in before:
            return True
        if found in now and not now[found].of_an_image:
            stack += now[found].parents
    return False


def _prune(api: Any, record: str) -> None:
    try:
        api.prune_builds(filters={"id": [record]}, all=True)
    except docker.errors.APIError:
        return  # in use: the next round
