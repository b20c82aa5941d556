"""Takes snapshots of what a build starts from, and opens them as sides again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import asdict

from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.archive import read_archive
from layerscope.context.directory import begins_as_archive, read_directory
from layerscope.context.patterns import PatternList
from layerscope.context.tree import EMPTY, Directory
from layerscope.context.visible import visible
from layerscope.dockerfile.stages import Dockerfile, parse_dockerfile
from layerscope.errors import InputError
from layerscope.graph.builder import builder_named, builder_version, new_solver
from layerscope.graph.options import BaseImage, BuildOptions, NamedContext
from layerscope.inputs.choice import Choice, Place, choose, ignore_rules
from layerscope.inputs.contexts import (
    STANDARD_INPUT,
    archive_place,
    directory_place,
    is_archive,
    open_archive,
    wanted_files,
)
from layerscope.inputs.snapshot_file import RecordedBase, RecordedText, Snapshot, read_snapshot, snapshot_bytes
from layerscope.values import replace


class Opened:
    """A side with the texts that made it, from which a snapshot is made."""

    def __init__(self, side: Side, dockerfile: bytes, ignore: bytes | None) -> None:
        self.side = side
        self._dockerfile = dockerfile
        self._ignore = ignore

    def snapshot(self) -> Snapshot:
        """The snapshot; its tree is still the context's own, listed and hashed when `snapshot_file` writes it."""
        side, options = self.side, self.side.options
        ignore = None
        if self._ignore is not None and side.ignore_file is not None:
            ignore = RecordedText(side.ignore_file, _text(self._ignore))
        return Snapshot(
            context=side.reference,
            dockerfile=RecordedText(side.dockerfile.path, _text(self._dockerfile)),
            ignore=ignore,
            tree=visible(side.tree, side.ignore),
            contexts={name: given.tree or given.image or "" for name, given in options.named_contexts.items()},
            builder=options.builder,
            builder_version=builder_version(options),
            target=options.target,
            platform=options.platform,
            merge=options.merge,
            no_cache=options.no_cache,
            no_cache_filter=tuple(sorted(options.no_cache_filter)),
            build_args=options.build_args,
            bases={name: RecordedBase(**asdict(base)) for name, base in options.bases.items()},
        )


def open_for_snapshot(
    path: str,
    file: str | None = None,
    options: BuildOptions | None = None,
    stdin: bytes | None = None,
    tree: Directory | None = None,
) -> Opened:
    """`open_context`, with the texts kept. Raises InputError.

    stdin: what standard input holds, where `-` names it. tree: of the directory at `path`, if it was read already.
    """
    options = options or BuildOptions()
    chosen: str | Dockerfile | None = file
    texts: dict[str, bytes] = {}
    if file == "-":
        texts[STANDARD_INPUT] = stdin or b""
        chosen = parse_dockerfile(stdin or b"", STANDARD_INPUT)
    if path == "-":
        if file == "-":
            raise InputError("the context and the Dockerfile cannot both come from standard input", "-f -")
        data = stdin or b""
        if not begins_as_archive(data):
            return Opened(Side("-", parse_dockerfile(data, STANDARD_INPUT), EMPTY, options=options), data, None)
        from io import BytesIO

        archive = read_archive(lambda: BytesIO(data), STANDARD_INPUT, wanted_files(file))
        tree, place = archive.tree, archive_place("-", archive)
    elif is_archive(path):
        archive = open_archive(path, file)
        tree, place = archive.tree, archive_place(path, archive)
    else:
        tree, place = tree or read_directory(path), directory_place(path)
    return _opened(path, tree, place, chosen, options, texts)


def _opened(
    path: str,
    tree: Directory,
    place: Place,
    chosen: str | Dockerfile | None,
    options: BuildOptions,
    texts: dict[str, bytes],
) -> Opened:
    def read(name: str) -> bytes | None:
        content = place.read(name)
        if content is not None:
            texts[place.label(name)] = content
            inside[place.inside(name)] = content
        return content

    inside: dict[str, bytes] = {}
    choice: Choice = choose(replace(place, read=read), chosen, options.builder)
    side = Side(path, choice.dockerfile, tree, choice.ignore, choice.ignore_file, options)
    ignore = inside[choice.ignore_file] if choice.ignore_file is not None else None
    return Opened(side, texts[choice.dockerfile.path], ignore)


