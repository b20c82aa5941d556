"""Takes the snapshots of a build's targets while the build runs, so that nobody waits for them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from layerscope.analysis.side import Side
from layerscope.context.directory import read_directory
from layerscope.context.paths import files_below
from layerscope.context.place import DirectoryPlace, GivenPlace, InputPlace
from layerscope.context.tree import Directory, File
from layerscope.errors import InputError
from layerscope.graph.options import BaseImage
from layerscope.inputs.contexts import dockerfile_of_input, open_place
from layerscope.inputs.place import is_input, place_of
from layerscope.inputs.snapshot import paths_read, snapshot_of
from layerscope.inputs.snapshot_file import snapshot_bytes
from layerscope.recording.targets import Target
from layerscope.values import Value, replace


class _Taken(Value):
    side: Side
    read: frozenset[str] | None


class Inputs:
    """The inputs of some targets, begun to be taken by `start` and there after `wait`. stdin: what it holds."""

    def __init__(self, targets: tuple[Target, ...], stdin: bytes | None) -> None:
        self._targets = targets
        self._stdin = stdin or b""
        self._taken: dict[str, _Taken] = {}
        self._trees: dict[str, Directory] = {}
        self._began = 0
        self._thread = threading.Thread(target=self._take, daemon=True)
        self.failures: dict[str, str] = {}

    def start(self) -> None:
        self._began = time.time_ns()
        self._thread.start()

    def wait(self) -> None:
        self._thread.join()

    def side(self, target: str) -> Side | None:
        """What was taken of a target; None where it failed."""
        taken = self._taken.get(target)
        return None if taken is None else taken.side

    def file(self, target: str, bases: Mapping[str, BaseImage], *, merge: bool, builder_version: str) -> bytes | None:
        """The snapshot's file, with what only the build could tell: its base images, whether layers are merged, and
        the builder's version ("" where it was not told).
        """
        taken = self._taken.get(target)
        if taken is None:
            return None
        options = replace(taken.side.options, bases=bases, merge=merge, builder_version=builder_version)
        side = replace(taken.side, options=options)
        changed = _changed_since(self._began, taken)
        return snapshot_bytes(replace(snapshot_of(side), unsettled=changed), taken.read)

    def sends(self, path: str) -> str | None:
        """The context that a file lies in without being ignored; None if there is none."""
        for target in self._targets:
            side = self.side(target.name)
            if side is None or not isinstance(side.place, DirectoryPlace):
                continue
            inside = os.path.relpath(os.path.realpath(path), os.path.realpath(side.place.path))
            if not inside.startswith(os.pardir) and not _ignores(side, inside):
                return target.context
        return None

    def _take(self) -> None:
        for target in self._targets:
            if target.not_recorded is not None:
                self.failures[target.name] = target.not_recorded
                continue
            try:
                self._taken[target.name] = self._one(target)
            except InputError as error:
                self.failures[target.name] = str(error)
            except RecursionError:
                self.failures[target.name] = "the context is nested too deeply"

    def _one(self, target: Target) -> _Taken:
        side = self._opened(target)
        read = paths_read(side)
        named = (given.tree for given in side.options.named_contexts.values() if given.tree is not None)
        for root in (side.sent, *named):
            for path, node in files_below(root):
                if isinstance(node, File) and (read is None or root is not side.sent or path in read):
                    _ = node.digest  # now: the user may edit it while the build runs
        return _Taken(side, read)

    def _opened(self, target: Target) -> Side:
        given = is_input(target.context)
        place = InputPlace(lambda: self._stdin) if given else place_of(target.context)
        if target.inline is not None:
            dockerfile = dockerfile_of_input(target.inline.encode("utf-8", "surrogateescape"))
            return open_place(place, dockerfile, target.options, self._shared_tree(place))
        if not is_input(target.file):
            return open_place(place, target.file, target.options, self._shared_tree(place))
        if given:
            raise InputError("the context and the Dockerfile cannot both come from standard input", "-f -")
        return open_place(place, dockerfile_of_input(self._stdin), target.options, self._shared_tree(place))

    def _shared_tree(self, place: GivenPlace) -> Directory | None:
        """Targets of one context share its tree, so that a file is hashed once."""
        if not isinstance(place, DirectoryPlace):
            return None
        return self._trees.setdefault(os.path.realpath(place.path), read_directory(place.path))


def _ignores(side: Side, path: str) -> bool:
    decided = side.ignore.deciding(path)
    return decided is not None and not decided.negated


def _changed_since(began: int, taken: _Taken) -> tuple[str, ...]:
    place = taken.side.place
    if taken.read is None or not isinstance(place, DirectoryPlace):
        return ()
    root = Path(place.path)
    changed: list[str] = []
    for path in taken.read:
        try:
            status = (root / path).lstat()
        except OSError:
            changed.append(path)
            continue
        if max(status.st_mtime_ns, status.st_ctime_ns) > began:
            changed.append(path)
    return tuple(sorted(changed))
