"""BuildKit's tests of directives, of heredocs, and of what they are as instructions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from layerscope.dockerfile.instructions import Copy, Run
from layerscope.dockerfile.logical_lines import Heredoc, heredoc_of_word, read_statements
from layerscope.dockerfile.parse import chomp_tabs, parse_statement
from tests.corpora.go_expressions import Symbol
from tests.corpora.go_source import Assignment, GoCode, GoFile, questions
from tests.corpora.parser_files import PARSER, statements
from tests.corpora.results import Corpus, Refused
from tests.corpora.source import CorpusError, Source

INSTRUCTIONS = "frontend/dockerfile/instructions"
FOREIGN = ("#!", "//", "{")


def corpora(source: Source) -> list[Corpus]:
    return [_directives(source), _heredocs(source), _heredoc_instructions(source)]


def _directives(source: Source) -> Corpus:
    corpus = Corpus("parser/directives_test.go")
    tests = GoFile(source, f"{PARSER}/directives_test.go")
    for name in list(tests.tests):
        steps = tests.function(name).steps(passed_over=["t.Parallel", "parser :=", "parser ="])
        texts = [step for step in steps if not (isinstance(step, Assignment) and step.targets == ("dt",))]
        for asked, claims in questions(texts, "parser.ParseAll", "DetectSyntax", "ParseDirective"):
            call = asked.values[0]
            text = call.arguments[-1].decode()
            key = {"parser.ParseAll": "escape", "DetectSyntax": "syntax"}.get(call.function) or call.arguments[0]
            said: dict[str, Any] = {}
            for claim in claims:
                _note(claim.function, list(claim.arguments[1:]), said)
            found = said.pop("ok")
            if found and text.startswith(FOREIGN):
                corpus.leave_out(
                    f"{name}, {text!r}", "read only to choose a frontend: Dockerfiles themselves do not know it"
                )
                continue
            corpus.compare(f"{key} of {text!r}", said if found else {}, _directive, text, key, list(said))
    tests.finish()
    return corpus


def _note(claim: str, arguments: list[Any], said: dict[str, Any]) -> None:
    """What a claim says of the directive: ok, its first word (ref), its value (cmdline); lines are not kept."""
    match claim, arguments:
        case "require.True", [Symbol("ok")]:
            said["ok"] = True
        case "require.False", [Symbol("ok")]:
            said["ok"] = False
        case "require.NoError", [Symbol("err")]:
            said["ok"] = True
        case "require.Equal", [str() as value, Symbol("ref" | "cmdline" as what)]:
            said[what] = value
        case "require.Equal", [str() as value, Symbol("d[0].Value")]:
            said["cmdline"] = value
        case "require.Equal", [_, Symbol("loc[0].Start.Line" | "loc[0].End.Line" | "d[0].Name")]:
            pass
        case "require.Len", [Symbol("d"), 1]:
            pass
        case _:
            raise CorpusError(f"claim not understood: {claim}{arguments}")


def _directive(text: str, key: str, asked: Iterable[str]) -> dict[str, str]:
    directives = read_statements(f"{text}\nFROM scratch\n", "Dockerfile").directives
    value = {"escape": directives.escape, "syntax": directives.syntax, "check": directives.check}[key]
    if value is None:
        return {}
    return {what: value if what == "cmdline" else value.split(" ")[0] for what in asked}


def _heredocs(source: Source) -> Corpus:
    corpus = Corpus("parser/parser_heredoc_test.go")
    tests = GoFile(source, f"{PARSER}/parser_heredoc_test.go")

    extracted = tests.function("TestParseExtractsHeredoc")
    ((text,),) = extracted.arguments("bytes.NewBufferString")
    read = statements(text)
    for index, row in enumerate(extracted.value("tests"), 1):
        expected = tuple(_heredoc(heredoc) for heredoc in row or ())
        corpus.compare(repr(read[index].original), expected, lambda at: read[at].heredocs, index)
    corpus.leave_out("TestParseExtractsHeredoc, FileDescriptor", "a heredoc's number changes neither files nor keys")

    in_json = tests.function("TestParseJSONHeredoc")
    ((text,),) = in_json.arguments("bytes.NewBufferString")
    for line in statements(text)[1:]:
        corpus.compare(line.original, (), lambda found: found.heredocs, line)

    chomp = tests.function("TestHeredocChomp")
    ((_, whole, called),) = chomp.arguments("require.Equal", {"t": None, "content": chomp.value("content")})
    corpus.compare("leading tabs", whole, chomp_tabs, *called.arguments)

    helpers = tests.function("TestParseHeredocHelpers")
    for word in helpers.value("validHeredocs"):
        corpus.compare(f"valid {word!r}", "EOF", _name, word)
    for word in [*helpers.value("invalidHeredocs"), *helpers.value("notHeredocs")]:
        corpus.compare(f"no heredoc {word!r}", None, _name, word)
    corpus.leave_out(
        "TestParseHeredocHelpers, the error of invalidHeredocs", "no line gives such a word: its quotes are in pairs"
    )

    for row in tests.function("TestHeredocsFromLine").value("srcs"):
        line, names = row["line"], row["heredocNames"] or []
        # The Go test compares only the heredocs it finds: a blank after `<<-` ends that word, and it finds none.
        corpus.compare(line, [] if "<<- " in line else names, _names, line, [] if "<<- " in line else names)
    tests.finish()
    return corpus


def _heredoc(row: dict[str, Any]) -> Heredoc:
    if not row.keys() <= {"Name", "Content", "Expand", "Chomp", "FileDescriptor"}:
        raise CorpusError(f"heredoc not understood: {row}")
    return Heredoc(row["Name"], row.get("Expand", False), row.get("Chomp", False), row["Content"])


def _name(word: str) -> str | None:
    opened = heredoc_of_word(word)
    return opened.name if opened else None


def _names(line: str, ends: list[str]) -> list[str]:
    """The heredocs a line opens: below it stand the ends expected, and a last instruction that must be left over."""
    first, *others = statements("\n".join([line, *ends, "RUN last"]))
    if [other.original for other in others] != ["RUN last"]:
        return [other.original for other in others]
    return [heredoc.name for heredoc in first.heredocs]


def _heredoc_instructions(source: Source) -> Corpus:
    corpus = Corpus("instructions/parse_heredoc_test.go")
    tests = GoFile(source, f"{INSTRUCTIONS}/parse_heredoc_test.go")
    refuse_rows(corpus, tests.function("TestErrorCasesHeredoc"))

    for row in tests.function("TestCopyHeredoc").value("cases"):
        expected = row["sourcesAndDest"]
        if not expected.keys() <= {"DestPath", "SourcePaths", "SourceContents"}:
            raise CorpusError(f"row not understood: {row}")
        documents = [(c["Path"], c["Data"], c["Expand"]) for c in expected.get("SourceContents", [])]
        wanted = (expected.get("SourcePaths", []), documents, expected["DestPath"])
        corpus.compare(row["dockerfile"], wanted, _copy, row["dockerfile"])

    for row in tests.function("TestRunHeredoc").value("cases"):
        files = [(f["Name"], f["Data"], f.get("Chomp", False)) for f in row.get("files", [])]
        corpus.compare(row["dockerfile"], (row["command"], row["shell"], files), _run, row["dockerfile"])
    tests.finish()
    return corpus


def refuse_rows(corpus: Corpus, test: GoCode) -> None:
    """The rows of a table of refusals: name, dockerfile, expectedError."""
    for row in test.value("cases"):
        corpus.compare(row["name"], Refused(row["expectedError"]), parse_only, row["dockerfile"])


def parse_only(text: str) -> Any:
    """The first instruction of a text, without a FROM."""
    return parse_statement(statements(text)[0], "\\", "Dockerfile")


def _copy(text: str) -> tuple[list[str], list[tuple[str, str, bool]], str]:
    copy: Copy = parse_only(text)
    documents = [(document.name, document.content, document.expand) for document in copy.documents]
    return list(copy.sources), documents, copy.destination


def _run(text: str) -> tuple[list[str], bool, list[tuple[str, str, bool]]]:
    run: Run = parse_only(text)
    files = [(heredoc.name, heredoc.content, heredoc.chomp) for heredoc in run.heredocs]
    return list(run.command), not run.json_form, files
