"""A git diff as edits of a tree: the after side of `--diff`, without touching a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from layerscope.context.tree import Directory, File, Link, Node, lookup
from layerscope.errors import InputError

_HEADER = b"diff --git "
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b'"': b'"', b"\\": b"\\", b"a": b"\a", b"b": b"\b", b"f": b"\f"}
_NO_NEWLINE = b"\\ No newline at end of file"


@dataclass
class _Hunk:
    """One hunk: where it starts in the old file (1-based), and its lines with their sign."""

    old_start: int
    line: int
    lines: list[tuple[bytes, bytes]] = field(default_factory=list)


@dataclass
class FileDiff:
    """What a diff says of one file. Paths are relative to the repository, None where the file is not there."""

    line: int
    old_path: str | None
    new_path: str | None
    new_mode: str | None = None
    binary: bool = False
    hunks: list[_Hunk] = field(default_factory=list)


@dataclass(frozen=True)
class AppliedDiff:
    """The edits of a tree, and the new bytes of every text file that changed."""

    edits: dict[str, Node | None]
    contents: dict[str, bytes]


def parse_diff(data: bytes, name: str) -> list[FileDiff]:
    """The files of a `git diff`. Raises InputError with the line for what is none."""
    files: list[FileDiff] = []
    lines = data.split(b"\n")
    at = 0
    while at < len(lines):
        line = lines[at].rstrip(b"\r")
        at += 1
        if line.startswith(_HEADER):
            files.append(_new_file(line[len(_HEADER) :], at))
            continue
        if not files:
            if line.strip() and line.startswith((b"@@", b"+++", b"---")):
                raise InputError("is no git diff: it lacks `diff --git` lines", name, at)
            continue
        current = files[-1]
        hunk = _HUNK.match(line)
        if hunk:
            at = _read_hunk(current, hunk, lines, at, name)
        else:
            _read_extended(current, line)
    if not files and data.strip():
        raise InputError("is no git diff: it has no `diff --git` line", name, 1)
    return files


def apply_diff(
    root: Directory, files: list[FileDiff], prefix: str, read: Callable[[str], bytes], name: str
) -> AppliedDiff:
    """The edits a diff makes in a tree.

    prefix: the folder of the repository the tree is (`""` is the repository itself); files outside are left out.
    read: the bytes of a file of the tree. Raises InputError where a hunk does not apply.
    """
    edits: dict[str, Node | None] = {}
    contents: dict[str, bytes] = {}
    for diff in files:
        old, new = _inside(diff.old_path, prefix), _inside(diff.new_path, prefix)
        if old is not None and old != new:
            edits[old] = None
        if new is None:
            continue
        there = lookup(root, old) if old is not None else None
        mode = _mode(diff.new_mode, there)
        if diff.binary:
            edits[new] = File(mode, None, digest=f"changed:{new}")
            continue
        if isinstance(there, Link) or diff.new_mode == "120000":
            base = there.target.encode("utf-8", "surrogateescape") if isinstance(there, Link) else b""
            edits[new] = Link(_patched(base, diff, name).decode("utf-8", "surrogateescape"))
            continue
        if isinstance(there, File) and not diff.hunks:
            edits[new] = there.with_metadata(mode, there.owner)
            continue
        content = _patched(read(old) if isinstance(there, File) and old is not None else b"", diff, name)
        contents[new] = content
        edits[new] = File(mode, len(content), digest=f"sha256:{sha256(content).hexdigest()}")
    return AppliedDiff(edits, contents)


def _new_file(names: bytes, line: int) -> FileDiff:
    """Both names of the header. Bare ones may hold blanks: they are equal but for a rename, which names them anew."""
    quoted = _QUOTED.findall(names)
    if len(quoted) == 2:
        old, new = map(_unquoted, quoted)
    elif quoted:
        bare = _QUOTED.sub(b"", names, count=1).strip()
        old, new = (_unquoted(quoted[0]), bare) if names.startswith(b'"') else (bare, _unquoted(quoted[0]))
    else:
        half = (len(names) - 1) // 2
        old, new = names[:half], names[half + 1 :]
        if _stripped(old) != _stripped(new):
            old, _, new = names.partition(b" b/")
            new = b"b/" + new
    return FileDiff(line, _stripped(old), _stripped(new))


def _read_extended(current: FileDiff, line: bytes) -> None:
    if line.startswith((b"new file mode ", b"new mode ")):
        current.new_mode = line.split()[-1].decode("ascii", "replace")
        if line.startswith(b"new file"):
            current.old_path = None
    elif line.startswith(b"deleted file mode "):
        current.new_path = None
    elif line.startswith(b"rename from "):
        current.old_path = _named(line[12:])
    elif line.startswith((b"rename to ", b"copy to ")):
        current.new_path = _named(line.split(b" ", 2)[2])
    elif line.startswith(b"copy from "):
        current.old_path = None  # the source stays; the copy's hunks are over it, so its bytes are new
        current.binary = True
    elif line.startswith((b"Binary files ", b"GIT binary patch")):
        current.binary = True


def _read_hunk(current: FileDiff, header: re.Match[bytes], lines: list[bytes], at: int, name: str) -> int:
    hunk = _Hunk(int(header[1]), at)
    old, new = (int(header[2]) if header[2] else 1), (int(header[4]) if header[4] else 1)
    while old > 0 or new > 0:
        if at >= len(lines):
            raise InputError("the diff ends in the middle of a hunk", name, at)
        line = lines[at]
        at += 1
        sign, text = line[:1] or b" ", line[1:]
        if sign == b"\\":
            _drop_newline(hunk)
            continue
        if sign not in b" +-":
            raise InputError("a hunk has a line without ` `, `+` or `-`", name, at)
        old -= sign != b"+"
        new -= sign != b"-"
        hunk.lines.append((sign, text + b"\n"))
    while at < len(lines) and lines[at].startswith(_NO_NEWLINE):
        _drop_newline(hunk)
        at += 1
    current.hunks.append(hunk)
    return at


def _drop_newline(hunk: _Hunk) -> None:
    sign, text = hunk.lines[-1]
    hunk.lines[-1] = (sign, text.removesuffix(b"\n"))


def _patched(content: bytes, diff: FileDiff, name: str) -> bytes:
    lines = _split(content)
    out: list[bytes] = []
    at = 0
    for hunk in diff.hunks:
        start = hunk.old_start - 1 if any(sign != b"+" for sign, _ in hunk.lines) else hunk.old_start
        out += lines[at:start]
        at = start
        for sign, text in hunk.lines:
            if sign == b"+":
                out.append(text)
                continue
            if at >= len(lines) or lines[at].rstrip(b"\r\n") != text.rstrip(b"\r\n"):
                raise InputError(f"the diff does not apply to {diff.old_path} at line {at + 1}", name, hunk.line)
            if sign == b" ":
                out.append(lines[at])
            at += 1
    return b"".join([*out, *lines[at:]])


def _split(content: bytes) -> list[bytes]:
    """Lines end at a newline only: a lone carriage return is text, as git has it."""
    parts = content.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _mode(mode: str | None, there: Node | None) -> int:
    if mode is None:
        return there.mode if isinstance(there, File) else 0o644
    bits = there.mode & ~0o111 if isinstance(there, File) else 0o644
    return bits | ((bits & 0o444) >> 2) if mode == "100755" else bits


def _inside(path: str | None, prefix: str) -> str | None:
    if path is None or not prefix:
        return path
    return path[len(prefix) + 1 :] if path.startswith(prefix + "/") else None


def _named(word: bytes) -> str:
    word = _unquoted(word[1:-1]) if word.startswith(b'"') and word.endswith(b'"') else word
    return word.decode("utf-8", "surrogateescape")


def _stripped(path: bytes) -> str:
    """Without the `a/` or `b/` that git puts in front."""
    return path.partition(b"/")[2].decode("utf-8", "surrogateescape")


def _unquoted(text: bytes) -> bytes:
    return b"".join(_characters(text))


def _characters(text: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(text):
        if text[at : at + 1] != b"\\":
            yield text[at : at + 1]
            at += 1
        elif text[at + 1 : at + 4].isdigit():
            yield bytes([int(text[at + 1 : at + 4], 8) & 0xFF])
            at += 4
        else:
            yield _ESCAPES.get(text[at + 1 : at + 2], text[at + 1 : at + 2])
            at += 2
