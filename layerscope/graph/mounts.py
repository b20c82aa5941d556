"""What of the mounts of a RUN its key holds; which files a mount gives it are inputs of the operation."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import TypeAlias

from layerscope.values import Value


class MountType(Enum):
    """The values are the words of `type=`."""

    BIND = "bind"
    CACHE = "cache"
    TMPFS = "tmpfs"
    SECRET = "secret"
    SSH = "ssh"

    @property
    def is_secret(self) -> bool:
        """Whether what it gives is in no cache key."""
        return self in {MountType.SECRET, MountType.SSH}


class BindMount(Value):
    """Files of the context, of a stage or of an image; the script of a `#!` heredoc, too."""

    target: str
    read_only: bool

    @property
    def key(self) -> tuple[Hashable, ...]:
        return (self.target, MountType.BIND.value, self.read_only)


class CacheMount(Value):
    """cache_id: the namespace and the id, None where BuildKit blanks it. owner: uid, gid and mode, where they count."""

    target: str
    read_only: bool
    cache_id: tuple[str, str] | None
    owner: tuple[str, ...] | None

    @property
    def key(self) -> tuple[Hashable, ...]:
        return (self.target, MountType.CACHE.value, self.read_only, self.cache_id, self.owner)


class TmpfsMount(Value):
    """size: in bytes, 0 where none is said."""

    target: str
    read_only: bool
    size: int

    @property
    def key(self) -> tuple[Hashable, ...]:
        return (self.target, MountType.TMPFS.value, self.read_only, self.size)


class SecretMount(Value):
    """Id, place and permissions of a secret or of an agent's socket; never what is in it.

    type: `secret` or `ssh`. owner: uid, gid and mode, as written.
    """

    type: MountType
    id: str
    target: str
    env: str | None
    required: bool
    owner: tuple[str, str, str]

    @property
    def key(self) -> tuple[Hashable, ...]:
        return (self.type.value, self.id, self.target, self.env, self.required, *self.owner)


FileMount: TypeAlias = BindMount | CacheMount | TmpfsMount
