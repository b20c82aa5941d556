"""BuildKit's Dockerfile parser: its test files with their dumps, and the tests of lines, words and pairs."""

from __future__ import annotations

from typing import Any

from layerscope.dockerfile.logical_lines import LogicalLine, read_statements
from layerscope.dockerfile.parse import parse_statement
from layerscope.dockerfile.words import split_words
from tests.corpora.dump import dump, words
from tests.corpora.go_expressions import Called
from tests.corpora.go_source import GoFile, questions
from tests.corpora.results import Corpus, Refused
from tests.corpora.source import CorpusError, Source

PARSER = "frontend/dockerfile/parser"


def corpora(source: Source) -> list[Corpus]:
    return [_dumps(source), _negative(source), _parser_test(source), _line_parsers(source), _json(source)]


def statements(text: str) -> list[LogicalLine]:
    return read_statements(text, "Dockerfile").statements


def statement(text: str) -> LogicalLine:
    """The one statement of a text."""
    (only,) = statements(text)
    return only


def _text(source: Source, name: str) -> str:
    return source.data(name).decode("utf-8", "surrogateescape")


def _dumps(source: Source) -> Corpus:
    corpus = Corpus("parser/testfiles")
    folder = f"{PARSER}/testfiles"
    for name in source.names(folder):
        text, result = (_text(source, f"{folder}/{name}/{file}") for file in ("Dockerfile", "result"))
        corpus.compare(name, result, dump, text)
    return corpus


def _negative(source: Source) -> Corpus:
    corpus = Corpus("parser/testfiles-negative")
    folder = f"{PARSER}/testfiles-negative"
    for name in source.names(folder):
        corpus.compare(name, Refused(), dump, _text(source, f"{folder}/{name}/Dockerfile"))
    return corpus


def _parser_test(source: Source) -> Corpus:
    corpus = Corpus("parser/parser_test.go")
    tests = GoFile(source, f"{PARSER}/parser_test.go")
    for read_elsewhere in ("TestParseErrorCases", "TestParseCases"):
        tests.function(read_elsewhere)  # the folders above
    for row in tests.function("TestParseWords").value("tests"):
        (text,) = row["input"]
        corpus.compare(f"words of {text!r}", row["expect"], split_words, text, "\\")

    lines = tests.function("TestParseIncludesLineNumbers")
    text = _text(source, f"{PARSER}/{tests.value('testFileLineInfo')}")
    corpus.compare("line numbers", lines.value("expected"), lambda: [[s.line, s.end_line] for s in statements(text)])

    def joined(line: str) -> bool:
        return line in [s.original for s in statements(blank)]

    warned = tests.function("TestParseWarnsOnEmptyContinutationLine")
    corpus.leave_out("TestParseWarnsOnEmptyContinutationLine, warnings", "Layerscope gives no lint warnings")
    ((blank,),) = warned.arguments("bytes.NewBufferString")
    for _, _, contained in warned.arguments("require.Contains", {"t": None}):
        if contained.startswith("RUN "):  # the warning names the joined line
            corpus.compare(f"joined {contained!r}", True, joined, contained)

    tests.function("TestParseReturnsScannerErrors")
    corpus.leave_out("TestParseReturnsScannerErrors", "a computed text; tests/dockerfile holds a line's limit")
    tests.finish()
    return corpus


def _line_parsers(source: Source) -> Corpus:
    corpus = Corpus("parser/line_parsers_test.go")
    tests = GoFile(source, f"{PARSER}/line_parsers_test.go")
    for name in list(tests.tests):
        steps = tests.function(name).steps(passed_over=("expected", "require.Equal"))
        for asked, claims in questions([step for step in steps if not _is_directive(step)], "parseNameVal"):
            text, keyword, _ = asked.values[0].arguments
            line = statement(f"{keyword} {text}")
            case = f"{keyword} {text}"
            if asked.targets[0] == "_":
                _expect(claims, "require.Error")
                corpus.compare(case, Refused(claims[0].arguments[2]), parse_statement, line, "\\", "Dockerfile")
            else:
                _expect(claims, "require.NoError")
                corpus.compare(case, _chain(tests.function(name).value("expected")), words, line)
    tests.finish()
    return corpus


def _is_directive(step: Any) -> bool:
    return getattr(step, "targets", ()) == ("directive",)


def _expect(claims: list[Called], function: str) -> None:
    if [claim.function for claim in claims] != [function]:
        raise CorpusError(f"expected one {function}, not {claims}")


def _chain(node: dict[str, Any] | None) -> list[str]:
    """The values of a node and of all that follow it."""
    values: list[str] = []
    while node is not None:
        if not node.keys() <= {"Value", "Next"}:
            raise CorpusError(f"node not understood: {node}")
        values.append(node["Value"])
        node = node.get("Next")
    return values


def _json(source: Source) -> Corpus:
    corpus = Corpus("parser/json_test.go")
    tests = GoFile(source, f"{PARSER}/json_test.go")
    tests.function("TestJSONArraysOfStrings")

    def command(array: str) -> tuple[list[str], bool]:
        cmd: Any = parse_statement(statement(f"CMD {array}"), "\\", "Dockerfile")
        return list(cmd.command), cmd.json_form

    for array, values in tests.value("validJSONArraysOfStrings").items():
        corpus.compare(array, (values, True), command, array)
    for array in tests.value("invalidJSONArraysOfStrings"):
        corpus.compare(array, Refused("array"), command, array)
    tests.finish()
    return corpus
