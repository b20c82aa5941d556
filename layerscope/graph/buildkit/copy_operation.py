"""COPY and ADD → the file operation: what of it is in the key, and the files it reads."""

from __future__ import annotations

import posixpath

from layerscope.context.globs import check_glob, has_wildcard
from layerscope.context.paths import clean
from layerscope.context.patterns import Pattern
from layerscope.dockerfile.expand import expand
from layerscope.dockerfile.instructions import Add, Copy
from layerscope.dockerfile.logical_lines import Heredoc
from layerscope.graph.buildkit.scopes import StageScope
from layerscope.graph.buildkit.stage_state import copy_destination
from layerscope.graph.file_options import mode_option
from layerscope.graph.files.matches import searched_directory
from layerscope.graph.names import unmoved_source
from layerscope.graph.operations import CopiedFrom, CopyAction, CopyOp, MkfileOp, Selector
from layerscope.graph.remote_sources import is_git, is_remote, remote_source
from layerscope.graph.value_checks import check_download_checksum
from layerscope.graph.vertices import Operation


def mkfile_operation(name: str, content: str, mode: int = 0o644) -> Operation:
    """A heredoc as the file it becomes; its name is the delimiter."""
    from hashlib import sha256

    digest = "sha256:" + sha256(content.encode("utf-8", "surrogateescape")).hexdigest()
    return Operation(MkfileOp(name, mode, digest, len(content)))


def copy_operation(copy: Copy, stage: StageScope, parent: Operation | None) -> Operation:
    """The file operation of a COPY or ADD onto `parent`. Raises ValueError where the builder refuses it."""
    word = stage.word
    destination = copy_destination(stage.state.directory, word(copy.destination))
    chown, chmod = word(copy.chown), word(copy.chmod)
    mode_option(chmod)  # one the builder refuses is refused here
    if isinstance(copy, Add) and copy.checksum:
        _check_checksum([word(source) for source in copy.sources])
    for pattern in copy.exclude:
        Pattern(pattern).matches("")  # likewise
    copied = _Copied(copy, stage)
    for text in copy.sources:
        copied.add(word(text))
    for document in copy.documents:
        copied.add_document(document)
    op = CopyOp(tuple(copied.actions), destination, chown, chmod, copy.exclude)
    sources = tuple((source, tuple(chosen)) for source, chosen in zip(copied.sources, copied.selectors, strict=True))
    return Operation(op, parent, sources)


class _Copied:
    """The copies of one instruction in turn, and the inputs they read: each input once, with all that is read of it."""

    def __init__(self, copy: Copy, stage: StageScope) -> None:
        self.copy = copy
        self.stage = stage
        self.sources: list[Operation] = []
        self.selectors: list[list[Selector]] = []
        self.actions: list[CopyAction] = []

    def add(self, source: str) -> None:
        """A source, variables expanded."""
        copy = self.copy
        if isinstance(copy, Add) and is_remote(source):
            self._add_remote(source, copy)
            return
        if is_remote(source) and not copy.from_name:
            raise ValueError("source can't be a URL for COPY")
        selector = self._selector(source)
        origin = self._origin(source)
        if origin is not None:
            unpack = copy.unpack if isinstance(copy, Add) and copy.unpack is not None else isinstance(copy, Add)
            self._act(origin, selector, unpack, CopiedFrom.FILES)
        elif missing := searched_directory(selector) if selector.wildcard else selector.path:
            raise ValueError(f'"/{missing}": not found: {copy.from_name} is empty')

    def add_document(self, document: Heredoc) -> None:
        """A heredoc among the sources."""
        if posixpath.normpath(document.name) in {".", ".."}:
            raise ValueError(f"a heredoc cannot be a file named {document.name}")
        env = self.stage.state.env
        content = expand(document.content, env, skip_quotes=True) if document.expand else document.content
        selector = Selector(document.name, exclude=self.copy.exclude)
        self._act(mkfile_operation(document.name, content), selector, False, CopiedFrom.DOCUMENT)

    def _add_remote(self, source: str, add: Add) -> None:
        checksum = self.stage.word(add.checksum)
        if checksum and not is_git(source):
            check_download_checksum(checksum)
        op, name = remote_source(source, keep_git_dir=bool(add.keep_git_dir), checksum=checksum)
        if not checksum:
            self.stage.build.assume(unmoved_source(source))
        self._act(Operation(op), Selector(name), bool(add.unpack), CopiedFrom.REMOTE)

    def _selector(self, source: str) -> Selector:
        copy, build = self.copy, self.stage.build
        include: tuple[str, ...] = ()
        required = ""
        if copy.parents:
            parent, pivot, pattern = source.partition("/./")
            if not pivot:
                parent, pattern = "", source
            include = (clean(pattern),)
            Pattern(include[0].strip() or "/").matches("")  # one the builder refuses is refused here
            if build.rules.requires_paths and build.frontend().requires_paths and not has_wildcard(parent + pattern):
                required = f"/{clean(f'{parent}/{pattern}')}"
            source = parent
        path = clean(source)
        if not check_glob(path):
            raise ValueError(f'syntax error in pattern "{path}"')
        wildcard = has_wildcard(path)
        # A plain path says nothing of lists: the same one that a RUN mounts is the same selector.
        by_paths = build.rules.lists_paths and bool(wildcard or copy.exclude or include)
        return Selector(path, wildcard, copy.exclude, include, by_paths, required)

    def _origin(self, source: str) -> Operation | None:
        build, from_name = self.stage.build, self.copy.from_name
        if from_name is None:
            return build.context_operation(source)
        return build.source_operation(self.copy, from_name, source)

    def _act(self, source: Operation, selector: Selector, unpack: bool, origin: CopiedFrom) -> None:
        if source not in self.sources:
            self.sources.append(source)
            self.selectors.append([])
        at = self.sources.index(source)
        self.selectors[at].append(selector)
        self.actions.append(CopyAction(at, selector, unpack, origin))


def _check_checksum(sources: list[str]) -> None:
    if len(sources) != 1:
        raise ValueError("checksum can't be specified for multiple sources")
    if not is_remote(sources[0]):
        raise ValueError("checksum requires HTTP(S) or Git sources")
