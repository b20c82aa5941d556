"""What a saved output of Docker's tells: build logs, histories, listings, pushes, a registry's files."""

from __future__ import annotations

from layerscope.analysis.answers.saved_outputs import SavedBuilds, SavedOutput
from layerscope.cost.logs.open import decode, parse_log, read_bytes, unpack
from layerscope.docker.saved_output import parse_saved_output
from layerscope.errors import InputError

_READABLE = "a build log or record, `docker images`, `docker push` or a listing of a registry's files"


def read_output(path: str) -> SavedOutput:
    """Recognise a file by its content and read it. Raises InputError for a file that is none of these."""
    data = unpack(read_bytes(path), path)
    output = parse_saved_output(decode(data), path)
    if output is not None:
        return output
    try:
        return SavedBuilds(path, parse_log(data, path))
    except InputError as error:
        raise InputError(f"{error.message}; nor is it {_READABLE}", path, error.line) from None
