"""What a saved output of Docker's tells: build logs, histories, listings, transfers, caches, a registry's files."""

from __future__ import annotations

import re

from layerscope.analysis.answers.saved_outputs import SavedBuilds, SavedOutput
from layerscope.cost.logs.lines import log_lines
from layerscope.cost.logs.open import READABLE, decode, find_logs, is_zip, read_bytes, unpack
from layerscope.docker.foreign_output import foreign_output
from layerscope.docker.pasted import unquoted
from layerscope.docker.saved_output import find_printed
from layerscope.errors import InputError

_READABLE = (
    "what docker images, history, push, pull, load, system df or buildx du printed, or a listing of a registry's files"
)
_OF_A_STEP = re.compile(r"#\d+ ", re.ASCII)


def read_outputs(path: str) -> tuple[SavedOutput, ...]:
    """All that a file tells, recognised by its content: a CI log may hold a build, and the push after it.

    Raises InputError for a file that holds none of these.
    """
    data = unpack(read_bytes(path), path)
    printed = tuple(each for text in _texts(data, path) for each in find_printed(text, path))
    try:
        builds = find_logs(data, path)
    except InputError:
        if not printed:  # else a history without times, which tells sizes
            raise
        builds = ()
    told = (*((SavedBuilds(path, builds),) if builds else ()), *dict.fromkeys(printed))
    if told:
        return told
    if not decode(data).strip():
        raise InputError("is empty", path)
    known = foreign_output(unquoted(decode(data)))
    raise InputError(known or f"is nothing that can be read: {READABLE}; {_READABLE}", path, 1)


def _texts(data: bytes, path: str) -> list[str]:
    """What was printed, without the stamps of a CI system, and without what steps of a build print."""
    if is_zip(data):
        from layerscope.cost.logs.zipped import zipped_files

        return [text for _, content in zipped_files(data, path) for text in _texts(unpack(content, path), path)]
    lines = log_lines(unquoted(decode(data)))
    last = 0
    texts: list[str] = []
    for line in lines:
        texts += [""] * (line.number - last - 1)
        texts.append("" if _OF_A_STEP.match(line.text) else line.text)
        last = line.number
    return ["\n".join(texts)]
