"""A version of a Dockerfile read beside another one is what it is read alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.dockerfile.stages import Dockerfile, Versions, parse_dockerfile
from layerscope.errors import InputError

# Lines that mean something else by those around them: continuations, heredocs and their ends, comments, directives.
LINES = (
    "FROM a AS one",
    "FROM b",
    "ARG V=1",
    "RUN x",
    "RUN x \\",
    "  && y \\",
    "  && z",
    "RUN x `",
    "COPY a b",
    "COPY <<EOF /f",
    "RUN <<-EOF <<END",
    "EOF",
    "\tEOF",
    "END",
    "ONBUILD RUN <<EOF",
    "# comment",
    "  # indented \\",
    "",
    "   ",
    "# escape=`",
    "# escape=\\",
    "# syntax=docker/dockerfile:1",
    "ENV A=b\r",
    "WORKDIR /w\\\\",
    "\ufeffRUN é --x",
)
versions = st.lists(st.sampled_from(LINES), max_size=14)


def read(text: str, beside: Versions | None = None) -> Dockerfile | str:
    try:
        return parse_dockerfile(text, "Dockerfile", beside)
    except InputError as error:
        return str(error)


@given(versions, st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3), versions), max_size=4), st.booleans())
def test_beside_another_version(lines: list[str], edits: list[tuple[int, int, list[str]]], ends: bool) -> None:
    beside = Versions()
    lines = ["FROM a", *lines]
    read("\n".join(lines), beside)
    for at, gone, added in edits:
        lines = [*lines[:at], *added, *lines[at + gone :]]
        text = "\n".join(lines) + ("\n" if ends else "")
        assert read(text, beside) == read(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM a\nRUN x \\", "FROM a\nRUN x \\\n&& y"),  # what ends with the file goes on
        ("FROM a\nRUN x \\\n\n", "FROM a\nRUN x \\\n\n&& y"),
        ("FROM a\nCOPY a b", "FROM a\nENV A=b \\\nCOPY a b"),  # what began a statement goes on with one
        ("FROM a\nRUN <<E\nRUN x\nE\nRUN y", "FROM a\nRUN x\nE\nRUN y"),
        ("# escape=`\nFROM a\nRUN x `\ny\nRUN z", "FROM a\nRUN x `\ny\nRUN z"),
    ],
)
def test_statements_that_end_elsewhere(before: str, after: str) -> None:
    beside = Versions()
    read(before, beside)
    assert read(after, beside) == read(after)


def test_what_is_the_same_is_the_same_object() -> None:
    beside = Versions()
    first = parse_dockerfile("FROM a\nRUN x\nCOPY a b\nRUN y\n", "Dockerfile", beside).stages[0]
    second = parse_dockerfile("FROM a\nRUN x\nCOPY c b\nENV A=b\nRUN y\n", "Dockerfile", beside).stages[0]
    assert second.instructions[0] is first.instructions[0]
    assert second.instructions[-1] == first.instructions[-1].at(5)
