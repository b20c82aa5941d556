"""Ignore rules: lines, paths, and what is left; facts seen on the engine."""

from __future__ import annotations

import pytest

from layerscope.context.globs import GlobError, glob_regex
from layerscope.context.paths import files_below, with_entries
from layerscope.context.patterns import IgnoreFileError, PatternError, parse_ignore_file
from layerscope.context.tree import Directory, File
from layerscope.context.visible import visible


def tree(*paths: str) -> Directory:
    empty = Directory(0o755, children={}, token="root")
    nodes = {
        path.rstrip("/"): Directory(0o755, children={}) if path.endswith("/") else File(0o644, 1, digest=path)
        for path in paths
    }
    return with_entries(empty, nodes)


def left(rules: str, *paths: str) -> list[str]:
    """Files (and empty directories, with a slash) that are sent."""
    root = visible(tree(*paths), parse_ignore_file(rules.encode(), ".dockerignore"))
    found = [path for path, _ in files_below(root)]

    def empty(directory: Directory, path: str) -> None:
        for name, child in directory.children.items():
            if isinstance(child, Directory):
                empty(child, f"{path}{name}/")
                if not child.children:
                    found.append(f"{path}{name}/")

    empty(root, "")
    return sorted(found)


@pytest.mark.parametrize(
    ("rules", "paths", "expected"),
    [
        ("*.log", ["a.log", "d/x.log", "b"], ["b", "d/x.log"]),
        ("**/*.log", ["a.log", "d/x.log", "b"], ["b", "d/"]),
        ("node_modules", ["node_modules/a", "a/node_modules/b"], ["a/node_modules/b"]),
        ("**/node_modules", ["node_modules/a", "a/node_modules/b"], ["a/"]),
        ("d\n!d/y", ["d/x", "d/y", "d/z/y"], ["d/y"]),
        ("d/*", ["d/x"], ["d/"]),
        ("d/**", ["d/x"], ["d/"]),
        ("d", ["d/x"], []),
        ("*\n!a", ["a", "b", "c/a"], ["a"]),
        ("!a\n*", ["a", "b"], []),
        ("# c\n #x", ["#x", "c"], ["c"]),
        ("\\#x", ["#x"], []),
        ("./d/", ["d/x", "e"], ["e"]),
        ("/d", ["d/x", "e/d"], ["e/d"]),
        ("d/[!x].md", ["d/a.md", "d/x.md", "d/!.md"], ["d/a.md"]),
        ("d/[^x].md", ["d/a.md", "d/x.md"], ["d/x.md"]),
        ("**.log", ["a.log", "d/a.log", "d/b"], ["d/b"]),
        ("[[:digit:]x]", ["1", "x", ":", "d"], [":", "d"]),
        ("[[:^digit:]]", ["1", "x", "\u00e9"], ["1"]),
        ("[^[:space:]]", [" ", "x"], [" "]),
        ("[[:x]", [":", "[", "x", "y"], ["y"]),
        ("[a*b]", ["[b]", "ab]", "b]", "x]", "b"], ["b", "x]"]),
        ("\\d\\S[\\s\\w]\\.", ["1x .", "1xy.", "1 x.", "1xyz"], ["1 x.", "1xyz"]),
        ("\\ta\\z", ["\ta", "ta"], ["ta"]),
        ("**docs", ["docs/a", "xdocs", "d/docs"], ["d/"]),
        ("d/**/c.md", ["d/c.md", "d/e/f/c.md", "d/x"], ["d/e/f/", "d/x"]),
        (".", ["a"], ["a"]),
        ("/", ["a"], ["a"]),
        ("../x", ["x"], ["x"]),
        ("/../x", ["x"], []),
        ("A", ["a"], ["a"]),
        ("? ", ["a", "bb"], ["bb"]),
        ("a #b", ["a"], ["a"]),
        ("\ufeffa", ["a"], []),
        ("", ["a"], ["a"]),
    ],
)
def test_what_is_sent(rules: str, paths: list[str], expected: list[str]) -> None:
    assert left(rules, *paths) == expected


@pytest.mark.parametrize(("rules", "line"), [("a\n[", 2), ("!", 1), ("a\\", 1)])
def test_refused_lines_are_named(rules: str, line: int) -> None:
    with pytest.raises(PatternError) as caught:
        parse_ignore_file(rules.encode(), "f")
    assert isinstance(caught.value, IgnoreFileError)
    assert (caught.value.file, caught.value.line) == ("f", line)


@pytest.mark.parametrize(("path", "line"), [("d/x", 1), ("d/y", 2), ("e", None)])
def test_the_deciding_line(path: str, line: int | None) -> None:
    decided = parse_ignore_file(b"d\n!d/y\n", "f").deciding(path)
    assert (decided.line if decided else None) == line


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*.txt", "a.txt", True), ("*.txt", "d/a.txt", False), ("a?c", "abc", True), ("[a-c]", "b", True),
        ("[^a]", "b", True), ("[]a]", "a", None), ("[", "", None), ("[a", "a", None), ("\\*", "*", True),
        ("a\\", "", None),
        ("[-]", "-", None), ("[z-a]", "b", False), ("*", "", True),
    ],
)  # fmt: skip
def test_globs_are_go_s(pattern: str, name: str, matches: bool | None) -> None:
    if matches is None:
        with pytest.raises(GlobError):
            glob_regex(pattern)
    else:
        assert bool(glob_regex(pattern).match(name)) is matches
