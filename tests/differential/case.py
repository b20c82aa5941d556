"""A case: the states that one build directory goes through, each built in turn."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import shutil
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

NETWORK = "none"  # of builds that name none: an engine in a container may have no other
Kind = Literal["file", "directory", "link", "pipe"]
# Of the builder, the classic one and what both share, and of the two clients that send them a context.
REPOSITORIES = (
    "moby/buildkit",
    "moby/moby",
    "moby/patternmatcher",
    "tonistiigi/fsutil",
    "docker/cli",
    "docker/buildx",
    "moby/go-archive",
)
_SOURCE = re.compile(rf"(?:{'|'.join(REPOSITORIES)}) [\w./-]+\.go [A-Za-z]\w*(?:\.[A-Za-z]\w*)?")


@dataclass(frozen=True)
class Entry:
    """What lies at a path. text: a file's content, a link's target. attributes: a file's extended ones, in order."""

    kind: Kind
    text: str = ""
    mode: int = 0o644
    attributes: tuple[tuple[str, str], ...] = ()


Files = Mapping[str, Entry]  # parents that are not listed are directories of mode 0755


def file(text: str, mode: int = 0o644, attributes: tuple[tuple[str, str], ...] = ()) -> Entry:
    return Entry("file", text, mode, attributes)


def link(target: str) -> Entry:
    return Entry("link", target)


def directory(mode: int = 0o755) -> Entry:
    return Entry("directory", mode=mode)


@dataclass(frozen=True)
class Build:
    """One build of the directory. touched: files that are written anew with the same bytes, hence a new time."""

    files: Files
    file: str | None = None  # -f, relative to the context
    target: str | None = None
    build_args: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()  # further words for `docker build`: `--no-cache`
    touched: frozenset[str] = frozenset()
    beside: Mapping[str, Files] = field(default_factory=dict)  # directories next to the context, by name
    contexts: tuple[tuple[str, str], ...] = ()  # --build-context: a directory of `beside`, or docker-image://…
    images: tuple[tuple[str, str], ...] = ()  # what images are called now: name → one of images.CATALOG
    cold: bool = False  # nothing that was built before is left

    @property
    def place_of_dockerfile(self) -> tuple[str, str]:
        """Its directory below the case's (`context`, or one beside it), and its path in there."""
        place, _, path = posixpath.normpath(posixpath.join("context", self.file or "Dockerfile")).partition("/")
        return place, path

    @property
    def dockerfile(self) -> str:
        place, path = self.place_of_dockerfile
        files = self.files if place == "context" else self.beside[place]
        return files[path].text if path in files else ""

    def word(self, text: str, root: Path) -> str:
        """A word of the options with the places of this build put in."""
        return text.replace("{context}", str(root / "context")).replace("{root}", str(root))

    def place(self, context: str, root: Path) -> str:
        """The value of a --build-context."""
        return context if ":" in context else str(root / context)


@dataclass(frozen=True)
class Case:
    """Builds of one directory, one after the other. changes: what was done, for people."""

    name: str
    builds: tuple[Build, ...]
    changes: tuple[str, ...] = ()
    open_steps: frozenset[str] = field(default=frozenset())  # names that only a build can decide


@dataclass(frozen=True)
class Rule:
    """What a recorded case shows: a sentence for people, and where the builders' source has it.

    sources: `OWNER/REPOSITORY PATH NAME` of a function or type; none where there is none to name.
    """

    text: str
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.text.split()) < 2 or not self.text.endswith("."):
            raise ValueError(f"a rule is a sentence that ends with a period, not {self.text!r}")
        for source in self.sources:
            if not _SOURCE.fullmatch(source):
                raise ValueError(f"a source is `OWNER/REPOSITORY PATH NAME`, not {source!r}")


