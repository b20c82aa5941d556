"""Texts as people hand them on, and what a session at a prompt printed."""

from __future__ import annotations

import pytest

from layerscope.docker.pasted import outputs, prompted, unquoted

TEXT = "one\n\n  two\nthree\n"


def each(form: str, text: str = TEXT) -> str:
    return "".join(form.format(n=number, line=line) + "\n" for number, line in enumerate(text.splitlines(), 1))


@pytest.mark.parametrize(
    "form",
    [
        "{line}",
        "> {line}",
        ">{line}",
        "> > {line}",
        "{n:6}\t{line}",
        "{n}\t{line}",
        "{n}: {line}",
        "    {line}",
        "> {n}\t{line}",
    ],
)
def test_what_stands_before_every_line_goes(form: str) -> None:
    told = unquoted(each(form))
    assert [line.strip() for line in told.splitlines()] == ["one", "", "two", "three"]


@pytest.mark.parametrize(
    "text",
    [
        "a\n> b\nc\n",  # one line of output
        "12:01:02 a\n13:02:03 b\n",  # hours
        "1 a\n1 b\n1 c\n",  # no count
        "5 a\nb\nc\n",
        "#1 [1/2] RUN a\n#2 [2/2] RUN b\n",
        "a\n  b\n",
    ],
)
def test_what_only_looks_so_stays(text: str) -> None:
    assert unquoted(text) == text


def test_lines_left_out_of_a_numbered_text_do_not_hide_the_numbers() -> None:
    assert unquoted("  10\ta\n  11\tb\n  12\tc\n  90\td\n  91\te\n") == "a\nb\nc\nd\ne\n"


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("$ docker images", "docker images"),
        ("user@host:~/app$ docker build -t x .", "docker build -t x ."),
        ("[root@host ~]# docker history x", "docker history x"),
        ("PS C:\\app> docker pull y", "docker pull y"),
        ("C:\\app>docker.exe load -i y.tar", "docker.exe load -i y.tar"),
        ("$ sudo podman history localhost/tool", "podman history localhost/tool"),
        ("# time docker buildx du", "docker buildx du"),
        ("docker push r/app", "docker push r/app"),
        ("docker is slow", ""),
        ("Step 2/3 : RUN docker build .", ""),
        ("#7 0.1 $ docker", ""),
        ("", ""),
    ],
)
def test_prompts(line: str, command: str) -> None:
    assert prompted(line) == command


def test_each_output_of_a_session_keeps_its_lines_where_they_are() -> None:
    text = "before\n$ docker images\n\x1b[1mA\x1b[0m\nB\n$ docker pull x\n```\nC\n```\nafter\n"
    found = [(output.command, output.text.split("\n")) for output in outputs(text)]
    lines = text.split("\n")
    assert [command for command, _ in found] == ["", "docker images", "", ""]
    for (_, told), shown in zip(found, ["before", "B", "C", "after"], strict=True):
        assert told[lines.index(shown)] == shown
