"""Named contexts (`--build-context NAME=…`): what they stand for, and what of their files is sent."""

from __future__ import annotations

from collections.abc import Mapping

from layerscope.context.sent import asked_for, sent
from layerscope.dockerfile.instructions import Copy, Instruction
from layerscope.errors import InputError
from layerscope.graph.names import normalized
from layerscope.graph.operations import LocalSource, UnknownSource
from layerscope.graph.options import NamedContext
from layerscope.graph.vertices import Operation

_NEVER = frozenset({"scratch", "context"})


class NamedContexts:
    """The named contexts of a build; a name is found in any spelling that means the same image."""

    def __init__(self, given: Mapping[str, NamedContext]) -> None:
        self.given = given
        self.names = {_full(name): name for name in given}
        self.by_use: dict[tuple[int, str], tuple[Operation, list[str]]] = {}
        self.used: list[tuple[str, Operation, list[str]]] = []

    def name_of(self, name: str | None) -> str | None:
        """The named context that stands in place of the stage or image `name`, if there is one."""
        if not name or not self.given or name.lower() in _NEVER:
            return None
        return self.names.get(_full(name))

    def files(self, name: str, paths: list[str]) -> Operation:
        """The files of a context that is no image; `paths` may grow until everything that reads them is known.

        Raises InputError where its ignore file is none.
        """
        named = self.given[name]
        if named.refused is not None:
            raise named.refused
        if named.unknown is not None:
            return Operation(UnknownSource(name, named.unknown))
        operation = Operation(LocalSource(name), tree=named.tree)
        self.used.append((name, operation, paths))
        return operation

    def files_for(self, name: str, instruction: Instruction, path: str) -> Operation:
        """The files as one `from=` asks for them: each COPY and each mount has a transfer of its own."""
        if not isinstance(instruction, Copy):
            return self.files(name, [path])
        use = (id(instruction), name)
        if use not in self.by_use:
            paths: list[str] = []
            self.by_use[use] = self.files(name, paths), paths
        operation, paths = self.by_use[use]
        paths.append(path)
        return operation

    def send(self, given: Mapping[str, NamedContext]) -> None:
        """Give each use of a context what it asks for of its files; where no path was named, that is all.

        Raises PatternError for a path that the client refuses, and InputError for an ignore file that is none.
        """
        for name, operation, paths in self.used:
            tree, refused = given[name].tree, given[name].refused
            if refused is not None:
                raise refused
            assert tree is not None
            operation.tree = sent(tree, asked_for(paths)) if paths else tree


def _full(name: str) -> str:
    try:
        return normalized(name)
    except InputError:
        return name
