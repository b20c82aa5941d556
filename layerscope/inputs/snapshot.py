"""Sides that are saved as snapshots, and opened again."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import asdict

from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.attributes import UNTOLD
from layerscope.context.patterns import PatternList
from layerscope.context.place import SnapshotPlace
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.errors import InputError
from layerscope.files import write_new
from layerscope.graph.builder import new_solver
from layerscope.graph.options import BuildOptions
from layerscope.inputs.ignore_files import ignore_rules
from layerscope.inputs.snapshot_file import RecordedText, Snapshot, read_snapshot, snapshot_bytes
from layerscope.inputs.untold_attributes import untold_by_snapshot
from layerscope.values import replace

_SECRET = 0o600  # a Dockerfile, or what an argument is set to, may be nobody else's business


def snapshot_of(side: Side) -> Snapshot:
    """A side to be saved; its tree is still the context's own, listed and hashed when `snapshot_bytes` writes it.

    Raises InputError for a snapshot: it is saved already.
    """
    if isinstance(side.place, SnapshotPlace):
        raise InputError("is a snapshot: it holds no file's bytes, only their digests", side.place.path)
    ignore = None if side.ignore_file is None else RecordedText(side.ignore_file, side.ignore.text)
    dockerfile = RecordedText(side.dockerfile.path, side.dockerfile.text)
    return Snapshot(side.reference, dockerfile, ignore, side.sent, side.options, attributes=not UNTOLD)


def paths_read(side: Side) -> frozenset[str] | None:
    """The paths of the main context that its steps read; None where that cannot be told, so that all may be."""
    try:
        steps = new_solver(side.options).build(side.build_input, lenient=True).steps
        return frozenset(path for step in steps for path, _ in step.read_files())
    except InputError:
        return None  # a build that fails, or a frontend of its own


def save_snapshot(side: Side, path: str, *, force: bool = False) -> None:
    """Write a side's snapshot, for its owner's eyes alone; a file that is there stays unless `force`.

    Raises InputError.
    """
    data = snapshot_bytes(snapshot_of(side), paths_read(side))
    write_new(path, data, force=force, mode=_SECRET)


def open_snapshot(path: str, options: BuildOptions | None = None) -> Side:
    """A snapshot's file as a side. Options that are not at their defaults replace what it recorded, files apart.

    Raises InputError, also for a recorded text that is no Dockerfile.
    """
    return _side(read_snapshot(path), path, options)


def open_snapshots(before: str, after: str) -> tuple[Side, Side]:
    """Two snapshots to be held against each other: what only one of them tells is taken as the same of both.

    Raises InputError.
    """
    was, now = read_snapshot(before), read_snapshot(after)
    if was.tells_runs == now.tells_runs:
        return _side(was, before), _side(now, after)
    told, name = (now.options, before) if now.tells_runs else (was.options, after)
    text = "does not tell --network, --add-host, --shm-size, --ulimit and --cgroup-parent: they are taken as unchanged"
    sides = [
        replace(side, options=_with_runs_of(side.options, told)) for side in (_side(was, before), _side(now, after))
    ]
    first = replace(sides[0], assumptions=(*sides[0].assumptions, Assumption("snapshot", name, text)))
    return first, sides[1]


def _with_runs_of(options: BuildOptions, told: BuildOptions) -> BuildOptions:
    return replace(
        options,
        network=told.network,
        add_hosts=told.add_hosts,
        shm_size=told.shm_size,
        ulimits=told.ulimits,
        cgroup_parent=told.cgroup_parent,
    )


def _side(snapshot: Snapshot, path: str, options: BuildOptions | None = None) -> Side:
    dockerfile = parse_dockerfile(
        snapshot.dockerfile.text, f"{path}:{snapshot.dockerfile.path}", file=snapshot.dockerfile.path
    )
    rules, ignore_file = PatternList(), None
    if snapshot.ignore is not None:
        ignore_file = snapshot.ignore.path
        content = snapshot.ignore.text.encode("utf-8", "surrogateescape")
        rules = ignore_rules(content, f"{path}:{ignore_file}")
    return Side(
        SnapshotPlace(path),
        dockerfile,
        snapshot.tree,
        rules,
        ignore_file,
        _overridden(snapshot.options, options),
        assumptions=(
            *_assumptions(snapshot, path),
            *(() if snapshot.attributes else untold_by_snapshot(dockerfile, path)),
        ),
    )


def _overridden(recorded: BuildOptions, given: BuildOptions | None) -> BuildOptions:
    if given is None:
        return recorded
    plain = BuildOptions()
    changes = {name: value for name, value in asdict(given).items() if value != getattr(plain, name)}
    for name in ("build_args", "bases"):
        if name in changes:
            values: Mapping[str, object] = getattr(recorded, name)
            changes[name] = {**values, **changes[name]}
    # The files of its contexts are what a snapshot is for: those of today are the other side's.
    changes["named_contexts"] = {**given.named_contexts, **recorded.named_contexts}
    return replace(recorded, **changes)


def _assumptions(snapshot: Snapshot, name: str) -> tuple[Assumption, ...]:
    if not snapshot.unsettled:
        return ()
    shown = ", ".join(snapshot.unsettled[:3]) + (", …" if len(snapshot.unsettled) > 3 else "")
    text = f"changed while the build ran, which may have had other bytes than the snapshot: {shown}"
    return (Assumption("snapshot", name, text),)
