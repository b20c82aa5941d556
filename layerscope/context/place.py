"""Where the files of one side of a build lie: a closed set of values, made once of what the user said.

`text` is what reports and messages call a place.
"""

from __future__ import annotations

from collections.abc import Callable

from layerscope.values import Value


class DirectoryPlace(Value):
    """A directory on disk. name: what to call it instead of its path."""

    path: str
    name: str | None = None

    @property
    def text(self) -> str:
        return self.path if self.name is None else self.name


class ArchivePlace(Value):
    """A tar archive, in any compression that tarfile knows."""

    path: str

    @property
    def text(self) -> str:
        return self.path


class InputPlace(Value):
    """Standard input: an archive, or a Dockerfile with an empty context. read: its bytes, the same every time."""

    read: Callable[[], bytes]

    @property
    def text(self) -> str:
        return "-"


class SnapshotPlace(Value):
    """The file of a snapshot: a side that was saved, with digests in place of its bytes."""

    path: str

    @property
    def text(self) -> str:
        return self.path


class RevisionPlace(Value):
    """A directory as git has it at a revision."""

    directory: DirectoryPlace
    revision: str

    @property
    def text(self) -> str:
        return f"{self.directory.text}@{self.revision}"


class PatchedPlace(Value):
    """A directory or an archive, with a git diff applied; diff: what messages call it."""

    patched: DirectoryPlace | ArchivePlace
    diff: str

    @property
    def text(self) -> str:
        return self.patched.text


GivenPlace = DirectoryPlace | ArchivePlace | InputPlace | SnapshotPlace
"""What a user can name."""

ContextPlace = GivenPlace | RevisionPlace | PatchedPlace
"""What a side can be."""
