"""A tree of digests: the files a build may read, as values.

A tree costs nothing until it is looked at: a directory lists itself when its children are asked for, a file is
hashed when its digest is. Two trees made from one source share their nodes, so that comparing "before" with
"after" visits only what differs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from layerscope.context.special import SpecialType


class File:
    """A regular file. mode: permission bits (12); size in bytes, None if unknown; digest: of its bytes.

    `digest` is any text that is equal exactly when the bytes are, within one scheme (`sha256:…`, `git:…`); an
    unknown content has a text of its own that equals nothing recorded. `source` is where the bytes are: a path on
    disk, what gives them, or None where they are not at hand.
    """

    __slots__ = ("_digest", "_load", "_look", "known_name", "mode", "owner", "size", "source")

    def __init__(
        self,
        mode: int,
        size: int | None,
        digest: str | None = None,
        load: Callable[[], str] | None = None,
        owner: Owner = "",
        look: Callable[[], bool | None] | None = None,
        source: str | Callable[[], bytes | None] | None = None,
    ) -> None:
        self.source = source
        self.mode = mode
        self.size = size
        self.owner = owner
        self._digest = digest
        self._load = load
        self._look = look
        self.known_name: str | None = None  # of its content, once it was asked for

    @property
    def digest(self) -> str:
        if self._digest is None:
            assert self._load is not None
            self._digest = self._load()
        return self._digest

    @property
    def known_digest(self) -> str | None:
        """None where the bytes were not hashed yet."""
        return self._digest

    @property
    def is_archive(self) -> bool | None:
        """Whether ADD would unpack it; None where the bytes are not at hand."""
        return self._look() if self._look is not None else None

    def with_metadata(self, mode: int | None, owner: Owner) -> File:
        """The same bytes under another mode (None keeps it) and owner; still hashed only once."""
        mode = self.mode if mode is None else mode
        return File(
            mode,
            self.size,
            self._digest,
            lambda: self.digest,
            owner,
            lambda: self.is_archive,
            self.source,
        )

    def has_bytes_of(self, other: File) -> bool:
        """Whether both hold the same bytes; sizes decide first, digests are made only where they cannot."""
        if isinstance(other, EditedFile):
            return other.has_bytes_of(self)
        if self.size is not None and other.size is not None and self.size != other.size:
            return False
        return self.digest == other.digest


class EditedFile(File):
    """A file of which only that its bytes are others than any that were read is said."""

    __slots__ = ()

    def with_metadata(self, mode: int | None, owner: Owner) -> EditedFile:
        return EditedFile(self.mode if mode is None else mode, self.size, self.digest, owner=owner)

    def has_bytes_of(self, other: File) -> bool:
        return isinstance(other, EditedFile) and self.digest == other.digest


class Link:
    """A symbolic link."""

    __slots__ = ("known_name", "owner", "target")

    def __init__(self, target: str, owner: Owner = "") -> None:
        self.target = target
        self.owner = owner
        self.known_name: str | None = None


class Special:
    """A fifo, socket or device."""

    __slots__ = ("kind", "known_name", "mode", "owner")

    def __init__(self, kind: SpecialType, mode: int, owner: Owner = "") -> None:
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.known_name: str | None = None


class Directory:
    """A directory. `token`: equal tokens prove equal content (never the converse); None proves nothing.

    proof: gives a value that, where two are equal, proves that the files directly in both are the same: their
    names, modes, owners and bytes. It is asked for after the children, and gives None where it would cost a reading.
    made: a step of a build or an archive gave it its mode, which then counts; BuildKit does not notice modes that the
    directories of a context on disk have, once it has seen them. known_name: of its content, where it is known without
    a look inside.
    """

    __slots__ = ("_children", "_equal", "_load", "_visible", "known_name", "made", "mode", "owner", "proof", "token")

    def __init__(
        self,
        mode: int,
        load: Callable[[], Mapping[str, Node]] | None = None,
        token: Hashable = None,
        children: Mapping[str, Node] | None = None,
        proof: Callable[[], Hashable] | None = None,
        owner: Owner = "",
        made: bool = False,
        known_name: str | None = None,
    ) -> None:
        self.mode = mode
        self.owner = owner
        self.made = made
        self.token = token
        self.proof = proof
        self._load = load
        self._children = children
        self._equal: Directory | None = None
        self.known_name = known_name
        self._visible: tuple[Hashable, Directory] | None = None

    @property
    def children(self) -> Mapping[str, Node]:
        """Name → node, in byte order of the names."""
        if self._children is None:
            assert self._load is not None
            loaded = self._load()
            names = sorted(loaded)
            self._children = loaded if names == list(loaded) else {name: loaded[name] for name in names}
            self._load = None
        return self._children

    def seen_through(self, rules: Hashable) -> Directory | None:
        """What `keep_seen` kept under these very rules."""
        return self._visible[1] if self._visible is not None and self._visible[0] == rules else None

    def keep_seen(self, rules: Hashable, seen: Directory) -> None:
        """Keep what ignore rules leave of it."""
        self._visible = rules, seen

    def with_children(self, children: Mapping[str, Node]) -> Directory:
        """A directory of the same mode and owner that holds these, which are in order."""
        return Directory(self.mode, children=children, owner=self.owner, made=self.made)

    def with_header(self, mode: int, owner: Owner) -> Directory:
        """What it holds, under a mode and an owner that a step gave it."""
        return Directory(mode, lambda: self.children, self.token, proof=self.proof, owner=owner, made=True)

    def known_equal(self, other: Directory) -> bool:
        """Whether it is known without a look inside that both hold the same; their own modes and owners apart."""
        if self is other or self._equal is other or other._equal is self:
            return True
        return self.token is not None and self.token == other.token

    def found_equal(self, other: Directory) -> None:
        """Keep that every node below was found the same, so that the next step that reads it need not look."""
        self._equal = other


class ImpliedDirectory(Directory):
    """A directory that is no entry of an archive: what unpacks that makes it, as root's own, for what lies in it."""

    __slots__ = ()

    def with_children(self, children: Mapping[str, Node]) -> ImpliedDirectory:
        return ImpliedDirectory(self.mode, children=children, made=self.made)


