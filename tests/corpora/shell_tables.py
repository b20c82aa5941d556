"""BuildKit's tests of word expansion: its data files and the tables of its lexer."""

from __future__ import annotations

from typing import Any

from layerscope.dockerfile import expand as lexer
from layerscope.dockerfile.expand import expand, expand_words
from tests.corpora.go_expressions import Called, Symbol
from tests.corpora.go_source import Assignment, GoFile, questions
from tests.corpora.results import Corpus, Refused
from tests.corpora.source import CorpusError, Source

SHELL = "frontend/dockerfile/shell"


def corpora(source: Source) -> list[Corpus]:
    tests = GoFile(source, f"{SHELL}/lex_test.go")
    found = [_variables(source, tests), _words(source, tests), _lexer(tests)]
    tests.finish()
    return found


def _variables(source: Source, tests: GoFile) -> Corpus:
    """Lines `platform|text|result`."""
    corpus = Corpus("shell/envVarTest")
    test = tests.function("TestShellParser4EnvVars")
    ((pairs,),) = test.arguments("EnvsFromSlice")
    env = _environment(pairs)
    for number, line in enumerate(source.text(f"{SHELL}/envVarTest").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        platform, text, expected = _fields(line, 3, f"{SHELL}/envVarTest:{number}")
        if platform == "W":
            corpus.leave_out(f"line {number}, {text}", "Windows only")
        elif platform in {"A", "U"}:
            corpus.compare(f"line {number}, {text}", Refused() if expected == "error" else expected, expand, text, env)
        else:
            raise CorpusError(f"{SHELL}/envVarTest:{number}: platform {platform!r}")
    return corpus


def _words(source: Source, tests: GoFile) -> Corpus:
    """Lines `text | word,word`, and `ENV name=value` for the lines below."""
    corpus = Corpus("shell/wordsTest")
    tests.function("TestShellParser4Words")
    env: dict[str, str] = {}
    for number, line in enumerate(source.text(f"{SHELL}/wordsTest").split("\n"), 1):
        if line.startswith("#") or not line:
            continue
        if line.startswith("ENV "):
            env |= _environment([line[3:].lstrip(" ")])
            continue
        text, expected = line.split("|") if line.count("|") == 1 else _fields(line, 2, f"{SHELL}/wordsTest:{number}")
        wanted = expected.lstrip(" ").split(",")
        result = Refused() if wanted == ["error"] else wanted
        corpus.compare(f"line {number}, {text}", result, expand_words, text.strip(), dict(env))
    corpus.leave_out("TestShellParser4Words, its second mode", "the Go test has read the file to its end by then")
    return corpus


def _fields(line: str, count: int, place: str) -> list[str]:
    fields = [field.strip() for field in line.split("|")]
    if len(fields) != count:
        raise CorpusError(f"{place}: {len(fields)} fields instead of {count}")
    return fields


def _environment(pairs: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _lexer(tests: GoFile) -> Corpus:
    corpus = Corpus("shell/lex_test.go")
    for row in tests.function("TestProcessWithMatches").value("tc"):
        if not row.keys() <= {"input", "envs", "expected", "expectedErr", "matches", "unmatched"}:
            raise CorpusError(f"row not understood: {row}")
        expected = Refused() if row.get("expectedErr") else row["expected"]
        corpus.compare(f"{row['input']} of {row['envs']}", expected, expand, row["input"], row["envs"])
    corpus.leave_out("TestProcessWithMatches, matches and unmatched", "its linter's: which names were found")

    for name in ("TestProcessWithMatchesPlatform", "TestShellParserMandatoryEnvVars"):
        steps = tests.function(name).steps(passed_over=["var "])
        asked = [step for step in steps if not isinstance(step, Assignment) or "err" in step.targets]
        for question, claims in questions(asked, "shlex.ProcessWord", "shlex.ProcessWordWithMatches"):
            text, given = question.values[0].arguments
            env = given.arguments[0]
            env = _environment(env) if isinstance(env, list) else env
            corpus.compare(f"{text} of {env}", _claimed(claims), expand, text, env)

    shell_patterns = tests.function("TestConvertShellPatternToRegex")
    for pattern, regex in shell_patterns.value("cases").items():
        corpus.compare(f"pattern {pattern}", regex, lambda asked: "^" + lexer._glob(asked, greedy=True), pattern)
    for pattern in shell_patterns.value("invalid"):
        corpus.compare(f"pattern {pattern}", Refused("invalid escape"), lexer._glob, pattern, greedy=True)

    for name, why in {
        "TestReverseString": "a step inside of Go's `%`; the rows of TestProcessWithMatches hold what comes of it",
        "TestReversePattern": "a step inside of Go's `%`; the rows of TestProcessWithMatches hold what comes of it",
        "TestGetEnv": "Go's list of NAME=value; Layerscope's environments are mappings",
    }.items():
        tests.function(name)
        corpus.leave_out(name, why)
    return corpus


def _claimed(claims: list[Called]) -> Any:
    match [(claim.function, claim.arguments[1:]) for claim in claims]:
        case [("require.ErrorContains", (Symbol("err"), str() as words))]:
            return Refused(words)
        case [("require.NoError", _), ("require.Equal", (str() as expected, Symbol("newWord" | "results.Result")))]:
            return expected
        case [("require.NoError", _), ("require.Empty", (Symbol("newWord"),))]:
            return ""
    raise CorpusError(f"claims not understood: {claims}")
