"""Takes the snapshots of a build's targets while the build runs, so that nobody waits for them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from layerscope.context.directory import read_directory
from layerscope.context.paths import files_below
from layerscope.context.tree import Directory, File
from layerscope.errors import InputError
from layerscope.inputs.snapshot import open_for_snapshot, paths_read, snapshot_file
from layerscope.inputs.snapshot_file import RecordedBase, Snapshot
from layerscope.recording.targets import Target
from layerscope.values import Value, replace


class _Taken(Value):
    snapshot: Snapshot
    read: frozenset[str] | None


class Inputs:
    """The snapshots of some targets, begun by `start` and there after `wait`."""

    def __init__(self, targets: tuple[Target, ...], stdin: bytes | None) -> None:
        self._targets = targets
        self._stdin = stdin
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

    def snapshot(self, target: str) -> Snapshot | None:
        """What was taken of a target; None where it failed."""
        taken = self._taken.get(target)
        return None if taken is None else taken.snapshot

    def file(self, target: str, bases: Mapping[str, RecordedBase], *, merge: bool) -> bytes | None:
        """The snapshot's file, with what only the build could tell: its base images, whether layers are merged."""
        taken = self._taken.get(target)
        if taken is None:
            return None
        changed = _changed_since(self._began, taken)
        full = replace(taken.snapshot, bases=bases, merge=merge, unsettled=changed)
        return snapshot_file(full, taken.read)

    def sends(self, path: str) -> str | None:
        """The context that a file lies in without being ignored; None if there is none."""
        for target in self._targets:
            taken = self._taken.get(target.name)
            if taken is None or not Path(target.context).is_dir():
                continue
            inside = os.path.relpath(os.path.realpath(path), os.path.realpath(target.context))
            if not inside.startswith(os.pardir) and not self._ignores(taken.snapshot, inside):
                return target.context
        return None

    def _ignores(self, snapshot: Snapshot, path: str) -> bool:
        from layerscope.inputs.snapshot import side_of_snapshot

        decided = side_of_snapshot(snapshot, snapshot.context).ignore.deciding(path)
        return decided is not None and not decided.negated

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
        stdin = self._stdin if target.inline is None else target.inline.encode("utf-8", "surrogateescape")
        opened = open_for_snapshot(
            target.context,
            target.file if target.inline is None else "-",
            target.options,
            stdin,
            tree=self._shared_tree(target.context),
        )
        snapshot = opened.snapshot()
        read = paths_read(snapshot)
        for root in (snapshot.tree, *(given for given in snapshot.contexts.values() if isinstance(given, Directory))):
            for path, node in files_below(root):
                if isinstance(node, File) and (read is None or root is not snapshot.tree or path in read):
                    _ = node.digest  # now: the user may edit it while the build runs
        return _Taken(snapshot, read)

    def _shared_tree(self, context: str) -> Directory | None:
        """Targets of one context share its tree, so that a file is hashed once."""
        if not Path(context).is_dir():
            return None
        return self._trees.setdefault(os.path.realpath(context), read_directory(context))


def _changed_since(began: int, taken: _Taken) -> tuple[str, ...]:
    root = Path(taken.snapshot.context)
    if taken.read is None or not root.is_dir():
        return ()
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
