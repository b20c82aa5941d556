"""Text as a thread, a viewer or a terminal hands it on: quoted, numbered, indented, under prompts, in fences.

Only what stands before most lines of a text is read off: one line that begins so is output like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice, pairwise
from typing import NamedTuple

_QUOTED = re.compile(r"[ \t]{0,3}> ?")
# `cat -n`, `nl`, `grep -n ''`, `less -N`: a number, then a tab, a colon or blanks. Not the hour of a stamp.
_NUMBERED = re.compile(r"[ \t]*(?!\d\d:\d\d)(\d{1,6})(?:\t|:[ \t]?|[ ]{1,2}|(?=[#\[])|$)", re.ASCII)
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-Z\\^-~])")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)\w*[ \t]*")
# `$ docker …`, `user@host:~$ docker …`, `[root@host ~]# docker …`, `PS C:\app> docker …`, `C:\app>docker …`.
_PROMPT = re.compile(
    r"(?:[^\n]{0,120}?[$#%>\u276f\u279c\u00bb] {0,2})?(?:sudo )?(?:time )?"
    r"(?P<command>(?:docker|docker-compose|podman|nerdctl|buildah|buildctl|finch)(?:\.exe)? "
    r"(?:build|du|buildx|builder|bud|compose|image|images|history|load|pull|push|run|save|system|tag)(?: [^\n]*)?)"
)
_LOOKED_AT = 400  # lines: enough to tell what stands before each


class Output(NamedTuple):
    """What one command printed. command: what was typed, "" if not known; text: behind empty lines, so that a line has
    the number that it has in the whole.
    """

    command: str
    text: str


def unquoted(text: str) -> str:
    """A text without quotation marks, line numbers and an indent before its lines, each line where it was."""
    if "\xa0" in text:
        text = text.replace("\xa0", " ")
    while _are_most(text, lambda line: _QUOTED.match(line) is not None):
        text = _each_line(text, lambda line: _QUOTED.sub("", line, count=1))
    if _counts_lines(text):
        text = _each_line(text, lambda line: _NUMBERED.sub("", line, count=1))
    margin = _margin(text)
    return _each_line(text, lambda line: line.removeprefix(margin)) if margin else text


def outputs(text: str) -> list[Output]:
    """What each command of a session printed, and what stands before the first prompt and in each fence.

    Escapes of a terminal are gone.
    """
    found: list[Output] = []
    command = ""
    lines: list[str] = []
    begun = 0

    def end(number: int, typed: str) -> None:
        nonlocal command, lines, begun
        if any(map(str.strip, lines)):
            found.append(Output(command, "\n" * begun + "\n".join(lines)))
        command, lines, begun = typed, [], number

    for number, line in enumerate(_ESCAPE.sub("", text.replace("\r\n", "\n")).split("\n"), 1):
        if prompt := prompted(line):
            end(number, prompt)
        elif _FENCE.fullmatch(line):
            end(number, "")
        else:
            lines.append(line)
    end(0, "")
    return found


def prompted(line: str) -> str:
    """The command of Docker's or its like that a line shows behind a prompt; "" for any other line."""
    match = _PROMPT.fullmatch(line.rstrip())
    return match["command"] if match else ""


def _are_most(text: str, begins: Callable[[str], bool]) -> bool:
    sample = _sample(text)
    return len(sample) > 0 and sum(map(begins, sample)) * 2 > len(sample)


def _counts_lines(text: str) -> bool:
    """Whether most lines begin with a number, one more each time, or more where some were left out."""
    sample = _sample(text)
    numbers = [int(match[1]) for line in sample if (match := _NUMBERED.match(line))]
    steps = [after - before for before, after in pairwise(numbers)]
    return (
        len(numbers) * 2 > len(sample)
        and len(numbers) > 1
        and all(step > 0 for step in steps)
        and sum(step == 1 for step in steps) * 2 > len(steps)
    )


def _margin(text: str) -> str:
    """The blanks that every line begins with."""
    sample = _sample(text)
    if not sample or not all(line[:1] in {" ", "\t"} for line in sample):
        return ""
    margins = {line[: len(line) - len(line.lstrip(" \t"))] for line in sample}
    shortest = min(margins, key=len)
    return shortest if all(margin.startswith(shortest) for margin in margins) else ""


def _sample(text: str) -> list[str]:
    lines = (match[0] for match in re.finditer(r"[^\r\n]*\S[^\r\n]*", text))
    return list(islice(lines, _LOOKED_AT))


def _each_line(text: str, change: Callable[[str], str]) -> str:
    return "\n".join(map(change, text.split("\n")))
