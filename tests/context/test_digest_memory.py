"""Remembered digests change how long an answer takes, never it: whatever is edited, damaged or written at once."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures_path import FIXTURES

from layerscope.context import digest_memory
from layerscope.context.digest_memory import DigestMemory
from layerscope.context.directory import read_directory
from layerscope.context.paths import files_below, lookup
from layerscope.context.tree import Directory, File, differences
from layerscope.graph.files.filesystem import Match, compare

SETTLING = 20_000_000  # ns; more than a tick of any clock that tests run on
WAIT = 0.03  # seconds after which files count as settled
ROUNDS = 7


def digests(root: Path, remember: DigestMemory | bool) -> dict[str, str]:
    tree = read_directory(str(root), remember=remember)
    return {path: node.digest for path, node in files_below(tree) if isinstance(node, File)}


def memory(folder: Path) -> DigestMemory:
    return DigestMemory(str(folder), settling=SETTLING)


def make(root: Path, rng: random.Random, count: int = 12) -> None:
    for number in range(count):
        path = root / f"d{number % 3}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.choice([b"", b"a", b"b", b"aaaaa", b"bbbbb"]))


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def rewritten(root: Path, rng: random.Random) -> None:
    """Other bytes of the same size and mtime: only ctime tells, and in the same tick not even that."""
    path = rng.choice(files(root))
    status = path.stat()
    path.write_bytes(bytes(rng.choice(b"ab") for _ in range(status.st_size)))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replaced(root: Path, rng: random.Random) -> None:
    """Another inode with the same size and mtime."""
    path = rng.choice(files(root))
    status = path.stat()
    new = path.with_name("new")
    new.write_bytes(bytes(rng.choice(b"ab") for _ in range(status.st_size)))
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    new.rename(path)


def renamed(root: Path, rng: random.Random) -> None:
    path = rng.choice(files(root))
    path.rename(path.parent.parent / f"d{rng.randrange(3)}" / f"f{rng.randrange(15)}")


def swapped(root: Path, rng: random.Random) -> None:
    """Two directories change places: no inode and no time of a file does."""
    (root / "d0").rename(root / "aside")
    other = root / f"d{rng.randrange(1, 3)}"
    other.rename(root / "d0")
    (root / "aside").rename(other)


def removed(root: Path, rng: random.Random) -> None:
    if len(files(root)) > 3:
        rng.choice(files(root)).unlink()


def linked(root: Path, rng: random.Random) -> None:
    path = rng.choice(files(root))
    target = path.with_name(f"l{rng.randrange(3)}")
    if target != path:
        target.unlink(missing_ok=True)
        target.hardlink_to(path)


def chmodded(root: Path, rng: random.Random) -> None:
    rng.choice(files(root)).chmod(rng.choice([0o600, 0o644, 0o755]))


EDITS: list[Callable[[Path, random.Random], None]] = [
    *(rewritten, rewritten, replaced, renamed, swapped, removed, linked, chmodded)
]


@pytest.mark.parametrize("seed", range(25))
def test_what_is_remembered_is_what_is_there(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    root = tmp_path / "context"
    make(root, rng)
    for _ in range(ROUNDS):
        used = memory(tmp_path / "cache")
        assert digests(root, used) == digests(root, False)
        used.save()
        if rng.random() < 0.5:
            time.sleep(WAIT)
        for _ in range(rng.randrange(3)):
            rng.choice(EDITS)(root, rng)


@pytest.mark.parametrize("seed", range(25))
def test_two_directories_compare_as_without_it(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    before, after = tmp_path / "before", tmp_path / "after"
    make(before, rng)
    make(after, random.Random(seed))
    for _ in range(ROUNDS):
        rng.choice(EDITS)(rng.choice([before, after]), rng)
        if rng.random() < 0.7:
            time.sleep(WAIT)
        used = memory(tmp_path / "cache")
        found: list[tuple[Match, list[str]]] = []
        for remember in (used, False):
            sides = [read_directory(str(side), remember=remember) for side in (before, after)]
            found.append((compare(*sides), list(differences(*sides))))
        assert found[0] == found[1]
        used.save()


@pytest.fixture
def remembered(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A context, and the file in which its digests are."""
    root = tmp_path / "context"
    make(root, random.Random(1))
    time.sleep(WAIT)
    used = memory(tmp_path / "cache")
    digests(root, used)
    used.save()
    (file,) = (tmp_path / "cache").iterdir()
    yield root, file


def test_nothing_is_read_twice(remembered: tuple[Path, Path]) -> None:
    root, file = remembered
    tree = read_directory(str(root), remember=memory(file.parent))
    path = next(path for path, node in files_below(tree) if isinstance(node, File) and node.size)
    expected = f"sha256:{hashlib.sha256((root / path).read_bytes()).hexdigest()}"
    (root / path).unlink()
    node = lookup(tree, path)
    assert isinstance(node, File) and node.digest == expected


