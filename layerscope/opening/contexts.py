"""Opens build contexts: directory, archive or git revision, with Dockerfile and ignore rules, into a `Side`."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import replace
from pathlib import Path

from layerscope.analysis.side import Side
from layerscope.context.directory import read_directory
from layerscope.context.patterns import IgnoreFileError, PatternError, PatternList, parse_ignore_file
from layerscope.context.tree import Directory, LinkLoopError, resolve, with_entries
from layerscope.dockerfile.stages import Dockerfile, parse_dockerfile
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions


def open_context(path: str = ".", *, file: str | None = None, options: BuildOptions | None = None) -> Side:
    """A build context as `docker build` takes it: a directory, a tar archive, or `-` for one on standard input.

    file: the Dockerfile, relative to the current directory; by default `Dockerfile` (else `dockerfile`) in the
    context. Raises InputError with file and line for all that cannot be read.
    """
    options = options or BuildOptions()
    if path == "-" or Path(path).is_file():
        return _open_archive(path, file, options)
    tree = read_directory(path)
    dockerfile_path = file or _default_dockerfile(path)
    content = _read(dockerfile_path, "Dockerfile")
    ignore_file, rules = _ignore_rules(dockerfile_path, path, options)
    return Side(path, parse_dockerfile(content, dockerfile_path), tree, rules, ignore_file, options)


def open_dockerfile(path: str) -> Dockerfile:
    """A Dockerfile on its own. Raises InputError with file and line."""
    return parse_dockerfile(_read(path, "Dockerfile"), path)


def after_file(before: Side, after_context: str, file: str | None) -> str | None:
    """The Dockerfile of an after side: the same path relative to its context, or the same file if it lies outside."""
    if file is None:
        return None
    inside = os.path.relpath(Path(file).resolve(), Path(before.reference).resolve())
    if inside == os.pardir or inside.startswith(os.pardir + os.sep):
        return file
    return str(Path(after_context) / inside)


def with_revision(working: Side, revision: str, file: str | None = None) -> Side:
    """The before side of `--since`: the context, Dockerfile and ignore rules as they were at a git revision."""
    from layerscope.context.git import read_file_at, tree_at

    directory = working.reference
    tree = tree_at(directory, revision, working.tree)
    dockerfile_path = file or working.dockerfile.path
    inside = os.path.relpath(dockerfile_path, directory)
    side = replace(working, reference=f"{directory}@{revision}", tree=tree)
    if not inside.startswith(os.pardir):
        content = read_file_at(directory, revision, inside)
        if content is None:
            raise InputError(f"the Dockerfile is not there at revision {revision}", dockerfile_path)
        side = replace(side, dockerfile=parse_dockerfile(content, f"{dockerfile_path}@{revision}"))
    names = [f"{inside}.dockerignore"] if working.options.builder == "buildkit" else []
    for name in [*names, ".dockerignore"]:
        if name.startswith(os.pardir):
            continue
        content = read_file_at(directory, revision, name)
        if content is not None:
            rules = _parse_rules(content, f"{name}@{revision}")
            return replace(side, ignore=rules, ignore_file=name)
    return replace(side, ignore=PatternList(), ignore_file=None)


def with_diff(side: Side, diff: str) -> tuple[Side, tuple[str, ...]]:
    """The after side of `--diff`: the context with a git diff applied (`-` reads it from standard input).

    Its Dockerfile and ignore rules follow, where the diff changes them. Also gives the paths it touches. Raises
    InputError where the diff is none, or does not apply.
    """
    from layerscope.context.git import folder_of_repository
    from layerscope.context.git_diff import apply_diff, parse_diff

    name = "standard input" if diff == "-" else diff
    data = sys.stdin.buffer.read() if diff == "-" else _read(diff, "diff")
    root = side.reference
    applied = apply_diff(
        side.tree,
        parse_diff(data, name),
        folder_of_repository(root),
        lambda path: _read(str(Path(root) / path), "file"),
        name,
    )
    after = replace(side, tree=with_entries(side.tree, applied.edits))
    inside = os.path.relpath(side.dockerfile.path, root)
    if inside in applied.edits:
        content = applied.contents.get(inside)
        if content is None:
            raise InputError("the diff leaves no Dockerfile", name)
        after = replace(after, dockerfile=parse_dockerfile(content, f"{side.dockerfile.path} after {name}"))
    own = f"{inside}.dockerignore"
    for candidate in [own, ".dockerignore"] if side.options.builder == "buildkit" else [".dockerignore"]:
        if candidate in applied.contents:
            rules = _parse_rules(applied.contents[candidate], f"{candidate} after {name}")
            after = replace(after, ignore=rules, ignore_file=candidate)
            break
        if candidate in applied.edits:  # it goes
            after = replace(after, ignore=PatternList(), ignore_file=None)
        elif candidate == side.ignore_file:
            break
    return after, tuple(sorted(applied.edits))


def _default_dockerfile(context: str) -> str:
    for name in ("Dockerfile", "dockerfile"):
        candidate = Path(context) / name
        if candidate.exists():
            return str(candidate)
    return str(Path(context) / "Dockerfile")


def _read(path: str, what: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"no such {what}; name it with -f FILE", path) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"cannot read {what}: {reason.lower()}", path) from None


def _ignore_rules(dockerfile: str, context: str, options: BuildOptions) -> tuple[str | None, PatternList]:
    """`<Dockerfile>.dockerignore` if it is there, even empty (not for the classic builder), else `.dockerignore`."""
    own = dockerfile + ".dockerignore"
    common = str(Path(context) / ".dockerignore")
    for path in [own, common] if options.builder == "buildkit" else [common]:
        if Path(path).is_file():
            return os.path.relpath(path, context), _parse_rules(_read(path, "ignore file"), path)
    return None, PatternList()


def _parse_rules(content: bytes, path: str) -> PatternList:
    try:
        rules = parse_ignore_file(content, path)
        for pattern in rules.patterns:
            pattern.matches("")
    except IgnoreFileError as error:
        raise InputError(str(error), path, error.line) from None
    except PatternError as error:
        raise InputError(str(error), path) from None
    return rules


def _open_archive(path: str, file: str | None, options: BuildOptions) -> Side:
    from layerscope.context.archive import read_archive

    if path == "-":
        tree, texts = read_archive(io.BytesIO(sys.stdin.buffer.read()), "standard input")
    else:
        with Path(path).open("rb") as stream:
            tree, texts = read_archive(stream, path)
    name = file or ("Dockerfile" if "Dockerfile" in texts else "dockerfile")
    content = _text(tree, texts, name)
    if content is None:
        raise InputError(f"no {name} in the archive", path)
    for candidate in [f"{name}.dockerignore", ".dockerignore"] if options.builder == "buildkit" else [".dockerignore"]:
        rules = texts.get(candidate)
        if rules is not None:
            parsed = _parse_rules(rules, f"{path}:{candidate}")
            return Side(path, parse_dockerfile(content, f"{path}:{name}"), tree, parsed, candidate, options)
    return Side(path, parse_dockerfile(content, f"{path}:{name}"), tree, options=options)


def _text(tree: Directory, texts: dict[str, bytes], name: str) -> bytes | None:
    try:
        target, _ = resolve(tree, name)
    except LinkLoopError:
        return None
    return texts.get(target)