IMPLIED_MODE = 0o755  # of an implied directory


Node: TypeAlias = File | Link | Special | Directory
Owner: TypeAlias = Hashable  # "" is 0:0, as all that a context holds arrives; else numbers as text, or a NamedOwner

EMPTY = Directory(0o755, children={}, token="empty")


def same(a: Node, b: Node) -> bool:
    """Whether a builder takes both for the same: type, permission bits, size, bytes, link text; never times.

    Modes of directories do not count: BuildKit does not notice them in a context it has seen before.
    """
    return a is b or (a.owner == b.owner and same_but_for_owners(a, b))


def same_but_for_owners(a: Node, b: Node) -> bool:
    """`same`, whosever the two are; what lies below a directory has owners all the same."""
    if isinstance(a, File):
        return isinstance(b, File) and a.mode == b.mode and a.has_bytes_of(b)
    if isinstance(a, Link):
        return isinstance(b, Link) and a.target == b.target
    if isinstance(a, Special):
        return isinstance(b, Special) and a.kind == b.kind and a.mode == b.mode
    if not isinstance(b, Directory):
        return False
    if a.known_equal(b):
        return True
    ours, theirs = a.children, b.children
    return ours.keys() == theirs.keys() and all(same(ours[name], theirs[name]) for name in unproven(a, b))


def unproven(a: Directory, b: Directory) -> Iterable[str]:
    """The names in either of two directories at which they may differ, in order."""
    ours, theirs = a.children, b.children
    names = ours if ours.keys() == theirs.keys() else sorted(ours.keys() | theirs.keys())
    return [name for name in names if not isinstance(ours.get(name), File)] if _proven(a, b) else names


def _proven(a: Directory, b: Directory) -> bool:
    """Whether the files directly in both are known to be the same."""
    return a.proof is not None and b.proof is not None and (proof := a.proof()) is not None and proof == b.proof()


def _not_shared(a: Directory, b: Directory) -> Iterable[tuple[str, Node | None, Node | None]]:
    """What two directories have under each name, in order, but for what is known to be the same in both."""
    ours, theirs = a.children, b.children
    pairs: list[tuple[str, Node | None, Node | None]]
    if ours.keys() == theirs.keys():
        both = zip(ours.items(), theirs.values(), strict=True)  # in the order of their names
        pairs = [(name, was, now) for (name, was), now in both if was is not now]
    else:
        names = sorted(ours.keys() | theirs.keys())
        pairs = [(name, was, now) for name in names if (was := ours.get(name)) is not (now := theirs.get(name))]
    return [pair for pair in pairs if not isinstance(pair[1], File)] if pairs and _proven(a, b) else pairs


def differences(a: Node | None, b: Node | None, path: str = "") -> list[str]:
    """Paths at which two trees differ, in order; a directory that only one side has gives the paths below it."""
    found: list[str] = []
    _add_differences(a, b, path, found)
    return found


def _add_differences(a: Node | None, b: Node | None, path: str, found: list[str]) -> None:
    if a is not None and b is not None:
        if isinstance(a, Directory) and isinstance(b, Directory):
            if a.owner != b.owner or (a.mode != b.mode and (a.made or b.made)):
                found.append(path)
            if a.known_equal(b):
                return
            start = f"{path}/" if path else ""
            for name, was, now in _not_shared(a, b):
                if not isinstance(was, File) or not isinstance(now, File):
                    _add_differences(was, now, start + name, found)
                elif not same(was, now):
                    found.append(start + name)
        elif not same(a, b):
            found.append(path)
        return
    only = a if a is not None else b
    if isinstance(only, Directory) and only.children:
        for name, child in only.children.items():
            _add_differences(child, None, posixpath.join(path, name), found)
    else:
        found.append(path)


def cleaned(path: str) -> str:
    """The path as Go's path.Clean gives it; Python's own keeps a second slash at the front."""
    path = posixpath.normpath(path)
    return path[1:] if path.startswith("//") else path