def test_a_file_that_changed_a_moment_ago_is_not_remembered(tmp_path: Path) -> None:
    root = tmp_path / "context"
    make(root, random.Random(1))
    used = DigestMemory(str(tmp_path / "cache"), settling=3600 * 10**9)
    digests(root, used)
    used.save()
    assert not (tmp_path / "cache").exists()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut short": lambda data: data[: len(data) // 2],
    "one bit": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "one bit of a length": lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
    "not ours": lambda data: b"layerscope digests 9\n" + data,
    "noise": lambda data: random.Random(1).randbytes(len(data)),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_memory_is_passed_over_and_replaced(kind: str, remembered: tuple[Path, Path]) -> None:
    root, file = remembered
    whole = file.read_bytes()
    file.write_bytes(DAMAGE[kind](whole))
    used = memory(file.parent)
    assert digests(root, used) == digests(root, False)
    used.save()
    assert file.read_bytes() == whole


def test_the_memory_of_another_context_is_not_used(remembered: tuple[Path, Path], tmp_path: Path) -> None:
    _, file = remembered
    other = tmp_path / "other"
    make(other, random.Random(2))
    time.sleep(WAIT)
    used = memory(file.parent)
    digests(other, used)
    used.save()
    others = next(path for path in file.parent.iterdir() if path != file)
    others.write_bytes(file.read_bytes())
    assert digests(other, memory(file.parent)) == digests(other, False)


def test_what_others_may_write_is_not_used(remembered: tuple[Path, Path]) -> None:
    root, file = remembered
    file.chmod(0o666)
    before = file.read_bytes()
    used = memory(file.parent)
    digests(root, used)
    used.save()
    assert file.stat().st_mode & 0o777 == 0o600 and file.read_bytes() == before  # made anew


def test_where_it_cannot_be_written_nothing_is_said(tmp_path: Path) -> None:
    root = tmp_path / "context"
    make(root, random.Random(1))
    time.sleep(WAIT)
    (tmp_path / "cache").write_text("a file")
    used = memory(tmp_path / "cache")
    assert digests(root, used) == digests(root, False)
    used.save()
    assert (tmp_path / "cache").read_text() == "a file"


@pytest.mark.parametrize("place", ["context", "context/.cache", "context/d0"])
def test_it_is_never_written_into_a_context(place: str, tmp_path: Path) -> None:
    root = tmp_path / "context"
    make(root, random.Random(1))
    other = tmp_path / "other"
    make(other, random.Random(1))
    time.sleep(WAIT)
    before = files(tmp_path)
    used = memory(tmp_path / place)
    read_directory(str(root), remember=used)  # a context that nothing is read of counts too
    digests(other, used)
    used.save()
    assert files(tmp_path) == before


def test_writers_at_once_leave_one_whole_file(remembered: tuple[Path, Path]) -> None:
    root, file = remembered
    (root / "d0" / "f0").write_bytes(b"other")
    time.sleep(WAIT)
    writers = [memory(file.parent) for _ in range(3)]
    for writer in writers:
        digests(root, writer)
    for writer in writers:
        writer.save()
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    tree = read_directory(str(root), remember=memory(file.parent))
    assert isinstance(tree.children["d0"], Directory) and digests(root, memory(file.parent)) == digests(root, False)


def test_it_is_bounded_and_what_killed_writers_left_goes(
    remembered: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, file = remembered
    old, left, recent = (file.with_name(name) for name in ("0" * 32, "1.part", "2.part"))
    for path in (old, left, recent):
        path.write_bytes(b"x" * 100)
    for path in (old, left):
        os.utime(path, (1, 1))
    monkeypatch.setattr(digest_memory, "_MAX_ALL", file.stat().st_size + 150)
    (root / "d0" / "f0").write_bytes(b"other")
    time.sleep(WAIT)
    used = memory(file.parent)
    digests(root, used)
    used.save()
    assert sorted(path.name for path in file.parent.iterdir()) == sorted([file.name, recent.name])


@pytest.mark.parametrize(("words", "kept"), [([], True), (["--no-store"], False)])
def test_the_command_line_remembers_unless_told(words: list[str], kept: bool, tmp_path: Path) -> None:
    before, after = FIXTURES / "sinatra" / "before", FIXTURES / "sinatra" / "after"
    program = [sys.executable, "-c", "from layerscope.cli.entry import main; main()"]
    done = subprocess.run(
        [*program, "simulate", before, "--after", after, "--format", "json", *words],
        env={**os.environ, "LAYERSCOPE_CACHE": str(tmp_path)}, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout
    assert bool(files(tmp_path)) is kept
