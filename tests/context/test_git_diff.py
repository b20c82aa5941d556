"""Diffs: read and applied as git has them, and whatever is wrong with one is an InputError."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.context.git.apply import AppliedDiff, apply_diff
from layerscope.context.git.diff import parse_diff
from layerscope.context.paths import with_entries
from layerscope.context.tree import EMPTY, File, Link
from layerscope.errors import InputError

FILES = {"a": b"1\n2\n3\n", "b/x": b"x\n", "a b": b"blank\n", "é": b"e\n", "bin": b"\0"}
TREE = with_entries(
    EMPTY,
    {
        **{path: File(0o644, len(data), digest=f"sha256:{sha256(data).hexdigest()}") for path, data in FILES.items()},
        "link": Link("a"),
    },
)


def applied(diff: bytes) -> AppliedDiff:
    return apply_diff(TREE, parse_diff(diff, "patch"), FILES.get, "patch", lambda _path: True)


def left(diff: bytes) -> dict[str, bytes | None]:
    """What the diff leaves at the paths it touches."""
    done = applied(diff)
    return {path: None if node is None else done.content(path) for path, node in done.nodes.items()}


HUNK = b"@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n"
GOOD: dict[str, tuple[bytes, dict[str, bytes | None]]] = {
    "empty": (b"", {}),
    "prefixes": (b"diff --git a/a b/a\n--- a/a\n+++ b/a\n" + HUNK, {"a": b"1\ntwo\n3\n"}),
    "reversed prefixes": (b"diff --git b/a a/a\n--- b/a\n+++ a/a\n" + HUNK, {"a": b"1\ntwo\n3\n"}),
    "mnemonic": (b"diff --git i/a w/a\n--- i/a\n+++ w/a\n" + HUNK, {"a": b"1\ntwo\n3\n"}),
    "no prefix": (b"diff --git a a\n--- a\n+++ a\n" + HUNK, {"a": b"1\ntwo\n3\n"}),
    "no prefix below b": (b"diff --git b/x b/x\n--- b/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n", {"b/x": b"y\n"}),
    "a blank": (b"diff --git a/a b b/a b\n--- a/a b\t\n+++ b/a b\t\n@@ -1 +1 @@\n-blank\n+y\n", {"a b": b"y\n"}),
    "quoted": (b'diff --git "a/\\303\\251" "b/\\303\\251"\n@@ -1 +1 @@\n-e\n+f\n', {"é": b"f\n"}),
    "rename": (
        b"diff --git a/a b/c\nsimilarity index 100%\nrename from a\nrename to c\n",
        {"c": FILES["a"], "a": None},
    ),
    "exchange": (
        b"diff --git b/x a\nrename from b/x\nrename to a\ndiff --git a b/x\nrename from a\nrename to b/x\n",
        {"a": b"x\n", "b/x": FILES["a"]},
    ),
    "copy": (b"diff --git a/a b/c\ncopy from a\ncopy to c\n" + HUNK, {"c": b"1\ntwo\n3\n"}),
    "new": (b"diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+n\n", {"n": b"n\n"}),
    "gone": (
        b"diff --git a/b/x b/b/x\ndeleted file mode 100644\n--- a/b/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
        {"b/x": None},
    ),
    "mode": (b"diff --git a/a b/a\nold mode 100644\nnew mode 100755\n", {"a": FILES["a"]}),
    "no newline": (b"diff --git a/b/x b/b/x\n@@ -1 +1 @@\n-x\n+y\n\\ No newline at end of file\n", {"b/x": b"y"}),
    "a link's target": (
        b"diff --git a/link b/link\n@@ -1 +1 @@\n-a\n+z\n\\ No newline at end of file\n",
        {"link": b"z"},
    ),
    "a mail": (
        b"From 1 Mon Sep 17\nSubject: x\n\ntext\n---\n a | 2 +-\n\ndiff --git a/a b/a\n" + HUNK + b"-- \n2.39.5\n\n",
        {"a": b"1\ntwo\n3\n"},
    ),
    "a series": (
        b"---\n\ndiff --git a/a b/a\n" + HUNK + b"-- \n2\n\nFrom 2\nrename from old times\n---\n\ndiff --git a/a b/a\n"
        b"@@ -1,2 +1,2 @@\n 1\n-two\n+2!\n",
        {"a": b"1\n2!\n3\n"},
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_git_writes(name: str) -> None:
    diff, expected = GOOD[name]
    assert left(diff) == expected


@pytest.mark.parametrize(
    ("diff", "message"),
    [
        (b"diff --git \n", "names of the file are not clear"),
        (b"diff --git a/ b/\n", "not clear"),
        (b"diff --git old/a new/a\n" + HUNK, "not clear"),
        (b"diff --git a/a b/a\n--- a/other\n+++ b/a\n" + HUNK, "not clear"),
        (b"diff --git a/../a b/../a\n" + HUNK, "not clear"),
        (b'diff --git "a/\\899" "b/\\899"\n' + HUNK, "changes 899, which is not there"),
        (b"diff --git a/a b/a\n@@ -1 +1 @@\n\\ No newline at end of file\n", "a hunk begins with"),
        (b"diff --git a/a b/a\n@@ -0,1 +1 @@\n-1\n+x\n", "does not apply to a at line 0"),
        (b"diff --git a/a b/a\n@@ -9,0 +9 @@\n+x\n", "does not apply to a at line 10"),
        (b"diff --git a/a b/a\n@@ what @@\n", "no line numbers"),
        (b"diff --cc a\n@@@ -1 -1 +1 @@@\n", "combined diff"),
        (b"diff --git a/a b/a\n" + HUNK + b"--- a/b\n+++ b/b\n@@ -1 +1 @@\n-x\n+y\n", "lacks `diff --git`"),
        (b"diff --git a/a b/a\n@@ -1,2 +1,2 @@\n 1\n-two\n+2\n", "the context already has this change of a"),
        (b"diff --git a/b/x b/b/x\nnew file mode 100644\n@@ -0,0 +1 @@\n+x\n", "already has this change of b/x"),
        (b"diff --git a/b/x b/b/x\nnew file mode 100644\n@@ -0,0 +1 @@\n+y\n", "adds b/x, which is there already"),
        (b"diff --git a/n b/n\ndeleted file mode 100644\n", "already has this change of n"),
        (b"diff --git a/n b/n\nold mode 100644\nnew mode 100755\n", "changes n, which is not there"),
        (b"diff --git a/b b/b\n@@ -1 +1 @@\n-x\n+y\n", "changes b, which is no file"),
    ],
)
def test_what_is_refused(diff: bytes, message: str) -> None:
    with pytest.raises(InputError) as refused:
        applied(diff)
    assert message in str(refused.value)


LINES = sorted({line for diff, _ in GOOD.values() for line in diff.split(b"\n")})


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A diff with lines dropped, doubled, exchanged and overwritten."""
    lines = draw(st.sampled_from([diff for diff, _ in GOOD.values()])).split(b"\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines)))
        what = draw(st.sampled_from(["drop", "insert", "bytes"]))
        if what == "drop":
            lines[at : at + 1] = []
        elif what == "insert":
            lines.insert(at, draw(st.sampled_from(LINES)))
        elif at < len(lines):
            cut = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:cut] + draw(st.binary(max_size=4)) + lines[at][cut + draw(st.integers(0, 3)) :]
    return b"\n".join(lines)


@given(mutated())
def test_no_diff_is_a_crash(diff: bytes) -> None:
    with suppress(InputError):
        done = applied(diff)
        for path in done.nodes:
            with suppress(InputError):
                done.content(path)
        with_entries(TREE, done.nodes)
