"""The instructions of a Dockerfile as values, one type each; words are still unexpanded.

`text` is the instruction as written (continuations joined, trimmed): the builder prints it in a step's name.
`line` and `end_line` are 1-based; a trigger of a base image carries the line of the FROM that brings it.
"""

from __future__ import annotations

from functools import cached_property

from layerscope.dockerfile.logical_lines import Heredoc
from layerscope.values import Value


class Instruction(Value):
    text: str
    line: int
    end_line: int

    @property
    def keyword(self) -> str:
        """The upper-case keyword: `COPY`."""
        return type(self).__name__.upper()

    @property
    def whole_text(self) -> str:
        """The text with the bodies of its heredocs: what two instructions must share to be the same."""
        return self.text

    @property
    def source_names(self) -> tuple[str, ...]:
        """What it reads besides its chain and the context: a `from=` each; "" for a mount without one."""
        return ()

    def at(self, line: int) -> Instruction:
        """The same instruction where it begins at another line."""
        if line == self.line:
            return self
        _text, _line, _end_line, *rest = self.__struct_fields__
        own = [getattr(self, name) for name in rest]
        return type(self)(self.text, line, self.end_line + line - self.line, *own)


class From(Instruction):
    base: str
    name: str | None = None  # lower-case, as `AS Name` is
    platform: str | None = None


class Mount(Value):
    """One `RUN --mount=…` as its comma-separated fields; they may hold variables, so types are settled later."""

    fields: tuple[str, ...]

    @cached_property
    def from_name(self) -> str | None:
        """The stage, image or named context of `from=`; variables are not allowed there."""
        return next((f.partition("=")[2] for f in self.fields if f.partition("=")[0].lower() == "from"), None)


class Run(Instruction):
    command: tuple[str, ...]  # the shell form is one string
    json_form: bool
    mounts: tuple[Mount, ...] = ()
    network: str | None = None
    security: str | None = None
    devices: tuple[str, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()

    @cached_property
    def whole_text(self) -> str:  # kept: versions of a file share it
        return _with_bodies(self.text, self.heredocs)

    @property
    def source_names(self) -> tuple[str, ...]:
        return tuple([mount.from_name or "" for mount in self.mounts])

    @property
    def has_network(self) -> bool:
        """Whether it says which network it has; `default` leaves that to the build."""
        return self.network not in {None, "default"}


class Copy(Instruction):
    """COPY, and the base of ADD. `documents` are heredoc sources; they are copied after `sources`."""

    sources: tuple[str, ...]
    documents: tuple[Heredoc, ...]
    destination: str
    from_name: str | None = None
    chown: str = ""
    chmod: str = ""
    link: bool = False
    parents: bool = False
    exclude: tuple[str, ...] = ()

    @cached_property
    def whole_text(self) -> str:
        return _with_bodies(self.text, self.documents)

    @property
    def source_names(self) -> tuple[str, ...]:
        return (self.from_name,) if self.from_name else ()


class Add(Copy):
    checksum: str = ""
    keep_git_dir: bool | None = None
    unpack: bool | None = None


class Env(Instruction):
    pairs: tuple[tuple[str, str], ...]


class Arg(Instruction):
    """ARG: name and default; the default is None where none is given."""

    pairs: tuple[tuple[str, str | None], ...]


class Label(Instruction):
    pairs: tuple[tuple[str, str], ...]


class Workdir(Instruction):
    path: str


class User(Instruction):
    user: str


class Shell(Instruction):
    command: tuple[str, ...]


class Cmd(Instruction):
    command: tuple[str, ...]
    json_form: bool


class Entrypoint(Instruction):
    command: tuple[str, ...]
    json_form: bool


class Expose(Instruction):
    ports: tuple[str, ...]


class Volume(Instruction):
    paths: tuple[str, ...]


class Stopsignal(Instruction):
    signal: str


class Maintainer(Instruction):
    maintainer: str


class Healthcheck(Instruction):
    """kind: NONE, CMD or CMD-SHELL. options: the flags as given, by name."""

    kind: str
    command: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()


class Onbuild(Instruction):
    trigger: str  # the instruction after ONBUILD, heredoc bodies on the lines below


def _with_bodies(text: str, heredocs: tuple[Heredoc, ...]) -> str:
    return text + "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in heredocs)
