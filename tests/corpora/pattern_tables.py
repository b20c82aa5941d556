"""moby/patternmatcher's tests: patterns alone and in lists, asked in each way Layerscope asks; ignore files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from itertools import pairwise

from layerscope.context.paths import lookup, with_entries
from layerscope.context.patterns import Pattern, PatternList, parse_ignore_file
from layerscope.context.tree import Directory, File
from layerscope.context.visible import visible
from tests.corpora.go_expressions import Symbol
from tests.corpora.go_source import GoFile
from tests.corpora.go_tokens import Token
from tests.corpora.results import Corpus, Refused
from tests.corpora.source import CorpusError, Source


def corpora(source: Source) -> list[Corpus]:
    tests = GoFile(source, "patternmatcher_test.go")
    found = [*_tables(tests), _single(tests)]
    tests.finish()
    return [*found, _ignore_file(source)]


def with_parents(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is excluded, by itself or with a parent: as an explanation asks (MatchesOrParentMatches)."""
    decided = _list(patterns).deciding(path)
    return decided is not None and not decided.negated


def from_the_root(path: str, patterns: Iterable[str]) -> bool:
    """Whether a walk from the root excludes a path, handing results down (MatchesUsingParentResults)."""
    rules = _list(patterns)
    result: tuple[bool, ...] | None = None
    parent = posixpath.dirname(path)
    parts = parent.split("/") if parent else []
    for index in range(len(parts)):
        _, result = rules.match("/".join(parts[: index + 1]), result)
    return rules.match(path, result)[0]


def left_out_of_a_tree(path: str, patterns: Iterable[str]) -> bool:
    """Whether the path is missing from a context of nothing else that is sent under these rules."""
    name = path.rstrip("/")
    node = Directory(0o755, children={}) if path.endswith("/") else File(0o644, 1, digest="x")
    tree = with_entries(Directory(0o755, children={}, token="root"), {name: node})
    return lookup(visible(tree, _list(patterns)), name) is None


def _list(patterns: Iterable[str]) -> PatternList:
    return PatternList([Pattern(text) for text in patterns])


def _tables(tests: GoFile) -> list[Corpus]:
    test = tests.function("TestMatches")
    rows = [([pattern], text, passes) for pattern, text, passes in test.tables("[]matchesTestCase")]
    rows += [(patterns, text, passes) for patterns, text, passes in test.tables("[]multiPatternTestCase")]
    found: list[Corpus] = []
    for ask in (with_parents, from_the_root, left_out_of_a_tree):
        corpus = Corpus(f"TestMatches, {ask.__name__.replace('_', ' ')}")
        for patterns, text, passes in rows:
            if ask is left_out_of_a_tree and not text.rstrip("/"):
                corpus.leave_out(f"{patterns} on {text!r}", "the root of a context is always sent")
            else:
                corpus.compare(f"{patterns} on {text!r}", passes, ask, text, patterns)
        found.append(corpus)
    found[0].leave_out("MatchesUsingParentResult", "Go's outdated form of MatchesUsingParentResults")
    found[0].leave_out(
        "MatchesUsingParentResultsNoContext",
        "the same question as with parents: Layerscope hands results down from the root",
    )
    return [*found, _match(tests)]


def _match(tests: GoFile) -> Corpus:
    corpus = Corpus("TestMatch")
    tests.function("TestMatch")
    for pattern, text, matches, error in tests.value("matchTests"):
        if error not in (None, Symbol("filepath.ErrBadPattern")) or (error is not None and matches):
            raise CorpusError(f"row not understood: {pattern!r}, {text!r}, {matches}, {error}")
        corpus.compare(f"{pattern} on {text}", matches if error is None else Refused(), with_parents, text, [pattern])
    return corpus


def _single(tests: GoFile) -> Corpus:
    """The tests of one call of Matches or New, and a condition under which they fail."""
    corpus = Corpus("patternmatcher_test.go, single tests")
    tests.function("TestCompile")
    corpus.leave_out("TestCompile", "the form of Go's compiled expression; what it matches is held by the tables")
    for name in list(tests.tests):
        test = tests.function(name)
        statements = test.statements()
        failing = ["".join(t.text for t in s[1:]).partition("{")[0] for s in statements if s[0].text == "if"]
        assigned = {s[0].text: test.read(s[2:]) for s in statements if s[0].text == "patterns"}
        call = "Matches" if any(_calls(s, "Matches") for s in statements) else "New"
        (arguments,) = test.arguments(call, assigned)
        patterns = arguments[-1]
        expected: object
        match call, failing:
            case "Matches", ["!match"]:
                expected = True
            case "Matches", ["match"] | ["err!=nil", "matches"]:
                expected = False
            case "Matches" | "New", ["err==nil"] | ["err==nil", "matches"]:
                expected = Refused()
            case "New", ["err!=nil", "len(cleaned)!=2"]:
                expected = 2
            case "New", ["err!=nil", "!pm.Exclusions()"]:
                expected = True
            case "New", ["err!=nil", "err==nil", "err!=filepath.ErrBadPattern", *_]:
                expected = Refused()
                arguments = [*test.arguments("pm.MatchesOrParentMatches")[0], patterns]
            case _:
                raise CorpusError(f"{test.file}: {name} is not understood: {call} and {failing}")
        case = f"{name}: {arguments}"
        if len(arguments) == 2:
            corpus.compare(case, expected, with_parents, posixpath.normpath(arguments[0]), patterns)
        elif expected == 2:
            corpus.compare(case, expected, lambda texts: len(_list_of_file(texts).patterns), patterns)
        else:
            corpus.compare(case, expected, lambda texts: _list_of_file(texts).has_negations, patterns)
    return corpus


def _list_of_file(patterns: Iterable[str]) -> PatternList:
    """Patterns as lines: blanks and empty lines go where a file is read, before they are patterns."""
    return parse_ignore_file("\n".join(patterns).encode(), ".dockerignore")


def _calls(statement: list[Token], function: str) -> bool:
    return any(a.text == function and b.text == "(" for a, b in pairwise(statement))


def _ignore_file(source: Source) -> Corpus:
    """ReadAll keeps a bare `!`, which is refused as a pattern; Layerscope does both at once and names its line."""
    corpus = Corpus("ignorefile/ignorefile_test.go")
    tests = GoFile(source, "ignorefile/ignorefile_test.go")
    test = tests.function("TestReadAll")
    lines, expected = test.value("content").split("\n"), test.value("expected")
    bare = [number for number, line in enumerate(lines, 1) if line.strip() == "!"]
    read = [pattern for pattern in expected if pattern != "!"]
    if len(expected) - len(read) != len(bare):
        raise CorpusError(f"{test.file}: as many lines of `!` expected as there are in its content")
    corpus.compare("nothing", (), _ignored, [])
    corpus.compare(f"lines without {bare}", tuple(read), _ignored, [line for line in lines if line.strip() != "!"])
    for number in bare:
        corpus.compare(f"line {number}", Refused(), _ignored, lines[number - 1 : number])
    corpus.compare("all lines", Refused(), _ignored, lines)
    corpus.leave_out("TestReadAll, nil", "a Go reader that is nil; an ignore file that is not there is never read")
    tests.finish()
    return corpus


def _ignored(lines: list[str]) -> tuple[str, ...]:
    return parse_ignore_file("\n".join(lines).encode(), ".dockerignore").token
