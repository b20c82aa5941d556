"""From text to instructions: what the builder's parser joins, drops, splits and refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.dockerfile.instructions import Copy, Env, Instruction, Run
from layerscope.dockerfile.stages import parse_dockerfile
from layerscope.errors import InputError


def only(text: str) -> Instruction:
    """The last instruction of a file that begins with `FROM a`."""
    return parse_dockerfile(f"FROM a\n{text}").stages[-1].instructions[-1]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("RUN a b", ("a b",)),
        ("  run   a   b  ", ("a   b",)),
        ("RUN a \\\n && b", ("a  && b",)),
        ("RUN a \\  \t\n  # comment\n\n\t&& b", ("a \t&& b",)),
        ("RUN a \\\r\n  b\r\n", ("a   b",)),
        ("RUN a # not a comment", ("a # not a comment",)),
        ("RUN a \\\\\n", ("a \\\\",)),
        ("RUN a \\", ("a",)),
        ('RUN ["a", "b c"]', ("a", "b c")),
        ("RUN ['a']", ("['a']",)),
        ('RUN ["a",]', ('["a",]',)),
        ("RUN [NaN]", ("[NaN]",)),
        ('RUN ["\\ud800a"]', ("\ufffda",)),
        ("RUN <<EOF", None),
    ],
)
def test_run_command(text: str, command: tuple[str, ...] | None) -> None:
    if command is None:
        with pytest.raises(InputError, match=":2: unterminated heredoc"):
            only(text)
        return
    run = only(text)
    assert isinstance(run, Run)
    assert run.command == command


@pytest.mark.parametrize(
    ("text", "names", "expand", "body"),
    [
        ("RUN <<EOF\nls\nEOF", ["EOF"], [True], ["ls\n"]),
        ("RUN << EOF\nls\nEOF", ["EOF"], [True], ["ls\n"]),
        ("RUN <<'EOF'\n$A\nEOF", ["EOF"], [False], ["$A\n"]),
        ("RUN <<-EOF\n\tls\n\tEOF", ["EOF"], [True], ["\tls\n"]),
        ("RUN cat <<A - <<B\na\nA\nb\nB", ["A", "B"], [True, True], ["a\n", "b\n"]),
        ("RUN <<EOF\n# kept\n\\\nEOF", ["EOF"], [True], ["# kept\n\\\n"]),
    ],
)
def test_heredocs(text: str, names: list[str], expand: list[bool], body: list[str]) -> None:
    run = only(text + "\nRUN next")
    assert isinstance(run, Run)
    assert run.command == ("next",)
    run = only(text)
    assert isinstance(run, Run)
    assert [h.name for h in run.heredocs] == names
    assert [h.expand for h in run.heredocs] == expand
    assert [h.content for h in run.heredocs] == body


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("ENV A=1 B=2", (("A", "1"), ("B", "2"))),
        ("ENV A 1 2", (("A", "1 2"),)),
        ('ENV A="x y" B=x\\ y', (("A", '"x y"'), ("B", "x\\ y"))),
        ("ENV A=", (("A", ""),)),
    ],
)
def test_env(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    env = only(text)
    assert isinstance(env, Env)
    assert env.pairs == pairs


def test_copy_flags_and_documents() -> None:
    copy = only("COPY --from=b --chown=1:2 --link --exclude=*.a --exclude=b a.txt <<x /d/\nhi\nx\n")
    assert isinstance(copy, Copy)
    assert (copy.from_name, copy.chown, copy.link, copy.exclude) == ("b", "1:2", True, ("*.a", "b"))
    assert copy.sources == ("a.txt",)
    assert [(d.name, d.content) for d in copy.documents] == [("x", "hi\n")]
    assert (copy.destination, copy.line, copy.end_line) == ("/d/", 2, 4)


@pytest.mark.parametrize(
    ("text", "exclude", "sources"),
    [
        ("--exclude=é.a b /d", ("Ã©.a",), ("b",)),
        ("--exclude=à --exclude=c b /d", ("Ã", "c"), ("b",)),
        ("--exclude=a é.b /d", ("a",), ("é.b",)),
        ("\u00a0--exclude=a b /d", (), ("--exclude=a", "b")),
    ],
)
def test_flags_are_read_byte_by_byte(text: str, exclude: tuple[str, ...], sources: tuple[str, ...]) -> None:
    copy = only(f"COPY {text}")
    assert isinstance(copy, Copy)
    assert (copy.exclude, copy.sources, copy.destination) == (exclude, sources, "/d")


@pytest.mark.parametrize(
    ("line", "end", "refused"),
    [("a" * 65535, "\n", False), ("a" * 65535, "", False), ("a" * 65536, "\n", True), ("é" * 32767 + "a", "", False),
     ("é" * 32768, "", True)],
)  # fmt: skip
def test_the_longest_line(line: str, end: str, refused: bool) -> None:
    text = f"RUN \\\n{line}{end}"
    if refused:
        with pytest.raises(InputError, match=":3: line greater than max allowed size of 65535"):
            only(text)
        return
    run = only(text)
    assert isinstance(run, Run)
    assert run.command == (line,)


def test_fields_of_a_mount() -> None:
    run = only('RUN --mount=type=bind,\\"target=/a,b\\",\\"source=c\\"\\"d\\",ro, x')
    assert isinstance(run, Run)
    assert [mount.fields for mount in run.mounts] == [("type=bind", "target=/a,b", 'source=c"d', "ro", "")]


def test_directives_count_only_at_the_very_top() -> None:
    ticked = parse_dockerfile("# syntax=x\n# escape=`\nFROM a\nRUN a `\n b\n")
    assert ticked.directives.escape == "`"
    assert ticked.directives.syntax == "x"
    assert parse_dockerfile("# hello\n# escape=`\nFROM a\n").directives.escape == "\\"


def test_stage_names_are_lower_case() -> None:
    dockerfile = parse_dockerfile("ARG V\nFROM a AS My-Stage\nFROM b\n")
    assert [stage.origin.name for stage in dockerfile.stages] == ["my-stage", None]
    assert [arg.pairs for arg in dockerfile.global_args] == [(("V", None),)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM", "Dockerfile:1: FROM requires either one or three arguments"),
        ("FROM a AS 1x", "Dockerfile:1: invalid name for build stage"),
        ("FROM a\nCOPY a", "Dockerfile:2: COPY requires at least two arguments"),
        ("FROM a\nENV A", "Dockerfile:2: ENV must have two arguments"),
        ("FROM a\nENV A=1 B", "Dockerfile:2: Syntax error"),
        ("FROM a\nSHELL sh", "Dockerfile:2: SHELL requires the arguments to be in JSON form"),
        ("FROM a\nONBUILD ONBUILD RUN x", "Dockerfile:2: Chaining ONBUILD"),
        ("FROM a\nONBUILD FROM x", "Dockerfile:2: FROM isn't allowed as an ONBUILD trigger"),
        ("FROM a\nHEALTHCHECK FOO x", 'Dockerfile:2: Unknown type "FOO" in HEALTHCHECK'),
        ("FROM a\nCOPY --link=maybe a b", "Dockerfile:2: expecting boolean value for flag --link"),
        ("FROM a\nCOPY --from a b", "Dockerfile:2: missing a value on flag: --from"),
        ("FROM a\nCOPY --chown=1 --chown=2 a b", "Dockerfile:2: duplicate flag specified: --chown"),
        ("FROM a\nRUN --mount= x", "Dockerfile:2: failed to parse csv mounts: EOF"),
        ('FROM a\nRUN --mount=\\"b x', "Dockerfile:2: failed to parse csv mounts"),
        ('FROM a\nRUN --mount=\\"b\\"c x', "Dockerfile:2: failed to parse csv mounts"),
        ('FROM a\nRUN --mount=b\\"c x', "Dockerfile:2: failed to parse csv mounts"),
        ("FROM a\nRUN --device=b,c x", "Dockerfile:2: invalid field 'c' must be a key=value pair"),
        ("FROM a\nRUN --device=b,name=c x", "Dockerfile:2: device name already set to b"),
        ("FROM a\nRUN --device=b,required=c x", "Dockerfile:2: invalid value for required: c"),
        ("FROM a\nRUN --device=b,d=c x", "Dockerfile:2: unexpected key 'd' in 'd=c'"),
        ("FROM a\nRUN [1]", "Dockerfile:2: only string type is allowed in JSON format arrays"),
        ("RUN x\nFROM a", "Dockerfile:1: no build stage in current context"),
        ("# escape=x\nFROM a", "Dockerfile:1: invalid escape token"),
        ("# escape=`\n# escape=`\nFROM a", "Dockerfile:2: only one escape parser directive"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_dockerfile(text)
    assert str(caught.value).startswith(message)


@given(st.binary(max_size=200))
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    try:
        parse_dockerfile(b"FROM a\n" + data)
    except InputError as error:
        assert error.line is not None


LINES = st.sampled_from(
    [
        "FROM a AS b", "RUN <<E", "E", "COPY --from=b a /", "\\", "ENV A=1 \\", "# x", "", "ONBUILD RUN <<E",
        "ADD <<E /",
        '["', "LABEL a='", "ARG", "HEALTHCHECK CMD x", "VOLUME []", "EXPOSE 1", "CMD [\"a\"]", "SHELL [\"\"]",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=8))
def test_any_lines_parse_or_are_refused(lines: list[str]) -> None:
    try:
        parse_dockerfile("\n".join(lines))
    except InputError as error:
        assert "\n" not in str(error)
