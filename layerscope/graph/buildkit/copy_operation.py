"""COPY and ADD → the file operation: what of it is in the key, and the files it reads."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Hashable

from layerscope.context.globs import check_glob, has_wildcard
from layerscope.context.patterns import Pattern
from layerscope.dockerfile.expand import expand
from layerscope.dockerfile.instructions import Add, Copy
from layerscope.graph.buildkit.scopes import StageScope
from layerscope.graph.buildkit.stage_state import copy_destination
from layerscope.graph.files.content import searched_directory
from layerscope.graph.files.modes import mode_option
from layerscope.graph.files.ownership import owner_option
from layerscope.graph.names import unmoved_source
from layerscope.graph.operations import Operation, Placement, Selector
from layerscope.graph.value_checks import check_download_checksum

_GIT_URL = re.compile(r"(git@|git://|ssh://|https?://[^#?]+\.git([#?]|$)|github\.com/)")


def is_git(source: str) -> bool:
    """Whether an ADD source is a git repository."""
    return _GIT_URL.match(source) is not None


def is_remote(source: str) -> bool:
    """Whether an ADD source is fetched: `https://…` or git."""
    return source.startswith(("http://", "https://")) or is_git(source)


def document_operation(name: str, content: str, mode: int = 0o644) -> Operation:
    """A heredoc as the file it becomes; its name is the delimiter."""
    digest = "sha256:" + hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()
    return Operation("document", (("name", name), ("mode", mode), ("content", digest), ("size", len(content))))


def copy_operation(copy: Copy, stage: StageScope, chain: Operation | None) -> Operation:
    """The file operation of a COPY or ADD onto `chain`. Raises ValueError where the builder refuses it."""
    word = stage.word
    destination = copy_destination(stage.state.directory, word(copy.destination))
    chown, chmod = word(copy.chown), word(copy.chmod)
    mode = mode_option(chmod)
    sources: list[Operation] = []
    selectors: list[list[Selector]] = []
    placements: list[Placement] = []
    parts: list[Hashable] = []

    def place(source: Operation, selector: Selector, unpack: bool, shown: Hashable) -> None:
        if source not in sources:
            sources.append(source)
            selectors.append([])
        at = sources.index(source)
        selectors[at].append(selector)
        placements.append(Placement(at, selector, destination, unpack, chown, chmod))
        parts.append((at, shown, destination, unpack))

    unpack_local = copy.unpack if isinstance(copy, Add) and copy.unpack is not None else isinstance(copy, Add)
    if isinstance(copy, Add) and copy.checksum:
        _check_checksum([word(source) for source in copy.sources])
    for pattern in copy.exclude:
        Pattern(pattern).matches("")  # one the builder refuses is refused here
    for text in copy.sources:
        source = word(text)
        if isinstance(copy, Add) and is_remote(source):
            checksum = word(copy.checksum)
            if checksum and not is_git(source):
                check_download_checksum(checksum)
            operation, name = remote_operation(source, copy, checksum)
            if not checksum:
                stage.build.assume(unmoved_source(source))
            place(operation, Selector(name), bool(copy.unpack), ("remote", name))
            continue
        if is_remote(source) and not copy.from_name:
            raise ValueError("source can't be a URL for COPY")
        selector = _selector(source, copy)
        origin = _origin(copy, source, stage)
        if origin is not None:
            shown = (posixpath.basename(selector.path) or "/", selector.include)
            place(origin, selector, unpack_local, shown)
        elif missing := searched_directory(selector) if selector.wildcard else selector.path:
            raise ValueError(f'"/{missing}": not found: {copy.from_name} is empty')
    for document in copy.documents:
        if posixpath.normpath(document.name) in {".", ".."}:
            raise ValueError(f"a heredoc cannot be a file named {document.name}")
        content = expand(document.content, stage.state.env, skip_quotes=True) if document.expand else document.content
        selector = Selector(document.name, exclude=copy.exclude)
        place(document_operation(document.name, content), selector, False, ("document", document.name))
    definition = (
        ("sources", tuple(parts)),
        ("destination", destination),
        ("chown", owner_option(chown)),
        ("chmod", mode),
        ("exclude", copy.exclude),
        ("parents", copy.parents),
    )
    merged = tuple((source, tuple(chosen)) for source, chosen in zip(sources, selectors, strict=True))
    return Operation("copy", definition, chain, merged, placements=tuple(placements))


def _check_checksum(sources: list[str]) -> None:
    if len(sources) != 1:
        raise ValueError("checksum can't be specified for multiple sources")
    if not is_remote(sources[0]):
        raise ValueError("checksum requires HTTP(S) or Git sources")


def _origin(copy: Copy, source: str, stage: StageScope) -> Operation | None:
    if copy.from_name is None:
        return stage.build.context_operation(source)
    return stage.build.source_operation(copy, copy.from_name, source)


def _selector(source: str, copy: Copy) -> Selector:
    include: tuple[str, ...] = ()
    if copy.parents:
        parent, pivot, pattern = source.partition("/./")
        if not pivot:
            parent, pattern = "/", source
        source, include = parent, (posixpath.normpath("/" + pattern).lstrip("/"),)
    path = posixpath.normpath("/" + source).lstrip("/")
    if not check_glob(path):
        raise ValueError(f'syntax error in pattern "{path}"')
    return Selector(path, has_wildcard(path), copy.exclude, include=include)


def remote_operation(source: str, add: Add, checksum: str = "") -> tuple[Operation, str]:
    """A fetched source and the name its file has: taken as unchanged while its text is; a checksum makes it certain."""
    if is_git(source):
        definition = (("git", source), ("keep-git-dir", bool(add.keep_git_dir)), ("checksum", checksum))
        return Operation("remote", definition), ""
    name = posixpath.basename(
        source.partition("#")[0].partition("?")[0].rstrip("/").partition("://")[2].partition("/")[2]
    )
    return Operation("remote", (("url", checksum or source),)), name or "__unnamed__"
