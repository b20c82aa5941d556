"""Root causes: the closed set of what makes a step miss the cache, each with the place it points to.

`str()` of a cause is its token in the machine interface (`because`). Tokens are for people and programs outside:
nothing in Layerscope looks into one, so a file called `cold` or `ARG VERSION` is a file.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from layerscope.analysis.file_parts import FilePart
from layerscope.answer import set_apart
from layerscope.values import Value


class Cause(Value):
    """One root cause. kind: its word in the machine interface."""

    kind: ClassVar[str] = ""

    @property
    def text(self) -> str:
        """A clause for people: `app.rb changed`."""
        raise TypeError(type(self).__name__)

    @cached_property
    def token(self) -> str:
        """Its word in `because`."""
        raise TypeError(type(self).__name__)

    @property
    def label(self) -> str:
        """A few words for people, where there is no room for `text`."""
        return self.token

    def __str__(self) -> str:
        return self.token

    def __hash__(self) -> int:
        return hash(self.token)  # known already, where a history asks over and over

    def to_dict(self) -> dict[str, object]:
        """One object of the contract's `causes`: keys that do not apply are None."""
        return {
            "kind": self.kind,
            "path": getattr(self, "path", None),
            "line": getattr(self, "line", None),
            "name": getattr(self, "name", None),
            "part": part.value if (part := getattr(self, "part", None)) is not None else None,
            "text": self.text,
        }


_HAPPENED: Mapping[FilePart | None, str] = {
    None: "{} changed",
    FilePart.CONTENT: "{} changed",
    FilePart.MODE: "the mode of {} changed",
    FilePart.OWNER: "the owner of {} changed",
    FilePart.TYPE: "{} is of another type",
    FilePart.LINK: "{} points elsewhere",
    FilePart.ADDED: "{} was added",
    FilePart.REMOVED: "{} was removed",
    FilePart.ATTRIBUTES: "the extended attributes of {} changed",
}


_PARTS: Mapping[FilePart | None, str] = {
    None: "",
    FilePart.CONTENT: "",
    FilePart.MODE: " (mode)",
    FilePart.OWNER: " (owner)",
    FilePart.TYPE: " (type)",
    FilePart.LINK: " (target)",
    FilePart.ADDED: " (added)",
    FilePart.REMOVED: " (removed)",
    FilePart.ATTRIBUTES: " (extended attributes)",
}


class FileCause(Cause):
    """A path in the context, or in the named context `name`. part: what of it differs, None where nobody looked.

    folder: where the named context lies, as it was said.
    """

    kind = "file"
    path: str
    part: FilePart | None = None
    name: str | None = None
    folder: str | None = None

    @property
    def context(self) -> str:
        """The name of the context: "" is the main one."""
        return self.name or ""

    @property
    def shown(self) -> str:
        """Where people find it."""
        return self.path if self.folder is None else posixpath.join(self.folder, self.path)

    @property
    def text(self) -> str:
        return _HAPPENED[self.part].format(self.shown)

    @property
    def label(self) -> str:
        return self.token + _PARTS[self.part]

    def to_dict(self) -> dict[str, object]:
        return {**super().to_dict(), "path": self.shown}

    @cached_property
    def token(self) -> str:
        return self.path if self.name is None else f"{self.name}:{self.path}"


class GitCause(Cause):
    """What git keeps of itself in the context: `.git`, or a path below it where its files were read."""

    kind = "git"
    context: ClassVar[str] = ""
    path: str
    part: FilePart | None = None

    @property
    def text(self) -> str:
        return f"{self} is in the context, and every commit changes it"

    @cached_property
    def token(self) -> str:
        return self.path


class DockerfileCause(Cause):
    """An instruction that reads otherwise. path: the Dockerfile. line: where it begins, on the after side.

    Of a build of which only its log is at hand neither is known.
    """

    kind = "dockerfile"
    path: str | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        return "the Dockerfile changed" + ("" if self.line is None else f" at line {self.line}")

    @cached_property
    def token(self) -> str:
        return "Dockerfile" if self.line is None else f"Dockerfile:{self.line}"


class ArgumentCause(Cause):
    """A build argument that was given another value. path, line: where it is declared, None where it is not."""

    kind = "argument"
    name: str
    path: str | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        return f"build argument {self.name} has another value"

    @cached_property
    def token(self) -> str:
        return f"ARG {self.name}"


class BaseCause(Cause):
    """A base image that is another one under its name. path, line: of the FROM that names it."""

    kind = "base"
    name: str
    path: str | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        return f"base image {self.name} changed"

    @cached_property
    def token(self) -> str:
        return f"FROM {self.name}"


class IgnoreCause(Cause):
    """Ignore rules that let other files through. path: the ignore file."""

    kind = "ignore"
    path: str

    @property
    def text(self) -> str:
        return f"the ignore rules of {self.path} now select other files"

    @property
    def label(self) -> str:
        return f"rules of {self.path}"

    @cached_property
    def token(self) -> str:
        return f"ignore:{self.path}"


class StepCause(Cause):
    """Bytes that a step which runs again will write. name: of that step. path, line: of its instruction."""

    kind = "step"
    name: str
    path: str | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        return f"{set_apart(self.name)} runs again, and its bytes decide"

    @property
    def label(self) -> str:
        return f"what {self.name} writes"

    @cached_property
    def token(self) -> str:
        return f"step:{self.name}"


class OptionCause(Cause):
    """An option that keeps a step from the cache, or that has another value. name: the option."""

    kind = "option"
    name: str
    other_value: bool = False

    @property
    def text(self) -> str:
        return f"{self.name} has another value" if self.other_value else f"{self.name} was given"

    @property
    def label(self) -> str:
        return self.name

    @cached_property
    def token(self) -> str:
        return f"option:{self.name}"


class ColdCause(Cause):
    """Nothing was built before, or the cache has it no more."""

    kind = "cold"

    @property
    def text(self) -> str:
        return "nothing has been built before"

    @property
    def label(self) -> str:
        return "not built before"

    @cached_property
    def token(self) -> str:
        return "cold"
