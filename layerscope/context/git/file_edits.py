"""Other files at some paths of a folder on disk: what a git revision or a diff says is different there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from layerscope.context.directory import node_at, read_bytes
from layerscope.context.paths import MAX_LINKS
from layerscope.context.tree import EMPTY, File, Link, Node
from layerscope.values import Value


class FileEdits(Value):
    """The disk with other nodes at some paths.

    root: the real path of the folder that the paths of `nodes` start from; None removes what is there.
    content: the bytes of an edited file, by its path in `nodes`.
    """

    root: str
    nodes: Mapping[str, Node | None]
    content: Callable[[str], bytes]

    def below(self, directory: str) -> dict[str, Node | None]:
        """The edits inside a directory, relative to it."""
        prefix = path_below(self.root, os.path.realpath(directory))
        if prefix is None:
            return {}
        start = prefix + "/" if prefix else ""
        return {path[len(start) :]: node for path, node in self.nodes.items() if path.startswith(start)}

    def read(self, path: str) -> bytes | None:
        """The bytes at a path of the disk, edits and edited links followed; None where nothing is."""
        found = self.followed(path)
        inside = path_below(self.root, found)
        if inside is None:
            return read_bytes(found)
        if isinstance(self.node(found), Link):
            return None  # they lead in a circle
        if inside in self.nodes:
            return self.content(inside) if isinstance(self.nodes[inside], File) else None
        return None if self._went_with_a_parent(inside) else read_bytes(found)

    def node(self, path: str) -> Node | None:
        """What lies at a path of the disk or of the edits, no link followed; None where nothing is."""
        folder, name = os.path.split(path)
        path = os.path.join(self.followed(folder), name)  # noqa: PTH118 (a Path would tidy the text)
        inside = path_below(self.root, path)
        if inside is None:
            return node_at(path)
        if inside in self.nodes or self._went_with_a_parent(inside):
            found = self.nodes.get(inside)
            held = found is None and any(
                path.startswith(f"{inside}/") for path, node in self.nodes.items() if node is not None
            )
            return EMPTY if held else found
        return node_at(path)

    def followed(self, path: str) -> str:
        """Where the links on a path of the disk lead, edited ones among them; where in a circle: the path of one."""
        rest = [part for part in str(Path.cwd() / path).split("/") if part not in {"", "."}]
        done = "/"
        links = 0
        while rest:
            part = rest.pop(0)
            if part == os.pardir:
                done = str(Path(done).parent)
                continue
            here = str(Path(done) / part)
            target = self._link_target(here)
            if target is None:
                done = here
                continue
            links += 1
            if links > MAX_LINKS:
                return here
            if target.startswith("/"):
                done = "/"
            rest = [p for p in target.split("/") if p not in {"", "."}] + rest
        return done

    def _link_target(self, path: str) -> str | None:
        inside = path_below(self.root, path)
        if inside is not None and inside in self.nodes:
            node = self.nodes[inside]
            return node.target if isinstance(node, Link) else None
        try:
            return str(Path(path).readlink())
        except (OSError, ValueError):
            return None

    def _went_with_a_parent(self, path: str) -> bool:
        parents = [path[:at] for at, char in enumerate(path) if char == "/"]
        return any(parent in self.nodes and self.nodes[parent] is None for parent in parents)


def path_below(root: str, path: str) -> str | None:
    """A real path relative to a folder that holds it (`""` is the folder itself), None outside."""
    if path == root:
        return ""
    start = root.rstrip("/") + "/"
    return path[len(start) :] if path.startswith(start) else None
