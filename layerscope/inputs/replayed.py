"""Replays a history, going on from where a run before has come to: commits and their files never change.

What is remembered of a run is the builds it did and the cache they left. It lies in one file for each question; a run
that begins at another commit is another question, since the cache is empty where it begins.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

from layerscope.analysis.replay import Replay, summed_up
from layerscope.analysis.replay_walk import BuiltCommit, Walk
from layerscope.context.tree import Directory, File
from layerscope.cost.model import Costs, no_costs
from layerscope.graph.caches.build_cache import BuildCache
from layerscope.graph.caches.policy import UNBOUNDED, CachePolicy
from layerscope.inputs.commits import History
from layerscope.remembered import Remembering, bound, cache_folder, recall, remember
from layerscope.values import Value, replace
from layerscope.version import __version__

_MAGIC = b"layerscope replay 3\n"
_LIMIT = 1 << 28  # bytes of one file that are read
_ALL_LIMIT = 1 << 29  # of all files
_WORTH_KEEPING = 50  # builds after which what was remembered is written anew


class _Remembered(Value):
    commits: tuple[BuiltCommit, ...]
    cache: BuildCache


def replay_history(
    history: History,
    costs: Costs = no_costs,
    policy: CachePolicy = UNBOUNDED,
    *,
    include_cold: bool = False,
    sizes: Mapping[str, int] | None = None,
    done: Callable[[int], None] | None = None,
) -> Replay:
    """What building all commits of a history in turn would have run, with what is remembered of it.

    sizes: bytes of a step's result by its text, for a cache bounded by size. done: is told how many commits are walked.
    What was done is kept even where it is interrupted. Raises InputError where the history cannot be read; what only
    one commit lacks is that commit's error.
    """
    walk = Walk(policy, sizes)
    built = _built(history, policy, walk, done)
    found = summed_up(built, costs, policy, include_cold=include_cold)
    return replace(found, assumptions=(*found.assumptions, *walk.unsized, *history.assumptions))


def _built(history: History, policy: CachePolicy, walk: Walk, done: Callable[[int], None] | None) -> list[BuiltCommit]:
    question = history.question if policy.kind == "unbounded" and Remembering.enabled else None
    names = history.names() if question is not None else None
    file = _file((str(policy), names[0], question)) if names else None
    built = _resumed(file, walk, names or [])
    begun = len(built)
    # The last one that can be built is built again: what follows is held against it.
    last = next((commit.id for commit in reversed(built) if commit.error is None), None)
    if last is None:
        built, begun = [], 0
    seen = {commit.id for commit in built}
    try:
        for commit in history.after(last) if names is None or begun < len(names) else ():
            build = walk.build(commit)
            if commit.id not in seen:
                built.append(build)
            if done is not None:
                done(len(built))
    finally:
        if file is not None and history.repeatable and len(built) >= begun + _WORTH_KEEPING:
            _keep(file, built, walk)
    return built


def _resumed(file: Path | None, walk: Walk, names: list[str]) -> list[BuiltCommit]:
    """What a run before has done of these very commits, with the cache it left in the walk's builder."""
    remembered = _read(file) if file is not None else None
    if remembered is None:
        return []
    known = [commit.id for commit in remembered.commits]
    if known == names[: len(known)]:
        walk.resume(remembered.cache)
        return list(remembered.commits)
    if names == known[: len(names)]:
        return list(remembered.commits[: len(names)])
    return []


def _file(question: Hashable) -> Path | None:
    """Where the answer to a question is remembered; None where nothing can be."""
    try:
        folder = cache_folder() / "replays"
    except RuntimeError:
        return None
    text = repr((__version__, question))
    return folder / hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _read(file: Path) -> _Remembered | None:
    content = recall(file, _MAGIC, _LIMIT)
    if content is None:
        return None
    try:
        found = _OwnUnpickler(io.BytesIO(content)).load()
    except Exception:  # written by another version
        return None
    return found if isinstance(found, _Remembered) else None


def _keep(file: Path, built: list[BuiltCommit], walk: Walk) -> None:
    cache = walk.cache()
    if cache is None:
        return
    data = io.BytesIO()
    try:
        _OwnPickler(data, pickle.HIGHEST_PROTOCOL).dump(_Remembered(tuple(built), cache))
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        remember(file, _MAGIC, [data.getbuffer()])
        bound(file.parent, _ALL_LIMIT)
    except (OSError, RecursionError, pickle.PicklingError):
        return  # then the next run does it again


class _OwnPickler(pickle.Pickler):
    """Trees are kept as they are known, without what could read their bytes."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, File):
            return File, (value.mode, value.size, value.digest, None, value.owner)
        if type(value) is Directory:
            return _directory, (value.mode, dict(value.children), value.owner, value.made)
        return NotImplemented


def _directory(mode: int, children: dict[str, Any], owner: Any, made: bool) -> Directory:
    return Directory(mode, children=children, owner=owner, made=made)


class _OwnUnpickler(pickle.Unpickler):
    """Makes nothing but this program's own values."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("layerscope.") and "." not in name:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")
