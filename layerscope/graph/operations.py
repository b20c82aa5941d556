"""Operations, one type per kind of effect: what BuildKit's frontend makes of instructions (the ops of its LLB).

Each holds its facts as fields. Its `definition` is what of them is compared, as named parts in a fixed order, and its
`key` is the same without the names: two operations of one key do the same to the same inputs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Hashable
from enum import Enum
from functools import cached_property
from typing import TypeAlias

from layerscope.graph import key_parts as parts
from layerscope.graph.file_options import mode_option, owner_option
from layerscope.graph.key_parts import Definition
from layerscope.graph.mounts import FileMount, SecretMount
from layerscope.values import Value


class Selector(Value):
    """Files of an input: a path, or what a pattern and its include/exclude lists match below it.

    lists_paths: whether those that are matched count by their paths below the searched directory, or by base names.
    required: a path that the list must hold, with a slash before it; "" for none.
    """

    path: str
    wildcard: bool = False
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    lists_paths: bool = False
    required: str = ""

    @property
    def lists(self) -> bool:
        """Whether the digest is over a list of matches instead of one tree."""
        return self.wildcard or bool(self.exclude) or bool(self.include)


class Op(Value):
    """What all operations have."""

    @property
    def definition(self) -> Definition:
        """What is compared of it, in a fixed order for each type."""
        raise TypeError(type(self).__name__)

    @cached_property
    def key(self) -> Hashable:
        """Equal for operations of one type whose definitions are equal; plain data, as it is kept between runs."""
        return (type(self).__name__, *[value for _, value in self.definition])

    @property
    def vertex_key(self) -> Hashable:
        """What makes it another vertex than an operation on the same inputs."""
        return self.key


class ImageSource(Op):
    """An image. reference: its full name and platform; two names of one image are two vertices, though of one key.

    platform: "" where the image was read, and is known by its layers; of another it decides which ones a name means.
    """

    identity: str
    platform: str = ""
    reference: str = ""

    @property
    def definition(self) -> Definition:
        return ((parts.IMAGE, self.identity), (parts.PLATFORM, self.platform))

    @property
    def vertex_key(self) -> Hashable:
        return (self.key, self.reference)


class LocalSource(Op):
    """A context that the client sends: the main one (name "") or a named one. Its files are no part of the key."""

    name: str = ""

    @property
    def definition(self) -> Definition:
        return ((parts.CONTEXT, self.name),)


class GitSource(Op):
    """A repository that ADD clones."""

    url: str
    keep_git_dir: bool = False
    checksum: str = ""

    @property
    def definition(self) -> Definition:
        return ((parts.URL, self.url), (parts.KEEP_GIT_DIR, self.keep_git_dir), (parts.CHECKSUM, self.checksum))


class HttpSource(Op):
    """A file that ADD fetches: taken as unchanged while its URL is, or known by its checksum whatever the URL.

    name: that it is kept under.
    """

    url: str
    name: str
    checksum: str = ""

    @property
    def definition(self) -> Definition:
        known_by = (parts.CHECKSUM, self.checksum) if self.checksum else (parts.URL, self.url)
        return ((parts.NAME, self.name), known_by)


class UnknownSource(Op):
    """Files of which nothing is known but a name for what they are."""

    name: str
    state: Hashable

    @property
    def definition(self) -> Definition:
        return ((parts.CONTEXT, self.name), (parts.STATE, self.state))


class ExecOp(Op):
    """A command that runs. environment: in the order in which it is set, which counts.

    network, security: None where they are plain. hosts: names that are added, in the order given; their addresses do
    not count. ulimits: name, soft and hard limit of each.
    """

    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    directory: str = ""
    user: str = ""
    network: str | None = None
    security: str | None = None
    devices: tuple[str, ...] = ()
    mounts: tuple[FileMount, ...] = ()
    secrets: tuple[SecretMount, ...] = ()
    hostname: str = ""
    platform: str = ""
    hosts: tuple[str, ...] = ()
    ulimits: tuple[tuple[str, int, int], ...] = ()
    cgroup_parent: str = ""

    @property
    def definition(self) -> Definition:
        return (
            (parts.ARGUMENTS, self.arguments),
            (parts.ENVIRONMENT, self.environment),
            (parts.WORKING_DIRECTORY, self.directory),
            (parts.USER, self.user),
            (parts.NETWORK, self.network),
            (parts.SECURITY, self.security),
            (parts.DEVICES, self.devices),
            (parts.MOUNTS, tuple([mount.key for mount in self.mounts])),
            (parts.SECRETS, tuple([secret.key for secret in self.secrets])),
            (parts.HOSTNAME, self.hostname),
            (parts.PLATFORM, self.platform),
            (parts.HOSTS, self.hosts),
            (parts.ULIMITS, self.ulimits),
            (parts.CGROUP_PARENT, self.cgroup_parent),
        )


class CopiedFrom(Enum):
    """What an input of a copy is; the values are in its key."""

    FILES = "files"
    DOCUMENT = "document"
    REMOTE = "remote"


class CopyAction(Value):
    """One copy of a COPY or ADD: which of the operation's sources, what of it, and whether archives are unpacked."""

    source: int
    selector: Selector
    unpack: bool = False
    origin: CopiedFrom = CopiedFrom.FILES

    @property
    def shown(self) -> Hashable:
        """What the key holds of its source: of files the name alone, as their content is digested."""
        selector = self.selector
        if self.origin is CopiedFrom.FILES:
            return (posixpath.basename(selector.path) or "/", selector.include, selector.required)
        return (self.origin.value, selector.path)


class CopyOp(Op):
    """A COPY or ADD. chown, chmod: expanded, as written.

    owns_parents: whether directories made above a copied one are given the owner, too; the classic builder does not.
    """

    actions: tuple[CopyAction, ...]
    destination: str
    chown: str = ""
    chmod: str = ""
    exclude: tuple[str, ...] = ()
    owns_parents: bool = True

    @property
    def definition(self) -> Definition:
        copies = tuple([(each.source, each.shown, self.destination, each.unpack) for each in self.actions])
        return (
            (parts.SOURCES, copies),
            (parts.DESTINATION, self.destination),
            (parts.CHOWN, owner_option(self.chown)),
            (parts.CHMOD, mode_option(self.chmod)),
            (parts.EXCLUDE, self.exclude),
        )


class MkdirOp(Op):
    """A directory that WORKDIR makes. owner: `user[:group]` whose it is."""

    directory: str
    owner: str = ""
    source_date_epoch: str | None = None
    mode: int = 0o755

    @property
    def definition(self) -> Definition:
        return (
            (parts.DIRECTORY, self.directory),
            (parts.MODE, self.mode),
            (parts.OWNER, owner_option(self.owner)),
            (parts.SOURCE_DATE_EPOCH, self.source_date_epoch),
        )


class MkfileOp(Op):
    """The file that a heredoc becomes; its name is the delimiter. size: in characters."""

    name: str
    mode: int
    digest: str
    size: int

    @property
    def definition(self) -> Definition:
        return ((parts.NAME, self.name), (parts.MODE, self.mode), (parts.CONTENT, self.digest), (parts.SIZE, self.size))


class MergeOp(Op):
    """A layer put onto another file system: what a `COPY --link` ends with."""

    @property
    def definition(self) -> Definition:
        return ()


SourceOp: TypeAlias = ImageSource | LocalSource | GitSource | HttpSource | UnknownSource
FileOp: TypeAlias = CopyOp | MkdirOp | MkfileOp
AnyOp: TypeAlias = SourceOp | ExecOp | FileOp | MergeOp