def fingerprint(case: Case) -> str:
    """Equal for equal cases only: what an engine did with another case says nothing of this one."""
    text = json.dumps(asdict(case), sort_keys=True, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def with_build_arg(case: Case, name: str, value: str) -> Case:
    """The case with one more build argument in every build."""
    builds = (replace(build, build_args=(*build.build_args, (name, value))) for build in case.builds)
    return replace(case, builds=tuple(builds))


def lay_out_build(build: Build, root: Path) -> None:
    """Make `root` hold the context of a build, and the directories beside it."""
    lay_out(build.files, root / "context", build.touched)
    for name, files in build.beside.items():
        lay_out(files, root / name)


def lay_out(files: Files, root: Path, touched: frozenset[str] = frozenset()) -> None:
    """Make `root` hold exactly `files`. What is as it should be is left alone, as a user's editor would."""
    root.mkdir(parents=True, exist_ok=True)
    wanted = _with_parents(files)
    for path in sorted(_paths(root), reverse=True):
        here = root / path
        if path not in wanted or _kind(here) != wanted[path].kind:
            shutil.rmtree(here) if _kind(here) == "directory" else here.unlink()
    for path in sorted(wanted):
        _write(root / path, wanted[path], path in touched)


def read_back(root: Path) -> dict[str, Entry]:
    """The files of a directory, so that `lay_out` can make it again."""
    found: dict[str, Entry] = {}
    for path in _paths(root):
        here = root / path
        mode = stat.S_IMODE(here.lstat().st_mode)
        kind = _kind(here)
        if kind == "link":
            found[path] = link(str(here.readlink()))
        elif kind == "pipe":
            found[path] = Entry("pipe", mode=mode)
        elif kind == "file":
            text = here.read_bytes().decode("utf-8", "surrogateescape")
            found[path] = file(text, mode, tuple(sorted(_attributes(here).items())))
        elif mode != 0o755 or not any(here.iterdir()):
            found[path] = directory(mode)
    return found


def _with_parents(files: Files) -> dict[str, Entry]:
    wanted = dict(files)
    for path in files:
        parent = path.rpartition("/")[0]
        while parent:
            wanted.setdefault(parent, directory())
            parent = parent.rpartition("/")[0]
    return wanted


def _paths(root: Path) -> list[str]:
    found: list[str] = []
    for folder, directories, names in os.walk(root):
        inside = os.path.relpath(folder, root)
        found += [os.path.normpath(f"{inside}/{name}") for name in (*directories, *names)]
    return found


def _kind(path: Path) -> Kind:
    if path.is_symlink():
        return "link"
    if path.is_fifo():
        return "pipe"
    return "directory" if path.is_dir() else "file"


def _write(path: Path, entry: Entry, touched: bool) -> None:
    if entry.kind == "link":
        if touched or not path.is_symlink() or str(path.readlink()) != entry.text:
            path.unlink(missing_ok=True)
            path.symlink_to(entry.text)
        return
    if entry.kind == "directory":
        path.mkdir(exist_ok=True)
    elif entry.kind == "pipe":
        if not path.exists():
            os.mkfifo(path)
    else:
        content = entry.text.encode("utf-8", "surrogateescape")
        wanted = dict(entry.attributes)
        if touched or not path.exists() or path.read_bytes() != content or _attributes(path) != wanted:
            path.write_bytes(content)
            _set_attributes(path, wanted)
    if stat.S_IMODE(path.stat().st_mode) != entry.mode:
        path.chmod(entry.mode)


def _attributes(path: Path) -> dict[str, str]:
    """Those that a test may set."""
    names = [name for name in os.listxattr(path) if not name.startswith("system.")] if hasattr(os, "listxattr") else []
    return {name: os.getxattr(path, name).decode("utf-8", "surrogateescape") for name in names}


def _set_attributes(path: Path, wanted: Mapping[str, str]) -> None:
    there = _attributes(path)
    for name in there.keys() - wanted.keys():
        os.removexattr(path, name)
    for name, value in wanted.items():
        os.setxattr(path, name, value.encode("utf-8", "surrogateescape"))
