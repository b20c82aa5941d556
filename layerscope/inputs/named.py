"""The directory of a named context (`--build-context NAME=DIR`), as its own ignore rules leave it."""

from __future__ import annotations

from layerscope.context.directory import read_directory
from layerscope.context.tree import Directory
from layerscope.context.visible import visible
from layerscope.graph.builder import builder_named
from layerscope.inputs.contexts import directory_lookup
from layerscope.inputs.ignore_files import find_rules


def open_named_context(path: str) -> Directory:
    """A named context has a `.dockerignore` of its own; the rules of the main context do not reach it.

    Raises InputError.
    """
    tree = read_directory(path)
    return visible(tree, find_rules(directory_lookup(path), None, builder_named("buildkit")).ignore)
