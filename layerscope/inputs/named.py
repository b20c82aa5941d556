"""The directory of a named context (`--build-context NAME=DIR`), as its own ignore rules leave it."""

from __future__ import annotations

from pathlib import Path

from layerscope.context.directory import read_bytes, read_directory
from layerscope.context.tree import Directory
from layerscope.context.visible import visible
from layerscope.inputs.choice import ignore_rules


def open_named_context(path: str) -> Directory:
    """A named context has a `.dockerignore` of its own; the rules of the main context do not reach it.

    Raises InputError.
    """
    tree = read_directory(path)
    file = str(Path(path) / ".dockerignore")
    rules = read_bytes(file)
    return tree if rules is None else visible(tree, ignore_rules(rules, file))
