"""Whether an entry of a history says what an instruction of a Dockerfile says, in every dialect builders write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from layerscope.docker.created_by import CopyWords, CreatedBy
from layerscope.dockerfile.instructions import (
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Healthcheck,
    Instruction,
    Label,
    Run,
    Workdir,
)

_WORD = re.compile(r"\w+")
_REMARK = "#buildkit"
_TELLING = 8  # characters of a command that was cut, to be told from any other


class Agreement(Enum):
    """How the words of an entry and of an instruction go together."""

    SAME = "same"
    OPEN = "open"  # nothing tells: a hash in place of names, variables, a text that was cut
    OTHER = "other"


def agreement(entry: CreatedBy, instruction: Instruction) -> Agreement:
    """What an entry says beside an instruction; variables of the instruction may have any value."""
    if entry.keyword != instruction.keyword:
        return Agreement.OTHER
    if isinstance(instruction, Run):
        return _of_run(entry, instruction)
    if isinstance(instruction, Copy):
        return _of_copy(entry, instruction)
    if isinstance(instruction, Workdir):
        return _of_workdir(entry, instruction)
    return _of_words(entry, _literal_words(instruction))


def _of_run(entry: CreatedBy, run: Run) -> Agreement:
    # With the shell: an exec form that runs one is worded as a command that SHELL runs.
    said = _dense(f"{entry.shell} {entry.words}")
    if entry.truncated:
        if len(_dense(entry.words)) <= _TELLING or run.heredocs:
            return Agreement.OPEN
        ours = _dense(" ".join(run.command))
        return _told(any(_begins(ours, said[n:]) for n in range(len(said) - _TELLING)))
    if run.heredocs:  # their bodies are what the shell is given, or stand below a command of its own
        return _told(all(_dense(heredoc.content) in said for heredoc in run.heredocs))
    return _told(said.endswith(_dense(" ".join(run.command))))


def _of_copy(entry: CreatedBy, copy: Copy) -> Agreement:
    copied = entry.copied
    words = (*copy.sources, copy.destination)
    if entry.truncated or copied is None:
        begins = _begins(_dense(" ".join(words)), _dense(entry.words))
        return Agreement.SAME if begins and not any(map(_is_variable, words)) else Agreement.OPEN
    if copied.hashed:
        return _of_destination(copied, copy.destination)
    if not copy.documents and not any(map(_is_variable, words)):
        return _told([*copied.sources, copied.destination] == " ".join(words).split())
    known = [part for word in words if not _is_variable(word) for part in word.split() if part.strip("./")]
    there = all(part in (*copied.sources, copied.destination) for part in known)
    return _told(there) if known or not there else Agreement.OPEN


def _of_destination(copied: CopyWords, destination: str) -> Agreement:
    """Old engines resolve a relative destination in what they write, others do not."""
    if _is_variable(destination):
        return Agreement.OPEN
    same = copied.destination.strip("/") == destination.strip("/")
    return _told(same) if same or destination.startswith("/") else Agreement.OPEN


def _of_workdir(entry: CreatedBy, workdir: Workdir) -> Agreement:
    path, said = workdir.path.rstrip("/"), entry.words.rstrip("/")
    if entry.truncated or _is_variable(path) or ".." in path:
        return Agreement.OPEN
    return _told(said == path if path.startswith("/") else f"/{said}".endswith("/" + path.removeprefix("./")))


def _of_words(entry: CreatedBy, words: Iterable[str]) -> Agreement:
    """Of what only changes the config each word must be there; builders write lists and quotes in their own ways."""
    ours = {found for word in words if not _is_variable(word) for found in _WORD.findall(word)}
    if entry.truncated or not ours:
        return Agreement.OPEN
    return _told(ours <= _words_of(entry.words))


def _literal_words(instruction: Instruction) -> Iterable[str]:
    if isinstance(instruction, Arg):
        return [name for name, _ in instruction.pairs]  # its value may be the build's
    if isinstance(instruction, (Env, Label)):
        return [word for pair in instruction.pairs for word in pair]
    if isinstance(instruction, (Cmd, Entrypoint)):
        return [part for word in instruction.command for part in word.split()]
    if isinstance(instruction, Healthcheck):  # times are written in other units
        return [part for word in instruction.command for part in word.split()]
    return instruction.text.split()[1:]


def _begins(ours: str, cut: str) -> bool:
    """Whether a text begins as what was kept of an entry; the cut may have come in BuildKit's remark behind it."""
    return ours.startswith(cut) or (cut.startswith(ours) and _REMARK.startswith(cut[len(ours) :]))


def _is_variable(word: str) -> bool:
    return "$" in word or "\\" in word


def _told(same: bool) -> Agreement:
    return Agreement.SAME if same else Agreement.OTHER


@lru_cache(maxsize=4096)
def _dense(text: str) -> str:
    return "".join(text.split())


@lru_cache(maxsize=4096)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))
