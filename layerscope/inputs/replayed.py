"""Replays a history, going on from where a run before has come to: commits and their files never change.

What is remembered of a run is the builds it did and the cache they left. It lies in one file for each question; a run
that begins at another commit is another question, since the cache is empty where it begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path

from layerscope.analysis.answers.replay import Replay
from layerscope.analysis.answers.replayed_commits import BuiltCommit
from layerscope.analysis.replay import summed_up
from layerscope.analysis.replay_walk import Walk
from layerscope.cost.model import Costs, no_costs, on_platform
from layerscope.graph.builder import Builder, builder_named
from layerscope.graph.caches.policy import UNBOUNDED, CachePolicy
from layerscope.inputs.commits import History
from layerscope.inputs.replay_kinds import Remembered
from layerscope.remembered import Remembering, bound, cache_folder, recall, remember
from layerscope.values import replace
from layerscope.version import __version__

_MAGIC = b"layerscope replay 7\n"
_LIMIT = 1 << 28  # bytes of one file that are read
_ALL_LIMIT = 1 << 29  # of all files
_WORTH_KEEPING = 50  # builds after which what was remembered is written anew


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
    found = summed_up(built, on_platform(costs, history.options.platform), policy, include_cold=include_cold)
    return replace(found, assumptions=(*found.assumptions, *walk.unsized, *history.assumptions))


def _built(history: History, policy: CachePolicy, walk: Walk, done: Callable[[int], None] | None) -> list[BuiltCommit]:
    question = history.question if policy.keeps_all and Remembering.enabled else None
    names = history.names() if question is not None else None
    file = _file((str(policy), names[0], question)) if names else None
    builder = builder_named(history.options.builder)
    built = _resumed(file, walk, builder, names or [])
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
            _keep(file, built, builder, walk.cache)
    return built


def _resumed(file: Path | None, walk: Walk, builder: Builder, names: list[str]) -> list[BuiltCommit]:
    """What a run before has done of these very commits, with the cache it left in the walk's builder."""
    remembered = _read(file, builder) if file is not None else None
    if remembered is None:
        return []
    known = [commit.id for commit in remembered.commits]
    if known == names[: len(known)]:
        walk.resume(builder, remembered.cache)
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


def _read(file: Path, builder: Builder) -> Remembered | None:
    content = recall(file, _MAGIC, _LIMIT)
    if content is None:
        return None
    try:
        return Remembered.unpacked(content, builder.cache_kinds())
    except ValueError:  # written by another version
        return None


def _keep(file: Path, built: list[BuiltCommit], builder: Builder, cache: object) -> None:
    if cache is None:
        return
    try:
        data = Remembered(tuple(built), cache).packed(builder.cache_kinds())
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        remember(file, _MAGIC, [data])
        bound(file.parent, _ALL_LIMIT)
    except (OSError, RecursionError, TypeError):
        return  # then the next run does it again