def paths_read(snapshot: Snapshot) -> frozenset[str] | None:
    """The paths of the main context that its steps read; None where that cannot be told, so that all may be."""
    try:
        side = side_of_snapshot(snapshot, snapshot.context)
        sent = replace(side, ignore=PatternList()).build_input  # the rules were applied already
        steps = new_solver(side.options).build(sent, lenient=True).steps
        return frozenset(path for step in steps for path, _ in step.read_files())
    except InputError:
        return None  # a build that fails, or a frontend of its own


def snapshot_file(snapshot: Snapshot, read: frozenset[str] | None) -> bytes:
    """The bytes of a snapshot's file; read: what `paths_read` told, and only that is hashed. Raises InputError."""
    if read is None:
        return snapshot_bytes(snapshot)
    return snapshot_bytes(snapshot, lambda context, path: bool(context) or path in read)


def open_snapshot(path: str, options: BuildOptions | None = None) -> Side:
    """A snapshot's file as a side. Options that are not at their defaults replace what it recorded.

    Raises InputError.
    """
    return side_of_snapshot(read_snapshot(path), path, options)


def side_of_snapshot(snapshot: Snapshot, name: str, given: BuildOptions | None = None) -> Side:
    """A snapshot as a side, called `name` in messages. Raises InputError for a text that is no Dockerfile."""
    dockerfile = parse_dockerfile(snapshot.dockerfile.text, f"{name}:{snapshot.dockerfile.path}")
    rules, ignore_file = PatternList(), None
    if snapshot.ignore is not None:
        ignore_file = snapshot.ignore.path
        rules = ignore_rules(_bytes(snapshot.ignore.text), f"{name}:{ignore_file}")
    options = BuildOptions(
        builder=builder_named(snapshot.builder).name,
        target=snapshot.target,
        build_args=snapshot.build_args,
        named_contexts={key: _named(value) for key, value in snapshot.contexts.items()},
        bases={key: BaseImage(**asdict(base)) for key, base in snapshot.bases.items()},
        platform=snapshot.platform,
        merge=snapshot.merge,
        no_cache=snapshot.no_cache,
        no_cache_filter=frozenset(snapshot.no_cache_filter),
    )
    return Side(
        name,
        dockerfile,
        snapshot.tree,
        rules,
        ignore_file,
        _overridden(options, given),
        _assumptions(snapshot, name),
        whole=False,
    )


def write_snapshot(path: str, data: bytes, *, force: bool) -> None:
    """Write a snapshot's file, readable by its owner alone; an existing one stays unless `force`. Raises InputError."""
    import os
    import tempfile

    target = Path(path)
    try:
        if target.exists() and not force:
            raise InputError("exists already; --force overwrites it", path)
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        descriptor, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(made).replace(target)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write: {getattr(error, 'strerror', None) or error}", path) from None


def _named(given: Directory | str) -> NamedContext:
    return NamedContext(image=given) if isinstance(given, str) else NamedContext(tree=given)


def _overridden(recorded: BuildOptions, given: BuildOptions | None) -> BuildOptions:
    if given is None:
        return recorded
    plain = BuildOptions()
    changes = {name: value for name, value in asdict(given).items() if value != getattr(plain, name)}
    for name in ("build_args", "named_contexts", "bases"):
        if name in changes:
            values: Mapping[str, object] = getattr(recorded, name)
            changes[name] = {**values, **changes[name]}
    return replace(recorded, **changes)


def _assumptions(snapshot: Snapshot, name: str) -> tuple[Assumption, ...]:
    if not snapshot.unsettled:
        return ()
    shown = ", ".join(snapshot.unsettled[:3]) + (", …" if len(snapshot.unsettled) > 3 else "")
    text = f"changed while the build ran, which may have had other bytes than the snapshot: {shown}"
    return (Assumption("snapshot", name, text),)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
