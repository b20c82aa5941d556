"""Reads what `git diff` writes: the files of a diff, their names and their hunks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from layerscope.context.paths import clean
from layerscope.errors import InputError
from layerscope.values import Entity, field, replace

_HEADER = b"diff --git "
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_TWO_QUOTED = re.compile(_QUOTED.pattern + b" " + _QUOTED.pattern)
_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_OCTAL = re.compile(rb"[0-7]{1,3}")
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_NO_NEWLINE = b"\\ No newline at end of file"
# What git puts in front of both names: its default, and what diff.mnemonicPrefix has; either way round for `-R`.
_PAIRS = (("a", "b"), ("i", "w"), ("c", "i"), ("c", "w"), ("o", "w"), ("1", "2"))
_PREFIXES = frozenset((f"{x}/", f"{y}/") for pair in _PAIRS for x, y in (pair, pair[::-1]))


class Hunk(Entity):
    """One hunk: where it starts in either file (1-based), its line in the diff, and its lines with their sign."""

    old_start: int
    new_start: int
    line: int
    lines: list[tuple[bytes, bytes]] = field(default_factory=list)


class FileDiff(Entity):
    """What a diff says of one file. Paths are as the diff has them, None where the file is not there."""

    line: int
    old_path: str | None = None
    new_path: str | None = None
    new_mode: str | None = None
    copied: bool = False
    binary: bool = False
    submodule: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path in (self.old_path, self.new_path) if path is not None]

    def moved_below(self, folder: str) -> FileDiff:
        """The same of paths relative to a folder."""
        old, new = (None if path is None else f"{folder}/{path}" for path in (self.old_path, self.new_path))
        return replace(self, old_path=old, new_path=new)


class _Section(Entity):
    """A file of the diff while it is read: the names as they stand there, to be held against each other."""

    diff: FileDiff
    header: bytes
    old_line: str | None = None  # of `---`
    new_line: str | None = None  # of `+++`
    moved_from: str | None = None
    moved_to: str | None = None
    comes: bool = False
    goes: bool = False


def parse_diff(data: bytes, name: str) -> list[FileDiff]:
    """The files of a `git diff`, or of `git format-patch`. Raises InputError with the line for what is none."""
    sections: list[_Section] = []
    lines = data.split(b"\n")
    at = 0
    while at < len(lines):
        line = lines[at].rstrip(b"\r")
        at += 1
        if line.startswith(_HEADER):
            sections.append(_Section(FileDiff(at), line[len(_HEADER) :]))
        elif line.startswith((b"diff --cc ", b"diff --combined ")):
            raise InputError("is the combined diff of a merge: name the side, as in `git diff main`", name, at)
        elif line.startswith(b"--- ") and _is_named_without_git(lines, at, sections):
            raise InputError("is no git diff: it lacks `diff --git` lines", name, at)
        elif not sections:
            continue  # the mail around a patch
        elif hunk := _HUNK.match(line):
            at = _read_hunk(sections[-1].diff, hunk, lines, at, name)
        elif not sections[-1].diff.hunks:
            _read_extended(sections[-1], line, name, at)
    if not sections and data.strip():
        raise InputError("is no git diff: it has no `diff --git` line", name, 1)
    return [_named(section, name) for section in sections]


def _is_named_without_git(lines: list[bytes], at: int, sections: list[_Section]) -> bool:
    """Whether a file begins here without a `diff --git` line: `---`, `+++` and a hunk in a row."""
    if sections and not sections[-1].diff.hunks:
        return False
    following = lines[at : at + 2]
    return len(following) == 2 and following[0].startswith(b"+++ ") and following[1].startswith(b"@@")


def _read_extended(section: _Section, line: bytes, name: str, at: int) -> None:
    diff = section.diff
    if line.startswith((b"new file mode ", b"new mode ")):
        diff.new_mode = line.split()[-1].decode("ascii", "replace")
        section.comes |= line.startswith(b"new file")
    elif line.startswith(b"deleted file mode "):
        section.goes = True
        diff.submodule |= line.endswith(b" 160000")
    elif line.startswith((b"rename from ", b"copy from ")):
        section.moved_from = _path(line.split(b" ", 2)[2])
        diff.copied = line.startswith(b"copy")
    elif line.startswith((b"rename to ", b"copy to ")):
        section.moved_to = _path(line.split(b" ", 2)[2])
    elif line.startswith((b"Binary files ", b"GIT binary patch")):
        diff.binary = True
    elif line.startswith(b"--- "):
        section.old_line = _path(line[4:].removesuffix(b"\t"))
    elif line.startswith(b"+++ "):
        section.new_line = _path(line[4:].removesuffix(b"\t"))
    elif line.startswith(b"@@"):
        raise InputError("a hunk has no line numbers", name, at)
    diff.submodule |= diff.new_mode == "160000" or (line.startswith(b"index ") and line.endswith(b" 160000"))


def _read_hunk(current: FileDiff, header: re.Match[bytes], lines: list[bytes], at: int, name: str) -> int:
    hunk = Hunk(int(header[1]), int(header[3]), at)
    old, new = (int(header[2]) if header[2] else 1), (int(header[4]) if header[4] else 1)
    while old > 0 or new > 0:
        if at >= len(lines):
            raise InputError("the diff ends in the middle of a hunk", name, at)
        line = lines[at]
        at += 1
        sign, text = line[:1] or b" ", line[1:]
        if sign == b"\r":  # an empty line that lost its blank
            sign, text = b" ", line
        if sign == b"\\":
            _drop_newline(hunk, name, at)
            continue
        if sign not in b" +-":
            raise InputError("a hunk has a line without ` `, `+` or `-`", name, at)
        old -= sign != b"+"
        new -= sign != b"-"
        hunk.lines.append((sign, text + b"\n"))
    while at < len(lines) and lines[at].startswith(_NO_NEWLINE):
        at += 1
        _drop_newline(hunk, name, at)
    current.hunks.append(hunk)
    return at


def _drop_newline(hunk: Hunk, name: str, at: int) -> None:
    if not hunk.lines:
        raise InputError("a hunk begins with `\\ No newline at end of file`", name, at)
    sign, text = hunk.lines[-1]
    hunk.lines[-1] = (sign, text.removesuffix(b"\n"))


def _named(section: _Section, name: str) -> FileDiff:
    """The file with its paths. Names that a rename does not spell out have prefixes only as a known pair."""
    diff = section.diff
    unclear = InputError(
        "the names of the file are not clear; `git diff` with its own prefixes has them", name, diff.line
    )
    if (section.moved_from is None) != (section.moved_to is None):
        raise unclear
    if section.moved_from is not None and section.moved_to is not None:
        old, new = section.moved_from, section.moved_to
    else:
        written = _header_names(section.header)
        if written is None:
            raise unclear
        for word, expected in zip((section.old_line, section.new_line), written, strict=True):
            if word not in {None, expected, "/dev/null"}:
                raise unclear
        old, new = _without_prefixes(*written)
        if old != new:
            raise unclear
    for path in (old, new):
        if not path or path != clean(path) or "\0" in path:
            raise unclear
    diff.old_path = None if section.comes or section.old_line == "/dev/null" else old
    diff.new_path = None if section.goes or section.new_line == "/dev/null" else new
    if not diff.paths:
        raise unclear
    return diff


def _header_names(words: bytes) -> tuple[str, str] | None:
    """Both names of the header. Bare ones may hold blanks: both are equally long, but for a rename."""
    quoted = _TWO_QUOTED.fullmatch(words)
    if quoted:
        return _decoded(_unquoted(quoted[1])), _decoded(_unquoted(quoted[2]))
    half = len(words) // 2
    if len(words) % 2 == 0 or words[half : half + 1] != b" ":
        return None
    return _decoded(words[:half]), _decoded(words[half + 1 :])


def _without_prefixes(old: str, new: str) -> tuple[str, str]:
    if (old[:2], new[:2]) in _PREFIXES:
        return old[2:], new[2:]
    return old, new


def _path(word: bytes) -> str:
    quoted = _QUOTED.fullmatch(word)
    return _decoded(_unquoted(quoted[1]) if quoted else word)


def _decoded(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _unquoted(text: bytes) -> bytes:
    return b"".join(_characters(text))


def _characters(text: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(text):
        if text[at : at + 1] != b"\\":
            yield text[at : at + 1]
            at += 1
        elif octal := _OCTAL.match(text, at + 1):
            yield bytes([int(octal[0], 8) & 0xFF])
            at = octal.end()
        else:
            yield _ESCAPES.get(text[at + 1 : at + 2], text[at + 1 : at + 2])
            at += 2
