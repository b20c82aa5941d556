"""BuildKit's tests of whole instructions: what it refuses, and texts that must not break a parser."""

from __future__ import annotations

from layerscope.dockerfile.flags import FlagError, Flags
from layerscope.dockerfile.instructions import Run
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.errors import InputError
from tests.corpora.go_expressions import Called, Symbol
from tests.corpora.go_source import Assignment, GoFile
from tests.corpora.parser_files import statement
from tests.corpora.parser_tables import INSTRUCTIONS, parse_only, refuse_rows
from tests.corpora.results import Corpus, Refused
from tests.corpora.source import CorpusError, Source

_MESSAGES = {
    "ExactlyOneArgument": "{} requires exactly one argument",
    "AtLeastOneArgument": "{} requires at least one argument",
    "NoDestinationArgument": "{} requires at least two arguments, but only one was provided",
}


def corpora(source: Source) -> list[Corpus]:
    return [_instructions(source), _flags(source), _devices(source), _support(source)]


def _instructions(source: Source) -> Corpus:
    corpus = Corpus("instructions/parse_test.go")
    tests = GoFile(source, f"{INSTRUCTIONS}/parse_test.go")
    refuse_rows(corpus, tests.function("TestErrorCases"))

    for error in ("ExactlyOneArgument", "AtLeastOneArgument", "NoDestinationArgument"):
        test = tests.function(f"TestCommands{error}")
        for command in test.value("commands"):
            ((text,),) = test.arguments("strings.NewReader", {"cmd": command})
            corpus.compare(text, Refused(_MESSAGES[error].format(command)), parse_only, text)

    blank = tests.function("TestCommandsBlankNames")
    for command in blank.value("commands"):
        text = f"{command} =arg2"  # as the node made by hand says it was written
        corpus.compare(text, Refused(f"{command} names can not be blank"), parse_only, text)

    _durations(corpus, tests)
    _unbroken(corpus, tests, source)

    used = tests.function("TestRunCmdFlagsUsed")
    text = used.value("dockerfile")
    names = [flag[2:].partition("=")[0] for flag in statement(text).flags]
    corpus.compare(text, used.tables("[]string"), lambda: names)

    for name, why in {
        "TestCommandsTooManyArguments": "a node made by hand that no text gives",
        "TestHealthCheckCmd": "a node made by hand: no text gives a shell form of two words",
        "TestCommentsDetection": "Layerscope keeps no comments",
    }.items():
        tests.function(name)
        corpus.leave_out(name, why)
    tests.finish()
    return corpus


def _durations(corpus: Corpus, tests: GoFile) -> None:
    test = tests.function("TestParseOptInterval")
    test.names["stringType"] = Symbol("stringType")
    value, name, refused = "", "", 0
    for step in test.steps():
        match step:
            case Assignment(("flInterval",), ({"name": str() as name, "Value": str() as value},)):
                pass
            case Assignment(("flInterval.Value",), (str() as value,)):
                pass
            case Assignment((_, "err"), (Called("parseOptInterval"),)):
                pass
            case Called("require.Error" | "require.NoError" as claim):
                text = f"HEALTHCHECK --{name}={value} CMD true"
                expected = Refused("cannot be less than 1ms") if claim == "require.Error" else True
                corpus.compare(text, expected, lambda asked: parse_only(asked) is not None, text)
                refused += claim == "require.Error"
            case Called("require.Contains", (_, _, "cannot be less than 1ms")) if refused == 1:
                pass
            case _:
                raise CorpusError(f"{test.file}: TestParseOptInterval: step not understood: {step}")


def _unbroken(corpus: Corpus, tests: GoFile, source: Source) -> None:
    """Every instruction with words that may not fit it: parsed or refused, but nothing else."""
    test = tests.function("TestNilLinter")
    commands = GoFile(source, "frontend/dockerfile/command/command.go").constants()

    def answer(text: str) -> str:
        try:
            parse_dockerfile(f"FROM busybox\n{text}")
        except InputError as error:
            return "parsed or refused" if error.line is not None else "refused without a line"
        return "parsed or refused"

    for command in commands.values():
        test.names["cmd"] = command
        for text in test.tables("[]string"):
            corpus.compare(text, "parsed or refused", answer, text)


def _flags(source: Source) -> Corpus:
    """The one test sets flags up, gives words, and says with `err ==` or `err !=` whether they are an error."""
    corpus = Corpus("instructions/bflag_test.go")
    tests = GoFile(source, f"{INSTRUCTIONS}/bflag_test.go")
    test = tests.function("TestBuilderFlags")
    known: dict[str, str] = {}
    given: list[str] = []
    for step in test.statements():
        text = "".join(token.text for token in step)
        names = [token.value for token in step if token.kind == "string"]
        if text.endswith("NewBFlags()"):
            known = {}
        elif "bf.AddString(" in text or "bf.AddBool(" in text:
            known[str(names[0])] = "string" if "bf.AddString(" in text else "bool"
        elif text.startswith("bf.Args="):
            given = test.read(step[4:])
        elif text.startswith(("iferr:=bf.Parse()", "iferr=bf.Parse()")):
            pass  # the condition after it is a statement of its own
        elif text.startswith(("err==nil{", "err!=nil{")):
            fails = text.startswith("err==")
            corpus.compare(f"flags {given} of {known}", Refused() if fails else True, _accepts, given, dict(known))
        elif not text.startswith(("var", "if", "expected=", "used:=", "slices.", "actual:=")):
            raise CorpusError(f"{test.file}: step not understood: {text}")
    corpus.leave_out("TestBuilderFlags, values", "of a Go type; which words it refuses is compared")
    tests.finish()
    return corpus


def _accepts(given: list[str], known: dict[str, str]) -> bool:
    try:
        Flags([flag for flag in given if flag != "--"], known)  # a bare `--` never gets past the reading of a line
    except FlagError as error:
        raise InputError(str(error), None, 1) from None
    return True


def _devices(source: Source) -> Corpus:
    corpus = Corpus("instructions/commands_rundevice_test.go")
    tests = GoFile(source, f"{INSTRUCTIONS}/commands_rundevice_test.go")
    for row in tests.function("TestParseDevice").value("cases"):
        error = row["expectedErr"]
        if isinstance(error, Called):
            expected: object = Refused(error.arguments[0])
        elif error is None:
            expected = (row["input"],)
        else:
            raise CorpusError(f"row not understood: {row}")
        corpus.compare(row["input"], expected, _device, row["input"])
    corpus.leave_out("TestParseDevice, Name and Required", "a device is kept as it is written")
    tests.finish()
    return corpus


def _device(value: str) -> tuple[str, ...]:
    run: Run = parse_only(f"RUN --device={value} true")
    return run.devices


def _support(source: Source) -> Corpus:
    corpus = Corpus("instructions/support_test.go")
    tests = GoFile(source, f"{INSTRUCTIONS}/support_test.go")
    tests.function("TestHandleJSONArgs")
    corpus.leave_out("TestHandleJSONArgs", "joins nodes of BuildKit's tree; Layerscope never splits a shell form")
    tests.finish()
    return corpus
