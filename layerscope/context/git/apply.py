"""Applies a git diff to a tree, without touching a file: the after side of `--diff`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from layerscope.context.git.diff import FileDiff, Hunk
from layerscope.context.paths import files_below, lookup
from layerscope.context.tree import Directory, EditedFile, File, Link, Node
from layerscope.errors import InputError
from layerscope.values import Value

_OPPOSITE = {b"+": b"-", b"-": b"+", b" ": b" "}
Read = Callable[[str], "bytes | None"]


class AppliedDiff(Value):
    """The nodes a diff leaves at the paths it touches, and the bytes of the files among them."""

    nodes: Mapping[str, Node | None]
    content: Callable[[str], bytes]


def apply_diff(
    root: Directory, files: Sequence[FileDiff], read: Read, name: str, reaches: Callable[[str], bool]
) -> AppliedDiff:
    """What a diff makes of a tree.

    read: the bytes of a file of the tree. reaches: whether the build may read a path; what lies elsewhere need not
    be at hand. Raises InputError where the diff does not apply.
    """
    applying = _Applying(root, read, name)
    refused: dict[str, InputError] = {}
    for diff in files:
        error = applying.attempt(diff)
        if error is not None and any(reaches(path) for path in diff.paths):
            raise error
        refused |= dict.fromkeys(diff.paths, error) if error is not None else {}

    def content(path: str) -> bytes:
        if path in refused:
            raise refused[path]
        found = applying.contents.get(path)
        if found is None:
            raise InputError(f"the bytes of {path} are not in the diff: it is binary", name)
        return found

    unknown = {path: EditedFile(0o644, None, digest=f"changed:{path}") for path in refused}
    return AppliedDiff({**applying.nodes, **unknown}, content)


class _Applying:
    """The state while the files of a diff are applied in turn; a series of patches may touch one file twice."""

    def __init__(self, root: Directory, read: Read, name: str) -> None:
        self.root = root
        self.read = read
        self.name = name
        self.nodes: dict[str, Node | None] = {}
        self.contents: dict[str, bytes] = {}

    def attempt(self, diff: FileDiff) -> InputError | None:
        """Apply it, or say why that cannot be."""
        try:
            self._apply(diff)
        except InputError as error:
            return error
        return None

    def _apply(self, diff: FileDiff) -> None:
        old, new = diff.old_path, diff.new_path
        # Renames and copies start from what was there before the diff, in whatever order they stand: as git has it.
        moved = old is not None and new is not None and old != new
        there = None if old is None else (lookup(self.root, old) if moved else self._at(old))
        self._check(diff, there)
        if old is not None and new is not None:
            self._write(diff, new, there, b"" if there is None else self._bytes(old, original=moved))
            if moved and not diff.copied and old not in self.contents:
                self.nodes[old] = None
        elif new is not None:
            self._write(diff, new, None, b"")
        elif old is not None:
            if diff.hunks and self._patched(self._bytes(old), diff):
                raise InputError(f"the diff removes {old}, which has more lines", self.name, diff.line)
            self._put(old, None)

    def _check(self, diff: FileDiff, there: Node | None) -> None:
        old, new = diff.old_path, diff.new_path
        if old is None and new is not None:
            found = self._at(new)
            if isinstance(found, (File, Link)):
                same = diff.hunks and self._bytes(new) == _patched(b"", diff.hunks)
                raise self._refusal(f"adds {new}, which is there already", diff, done=bool(same))
        elif there is None:
            done = new is None or (new != old and self._at(new) is not None)
            raise self._refusal(f"changes {old}, which is not there", diff, done=done)

    def _write(self, diff: FileDiff, path: str, there: Node | None, base: bytes) -> None:
        mode = _mode(diff.new_mode, there)
        if diff.submodule:
            self._put_submodule(path, there)
        elif diff.binary:
            self._put(path, EditedFile(mode, None, digest=f"changed:{path}"))
        elif isinstance(there, Link) or diff.new_mode == "120000":
            target = self._patched(base, diff)
            self._put(path, Link(target.decode("utf-8", "surrogateescape")), target)
        elif there is not None and not isinstance(there, File):
            raise self._refusal(f"changes {diff.old_path}, which is no file", diff)
        elif isinstance(there, File) and not diff.hunks:
            self._put(path, there.with_metadata(mode, there.owner), base)
        else:
            content = self._patched(base, diff)
            digest = f"sha256:{sha256(content).hexdigest()}"
            self._put(path, File(mode, len(content), digest=digest, source=lambda: content), content)

    def _put_submodule(self, path: str, there: Node | None) -> None:
        """The diff names another commit of it, and no files: all of them count as changed."""
        if isinstance(there, Directory):
            for name, node in files_below(there, path):
                mode = node.mode if isinstance(node, File) else 0o644
                self._put(name, EditedFile(mode, None, digest=f"changed:{name}"))
        else:
            self._put(path, EditedFile(0o755, None, digest=f"changed:{path}"))

    def _put(self, path: str, node: Node | None, content: bytes | None = None) -> None:
        self.nodes[path] = node
        self.contents.pop(path, None)
        if content is not None:
            self.contents[path] = content

    def _at(self, path: str) -> Node | None:
        return self.nodes[path] if path in self.nodes else lookup(self.root, path)

    def _bytes(self, path: str, *, original: bool = False) -> bytes:
        if not original and path in self.contents:
            return self.contents[path]
        node = lookup(self.root, path)
        if isinstance(node, Link):
            return node.target.encode("utf-8", "surrogateescape")
        return (self.read(path) if isinstance(node, File) else None) or b""

    def _patched(self, content: bytes, diff: FileDiff) -> bytes:
        patched = _patched(content, diff.hunks)
        if isinstance(patched, bytes):
            return patched
        hunk, line = patched
        reverse = [
            Hunk(h.new_start, h.old_start, h.line, [(_OPPOSITE[sign], text) for sign, text in h.lines])
            for h in diff.hunks
        ]
        done = isinstance(_patched(content, reverse), bytes)
        raise self._refusal(f"does not apply to {diff.old_path} at line {line}", diff, hunk.line, done=done)

    def _refusal(self, text: str, diff: FileDiff, line: int | None = None, *, done: bool = False) -> InputError:
        if done:
            path = diff.new_path or diff.old_path
            text = f"the context already has this change of {path}: use --since, or a diff of what is not there yet"
            return InputError(text, self.name, line or diff.line)
        return InputError(f"the diff {text}", self.name, line or diff.line)


def _patched(content: bytes, hunks: Sequence[Hunk]) -> bytes | tuple[Hunk, int]:
    """The content after the hunks, or the first that does not apply with the line where it does not."""
    lines = _split(content)
    out: list[bytes] = []
    at = 0
    for hunk in hunks:
        start = hunk.old_start - 1 if any(sign != b"+" for sign, _ in hunk.lines) else hunk.old_start
        if not at <= start <= len(lines):
            return hunk, start + 1
        out += lines[at:start]
        at = start
        for sign, text in hunk.lines:
            if sign == b"+":
                out.append(text)
                continue
            if at >= len(lines) or lines[at].rstrip(b"\r\n") != text.rstrip(b"\r\n"):
                return hunk, at + 1
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
